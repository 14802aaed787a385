//! Spans that leave by either protocol are at Jaeger as they were made.

use super::jaeger::{self, hex, of_operation};
use super::said;
use crate::run::{Run, double, events, int, text, value};
use opentelemetry_proto::tonic::common::v1::any_value::Value as OtlpValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

type Variables = Vec<(&'static str, String)>;

/// By each protocol through the agent, and straight to Jaeger.
fn ways() -> [Variables; 3] {
    [
        ("grpc", "COLLECTOR_GRPC_URL", "otlp"),
        ("http/protobuf", "COLLECTOR_HTTP_URL", "otlp"),
        // It takes no metrics.
        ("grpc", "JAEGER_OTLP_URL", "none"),
    ]
    .map(|(protocol, url, metrics)| {
        vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", said(url)),
            ("OTEL_METRICS_EXPORTER", metrics.to_owned()),
        ]
    })
}

/// The trace and the span that a turn was made of.
fn ids(turn: &serde_json::Value) -> [&str; 2] {
    ["trace_id", "span_id"].map(|key| turn[key].as_str().unwrap())
}

#[test]
fn a_tool_loop_arrives_as_one_tree_and_its_turns_agree() {
    for variables in ways() {
        let run = Run::with("tools", "What are the sums?", &variables);
        assert_eq!(run.printed(), "They are 4 and 7.");
        let [trace_id, _] = ids(&run.turns[0]);
        // The agent, two calls, two tools.
        let spans = jaeger::trace(trace_id, 5);
        assert_eq!(spans.len(), 5);
        let [agent] = of_operation(&spans, "invoke_agent")[..] else {
            panic!("no agent");
        };
        assert_eq!(agent.name, "invoke_agent adder");
        assert_eq!(agent.kind, SpanKind::Internal as i32);
        assert!(agent.parent_span_id.is_empty());
        let (chats, tools) = (
            of_operation(&spans, "chat"),
            of_operation(&spans, "execute_tool"),
        );
        for (of, kind) in [(&chats, SpanKind::Client), (&tools, SpanKind::Internal)] {
            assert_eq!(of.len(), 2);
            let same =
                |span: &&&Span| span.parent_span_id == agent.span_id && span.kind == kind as i32;
            assert!(of.iter().all(|span| same(&span)));
        }
        for chat in chats.iter().chain([&agent]) {
            assert_eq!(text(&chat.attributes, "gen_ai.conversation.id"), "conv-123");
        }
        assert_eq!(int(chats[0], "gen_ai.usage.input_tokens"), Some(21));
        assert_eq!(int(chats[1], "gen_ai.usage.output_tokens"), Some(8));
        // A turn for each call and an event for each tool: the same ids.
        let mut at_jaeger: Vec<_> = chats
            .iter()
            .chain(&tools)
            .map(|span| hex(&span.span_id))
            .collect();
        let mut at_tes: Vec<_> = run
            .turns
            .iter()
            .map(|turn| ids(turn)[1].to_owned())
            .collect();
        at_jaeger.sort();
        at_tes.sort();
        assert_eq!(at_jaeger, at_tes);
        assert!(run.turns.iter().all(|turn| ids(turn)[0] == trace_id));
    }
}

#[test]
fn a_call_has_its_five_moments_in_their_order_and_its_attributes_in_their_types() {
    let [_, http, _] = ways();
    let run = Run::with("openai_stream", "I hurry to a tool.", &http);
    let [trace_id, span_id] = ids(&run.turns[0]);
    let spans = jaeger::trace(trace_id, 1);
    let span = spans
        .iter()
        .find(|span| hex(&span.span_id) == span_id)
        .unwrap();
    // Jaeger answers with them by name.
    let mut span = span.clone();
    span.events.sort_by_key(|event| event.time_unix_nano);
    let span = &span;
    assert_eq!(
        events(span),
        [
            "gen_ai.prompt.sent",
            "gen_ai.retry",
            "gen_ai.stream.first_token",
            "gen_ai.tool.call",
            "gen_ai.response.received",
        ]
    );
    let within = span.start_time_unix_nano..=span.end_time_unix_nano;
    assert!(
        span.events
            .iter()
            .all(|event| within.contains(&event.time_unix_nano))
    );
    let retry = &span.events[1].attributes;
    assert_eq!(text(retry, "error.type"), "429");
    assert_eq!(value(retry, "retry.attempt"), Some(&OtlpValue::IntValue(1)));
    assert_eq!(int(span, "gen_ai.usage.input_tokens"), Some(17));
    assert!(int(span, "server.port").is_some());
    assert!(double(span, "turnspan.retry.wait").unwrap() > 0.9);
    let stream = value(&span.attributes, "gen_ai.request.stream");
    assert_eq!(stream, Some(&OtlpValue::BoolValue(true)));
    let Some(OtlpValue::ArrayValue(reasons)) =
        value(&span.attributes, "gen_ai.response.finish_reasons")
    else {
        panic!("finish reasons are no list");
    };
    let reason = reasons.values[0].value.clone();
    assert_eq!(
        reason,
        Some(OtlpValue::StringValue("tool_calls".to_owned()))
    );
    let status = span.status.clone().unwrap_or_default();
    assert_eq!(status.code, StatusCode::Unset as i32);
}

#[test]
fn a_call_that_failed_says_so_and_nothing_of_what_was_said() {
    for variables in ways() {
        let run = Run::with("anthropic", "I am in haste.", &variables);
        assert!(!run.output.status.success());
        assert_eq!(run.turns[0]["error"]["type"], "429");
        let [trace_id, _] = ids(&run.turns[0]);
        let spans = jaeger::trace(trace_id, 1);
        let [call] = of_operation(&spans, "chat")[..] else {
            panic!("no call");
        };
        let status = call.status.clone().unwrap();
        assert_eq!(
            (status.code, &*status.message),
            (StatusCode::Error as i32, "")
        );
        assert_eq!(text(&call.attributes, "error.type"), "429");
        assert_eq!(int(call, "gen_ai.usage.input_tokens"), None);
    }
}

#[test]
fn an_unsampled_call_is_a_turn_and_no_span() {
    let [grpc, ..] = ways();
    let sampler = [("OTEL_TRACES_SAMPLER", "always_off".to_owned())];
    let unsampled = Run::with(
        "tools",
        "What are the sums?",
        &[&grpc[..], &sampler].concat(),
    );
    assert_eq!(unsampled.turns.len(), 4);
    // What is sent after it has come, so it would have come too.
    let sampled = Run::with("tools", "What are the sums?", &grpc);
    let [trace_id, _] = ids(&sampled.turns[0]);
    jaeger::trace(trace_id, 5);
    let [trace_id, _] = ids(&unsampled.turns[0]);
    assert_eq!(jaeger::find(trace_id), None);
}
