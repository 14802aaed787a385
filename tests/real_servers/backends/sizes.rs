//! How much a message may be.

use super::{jaeger, phoenix, within_trace};
use crate::run::{int, text};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};
use turnspan::{CaptureMode, Fault, Otlp, OtlpProtocol, Telemetry};

/// A Collector takes 4 MiB by gRPC, so a span of more than 3 MiB leaves its
/// content behind.
const LARGE: usize = 2 << 20;
const TOO_LARGE: usize = 4 << 20;

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
    let agent = phoenix::agent();
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
    let span = &phoenix::trace(trace_id, 1)[0];
    let question = &span["attributes"]["llm.input_messages.0.message.content"];
    question.as_str().unwrap().len()
}
