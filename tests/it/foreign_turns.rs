//! Spans of other instrumentations become turns, by `TesExporter` and in a
//! pipeline of ours alike.

use super::support::captures;
use super::support::harness::{PATIENCE, tes_at};
use super::support::tes_receiver::TesReceiver;
use opentelemetry::trace::{Span as _, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor, SpanData,
};
use serde_json::{Value as Json, json};
use turnspan::{SpoolSettings, TesExporter, Turn};

/// A call as OpenInference writes it, of a loop of tools.
fn call() -> Vec<KeyValue> {
    let text = |key: &'static str, text: &'static str| KeyValue::new(key, text);
    vec![
        text("openinference.span.kind", "LLM"),
        text("llm.system", "openai"),
        text("llm.model_name", "gpt-4o-2024-08-06"),
        text("session.id", "s1"),
        text("user.id", "u1"),
        text("llm.finish_reason", "tool_calls"),
        KeyValue::new("llm.token_count.prompt", 19),
        KeyValue::new("llm.token_count.completion", 6),
        KeyValue::new("llm.token_count.total", 25),
        KeyValue::new("llm.token_count.prompt_details.cache_read", 8),
        KeyValue::new("llm.token_count.completion_details.reasoning", 2),
        text("llm.input_messages.0.message.role", "system"),
        text("llm.input_messages.0.message.content", "Be brief."),
        text("llm.input_messages.1.message.role", "user"),
        text(
            "llm.input_messages.1.message.contents.0.message_content.type",
            "text",
        ),
        text(
            "llm.input_messages.1.message.contents.0.message_content.text",
            "Weather?",
        ),
        text("llm.input_messages.10.message.role", "tool"),
        text("llm.input_messages.10.message.tool_call_id", "call_0"),
        text(
            "llm.input_messages.10.message.content",
            "{\"city\": \"Oslo\"}",
        ),
        text("llm.output_messages.0.message.role", "assistant"),
        text("llm.output_messages.0.message.content", "Let me see."),
        text(
            "llm.output_messages.0.message.tool_calls.0.tool_call.id",
            "call_1",
        ),
        text(
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
            "weather",
        ),
        text(
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
            "{\"city\":\"Oslo\"}",
        ),
    ]
}

fn tool() -> Vec<KeyValue> {
    vec![
        KeyValue::new("openinference.span.kind", "TOOL"),
        KeyValue::new("tool.name", "weather"),
        KeyValue::new("tool.parameters", "{\"city\":\"Oslo\"}"),
        KeyValue::new("output.value", "rain"),
    ]
}

fn end(provider: &SdkTracerProvider, name: &'static str, attributes: Vec<KeyValue>) {
    let mut span = provider.tracer("openinference.instrumentation").start(name);
    span.set_attributes(attributes);
    span.end();
}

fn finished(attributes: Vec<KeyValue>) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    end(&provider, "ChatCompletion", attributes);
    exporter.get_finished_spans().unwrap().remove(0)
}

#[test]
fn a_call_that_openinference_wrote_is_a_turn() {
    let turn = Turn::from_span(&finished(call())).unwrap();
    let told = json!({
        "session": turn.session_id, "user": turn.user_id,
        "provider": turn.provider, "model": turn.model, "usage": turn.usage,
        "asked": turn.user_message, "system": turn.system_prompt,
        "said": turn.assistant_response, "finish": turn.finish_reasons,
        "calls": turn.tool_calls.iter().map(|it| json!([it.id, it.tool, it.args])).collect::<Vec<_>>(),
        "results": turn.tool_results.iter().map(|it| json!([it.id, it.result])).collect::<Vec<_>>(),
    });
    assert_eq!(
        told,
        json!({
            "session": "s1", "user": "u1", "provider": "openai", "model": "gpt-4o-2024-08-06",
            "usage": {
                "input_tokens": 19, "output_tokens": 6, "cache_read_input_tokens": 8,
                "reasoning_output_tokens": 2,
            },
            "asked": "Weather?", "system": "Be brief.", "said": "Let me see.",
            "finish": ["tool_calls"],
            "calls": [["call_1", "weather", "{\"city\":\"Oslo\"}"]],
            "results": [["call_0", "{\"city\": \"Oslo\"}"]],
        })
    );
}

