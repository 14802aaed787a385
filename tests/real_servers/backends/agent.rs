//! The agent's own work: what was said stays with it, spans that are no calls
//! are not for Phoenix.

use super::collector::Collector;
use super::store::Store;
use super::trace::Trace;
use super::{jaeger, said, wait_for};
use crate::run::{Run, text};
use opentelemetry_proto::tonic::trace::v1::Span;
use std::collections::BTreeSet;

const CONTENT: (&str, &str) = (
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "SPAN_ONLY",
);

fn run_through(agent: &str) -> Run {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", agent.to_owned()),
        (CONTENT.0, CONTENT.1.to_owned()),
    ];
    Run::with("tools", "What are the sums?", &variables)
}

fn trace_id(run: &Run) -> &str {
    run.turns[0]["trace_id"].as_str().unwrap()
}

#[test]
fn what_a_program_said_by_mistake_goes_no_further() {
    let run = run_through(&said("COLLECTOR_HTTP_URL"));
    let spans = format!("{:?}", jaeger::trace(trace_id(&run), 5));
    for said in [
        "What are the sums?",
        "They are 4 and 7.",
        "additionalProperties",
        "gen_ai.input.messages",
    ] {
        assert!(!spans.contains(said), "{said}");
    }
    assert!(spans.contains("gen_ai.usage.input_tokens"));
}

#[test]
fn where_content_is_kept_the_store_has_it_whole() {
    let agent = Collector::start(
        &["agent.yaml"],
        &[
            ("COLLECTOR_CONTENT", "keep".to_owned()),
            ("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL")),
        ],
    );
    let run = run_through(&agent.http_url());
    let spans = jaeger::trace(trace_id(&run), 5);
    let chats = jaeger::of_operation(&spans, "chat");
    let messages = text(&chats[1].attributes, "gen_ai.input.messages");
    let messages: serde_json::Value = serde_json::from_str(messages).unwrap();
    assert_eq!(messages[0]["parts"][0]["content"], "What are the sums?");
    assert_eq!(messages[3]["parts"][0]["type"], "tool_call_response");
}

#[test]
fn two_stores_get_the_same() {
    let second = Store::start();
    let agent = Collector::start(
        &["agent.yaml", "both-stores.yaml"],
        &[
            ("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL")),
            ("COLLECTOR_TEMPO_TO", second.url()),
        ],
    );
    let trace = Trace::new();
    trace.send(&agent.http_url());
    let first = jaeger::trace(&trace.id(), 2);
    let second = wait_for("both spans", || {
        Some(second.spans()).filter(|it| it.len() == 2)
    });
    let ids = |spans: &[Span]| {
        spans
            .iter()
            .map(|span| span.span_id.clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&first), ids(&second));
}
