//! How much a message may be.

use super::collector::Collector;
use super::{get, jaeger, said, wait_for, within_trace};
use crate::run::{int, text};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};
use turnspan::{CaptureMode, Fault, Otlp, OtlpProtocol, Telemetry};

/// A Collector takes 4 MiB by gRPC, so a span of more than 3 MiB leaves its
/// content behind.
const LARGE: usize = 2 << 20;
const TOO_LARGE: usize = 4 << 20;

fn agent() -> Collector {
    Collector::start(
        &["agent.yaml"],
        &[
            ("COLLECTOR_CONTENT", "keep".to_owned()),
            ("COLLECTOR_TRACES_TO", said("JAEGER_OTLP_URL")),
            ("COLLECTOR_GENAI", "otlp_http/genai".to_owned()),
            ("COLLECTOR_GENAI_TO", said("PHOENIX_URL")),
        ],
    )
}

/// A call in a trace of its own, by a question of so many bytes.
fn ask(telemetry: &Telemetry, trace: u64, bytes: usize) -> String {
    let (id, _within) = within_trace(trace);
    let question = "x".repeat(bytes);
    let request = json!({"model": "m", "messages": [{"role": "user", "content": question}]});
    let call = telemetry.record("http://127.0.0.1/v1/chat/completions", request.to_string());
    call.response(r#"{"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "Yes."}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 1}}"#);
    id
}

/// The length of the question, as the span tells it.
fn asked(span: &Span) -> Option<usize> {
    let messages = text(&span.attributes, "gen_ai.input.messages");
    let messages: Value = serde_json::from_str(messages).ok()?;
    Some(messages[0]["parts"][0]["content"].as_str()?.len())
}

#[test]
fn large_messages_arrive_whole_and_too_large_ones_cost_their_content_alone() {
    let agent = agent();
    for (number, url) in [(1, agent.http_url()), (2, agent.grpc_url())] {
        let otlp = Otlp::new(&url).unwrap();
        let otlp = if number == 2 {
            otlp.protocol(OtlpProtocol::Grpc)
        } else {
            otlp
        };
        let builder = turnspan::builder()
            .otlp(otlp)
            .capture(CaptureMode::SpanOnly);
        let telemetry = builder.build().unwrap();
        // Together more than anybody takes in one message.
        let large = [10, 20, 30, 40].map(|trace| ask(&telemetry, number + trace, LARGE));
        let too_large = ask(&telemetry, number, TOO_LARGE);
        telemetry.flush(super::PATIENCE).unwrap();
        for id in &large {
            assert_eq!(asked(&jaeger::trace(id, 1)[0]), Some(LARGE));
            assert_eq!(at_phoenix(id), LARGE);
        }
        let without = jaeger::trace(&too_large, 1).remove(0);
        assert_eq!(asked(&without), None);
        assert_eq!(int(&without, "gen_ai.usage.input_tokens"), Some(7));
        let stats = telemetry.stats();
        assert_eq!(stats.destinations["otlp"].delivered, 5, "{stats}");
        assert_eq!(stats.faults[&Fault::ContentShed], 1, "{stats}");
    }
}

fn at_phoenix(trace_id: &str) -> usize {
    let url = format!(
        "{}/v1/projects/default/spans?trace_id={trace_id}",
        said("PHOENIX_URL")
    );
    wait_for(&format!("trace {trace_id} at Phoenix"), || {
        let span = get(&url)?["data"].get(0)?.clone();
        let question = &span["attributes"]["llm.input_messages.0.message.content"];
        Some(question.as_str()?.len())
    })
}