#[test]
fn other_kinds_of_openinference_are_no_turns() {
    for kind in ["CHAIN", "AGENT", "RETRIEVER", "EMBEDDING", "TOOL"] {
        let span = finished(vec![KeyValue::new("openinference.span.kind", kind)]);
        assert!(Turn::from_span(&span).is_none(), "{kind}");
    }
}

/// What both ways send of a call, a failed one and a tool.
#[test]
fn an_exporter_and_a_pipeline_of_ours_send_the_same_turns() {
    let events = |receiver: &TesReceiver| -> Vec<Json> {
        let events = receiver.wait_for(3).into_iter();
        let told = events.map(|mut event| {
            let attributes = event["data"]["attributes"].as_object_mut().unwrap();
            for own in [
                "event_id",
                "trace_id",
                "span_id",
                "latency_ms",
                "duration_ms",
            ] {
                attributes.remove(own);
            }
            if attributes.get("session_id") != Some(&json!("s1")) {
                attributes.remove("session_id");
            }
            json!([event["eventType"], event["data"]["attributes"].take()])
        });
        let mut told: Vec<Json> = told.collect();
        told.sort_by_key(ToString::to_string);
        told
    };
    let make = |provider: &SdkTracerProvider| {
        end(provider, "ChatCompletion", call());
        end(provider, "weather", tool());
        let mut failed = provider.tracer("openinference").start("ChatCompletion");
        failed.set_attribute(KeyValue::new("openinference.span.kind", "LLM"));
        failed.set_status(Status::error("RateLimitError: slow down"));
        failed.end();
    };

    let by_exporter = TesReceiver::start();
    let tes = tes_at(&by_exporter.url(), "tes_key").spool(SpoolSettings::best_effort());
    let exporter = TesExporter::new(tes).unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(SimpleSpanProcessor::new(exporter))
        .build();
    make(&provider);
    provider.force_flush().unwrap();

    let by_pipeline = TesReceiver::start();
    let telemetry = turnspan::builder()
        .tes(tes_at(&by_pipeline.url(), "tes_key"))
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(telemetry.processor())
        .build();
    make(&provider);
    telemetry.flush(PATIENCE).unwrap();

    let sent = events(&by_exporter);
    assert_eq!(sent, events(&by_pipeline));
    assert_eq!(sent.len(), 3);
}

/// Every recorded call of an OpenInference instrumentation, against its own
/// attributes.
#[test]
fn recorded_calls_of_openinference_are_turns() {
    let Some(folder) = captures::folder() else {
        return println!("skipped: there are no records beside the project");
    };
    let recorded = captures::passed(&folder).into_iter();
    let recorded = recorded.filter(|it| it.scope.starts_with("openinference"));
    let mut calls = 0;
    for passed in recorded {
        let has = |key: &str| {
            let known = passed.recorded.iter().find(|it| it.key.as_str() == key);
            known.map(|it| it.value.clone())
        };
        let span = finished(passed.recorded.clone());
        let is_call = has("openinference.span.kind") == Some(Value::from("LLM"));
        let turn = Turn::from_span(&span);
        assert_eq!(turn.is_some(), is_call, "{}", passed.file);
        let Some(turn) = turn else { continue };
        calls += 1;
        let count = |key| match has(key) {
            Some(Value::I64(count)) => u64::try_from(count).ok(),
            _ => None,
        };
        let usage = turn.usage;
        assert_eq!(usage.input_tokens, count("llm.token_count.prompt"));
        assert_eq!(usage.output_tokens, count("llm.token_count.completion"));
        let text = |key| has(key).map(|value| value.as_str().into_owned());
        assert_eq!(turn.model, text("llm.model_name"), "{}", passed.file);
        let said = text("llm.output_messages.0.message.content");
        let said =
            said.or_else(|| text("llm.output_messages.0.message.contents.0.message_content.text"));
        assert_eq!(
            turn.assistant_response.filter(|it| !it.is_empty()),
            said,
            "{}",
            passed.file
        );
    }
    assert!(calls > 8, "only {calls} recorded calls");
}
