//! OpenAI responses: whole, as events, and what goes wrong.

use super::support::harness::{Harness, attribute};
use super::support::provider::Reply;
use futures::StreamExt as _;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

const URL: &str = "https://api.openai.com/v1/responses";

fn request() -> String {
    json!({"model": "gpt-5", "input": "Hello!", "previous_response_id": "resp_0"}).to_string()
}

/// A response with everything that one may have.
fn response() -> Value {
    json!({
        "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5-2026",
        "service_tier": "default",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
            {"type": "web_search_call", "id": "ws_1", "status": "completed"},
            {"type": "message", "role": "assistant",
                "content": [{"type": "output_text", "text": "One moment."}]},
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f",
                "arguments": "{\"q\":1}"},
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_2", "name": "g",
                "input": "4 + 4"},
        ],
        "usage": {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 4},
            "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 5}},
    })
}

/// The same, piece by piece. What the last event has as its output is not what
/// counts: some servers leave it empty.
fn events(output: &Value) -> Vec<Value> {
    let whole = response();
    let mut last = whole.clone();
    last["output"] = output.clone();
    let head = json!({"id": "resp_1", "status": "in_progress", "model": "gpt-5"});
    let mut events = vec![json!({"type": "response.created", "response": head})];
    let pieces = [
        ("response.reasoning_summary_text.delta", "Hm."),
        ("", ""),
        ("response.output_text.delta", "One moment."),
        ("response.function_call_arguments.delta", "{\"q\":1}"),
        ("response.custom_tool_call_input.delta", "4 + 4"),
    ];
    let items = whole["output"].as_array().unwrap();
    for (index, (item, (kind, text))) in items.iter().zip(pieces).enumerate() {
        let mut begun = item.clone();
        for key in ["summary", "content", "arguments", "input"] {
            begun.as_object_mut().unwrap().remove(key);
        }
        let of = |kind: &str, key: &str, value: &Value| json!({"type": kind, "output_index": index, key: value});
        events.push(of("response.output_item.added", "item", &begun));
        let (one, two) = text.split_at(text.len() / 2);
        events.extend([one, two].map(|piece| of(kind, "delta", &json!(piece))));
        events.push(json!({"type": "keepalive", "sequence_number": 1}));
        events.push(of("response.output_item.done", "item", item));
    }
    events.push(json!({"type": "response.completed", "response": last}));
    events
}

fn stream(events: &[Value], is_named: bool) -> String {
    let event = |event: &Value| match event["type"].as_str().filter(|_| is_named) {
        Some(kind) => format!("event: {kind}\ndata: {event}\n\n"),
        None => format!("data: {event}\n\n"),
    };
    events.iter().map(event).collect()
}

fn assert_all(span: &SpanData) {
    let has = |key: &str| attribute(&span.attributes, key).unwrap_or_default();
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("openai.api.type", "responses"),
        ("gen_ai.request.previous_response.id", "resp_0"),
        ("gen_ai.response.id", "resp_1"),
        ("gen_ai.response.model", "gpt-5-2026"),
        ("gen_ai.response.finish_reasons", "[\"completed\"]"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.output_tokens", "9"),
        ("gen_ai.usage.reasoning.output_tokens", "5"),
        ("openai.response.service_tier", "default"),
        ("turnspan.outcome", "completed"),
    ] {
        assert_eq!(has(key), value, "{key}");
    }
    let output: Value = serde_json::from_str(&has("gen_ai.output.messages")).unwrap();
    let search = json!({"type": "web_search_call"});
    assert_eq!(
        output,
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "Hm."},
            {"type": "server_tool_call", "id": "ws_1", "name": "web_search_call",
                "server_tool_call": search},
            {"type": "text", "content": "One moment."},
            {"type": "tool_call", "id": "call_1", "name": "f", "arguments": {"q": 1}},
            {"type": "tool_call", "id": "call_2", "name": "g", "arguments": "4 + 4"},
        ]}])
    );
}

#[test]
fn a_whole_response_is_read() {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record(URL, request());
    call.response(response().to_string());
    assert_all(&harness.span());
}

#[test]
fn events_say_the_same_named_or_not_and_whether_the_last_has_all_or_nothing() {
    for is_named in [true, false] {
        for output in [json!([]), response()["output"].clone()] {
            let harness = Harness::with_content([]);
            let mut call = harness.telemetry.record(URL, request());
            for piece in stream(&events(&output), is_named).as_bytes().chunks(7) {
                call.chunk(piece.to_vec());
            }
            call.finish();
            assert_all(&harness.span());
        }
    }
}

#[tokio::test]
async fn a_wrapped_client_streams_a_response() {
    let reply = Reply::sse(vec![stream(&events(&json!([])), true)]);
    let harness = Harness::with(vec![reply], |builder| {
        builder.capture(turnspan::CaptureMode::SpanOnly)
    });
    let client = harness.telemetry.wrap(harness.http.clone());
    let url = format!("{}/responses", harness.provider.base_url());
    let request = client.post(url).body(request()).build().unwrap();
    let mut chunks = client.execute(request).await.unwrap().bytes_stream();
    while let Some(chunk) = chunks.next().await {
        chunk.unwrap();
    }
    assert_all(&harness.span());
}

fn ended(event: &Value) -> SpanData {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record(URL, request());
    let first = json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Hel"});
    call.chunk(stream(&[first, event.clone()], true));
    call.finish();
    harness.span()
}

#[test]
fn what_is_incomplete_says_why_and_is_no_error() {
    let response = json!({"id": "resp_1", "status": "incomplete", "model": "gpt-5",
        "incomplete_details": {"reason": "max_output_tokens"}});
    let span = ended(&json!({"type": "response.incomplete", "response": response}));
    let has = |key: &str| attribute(&span.attributes, key);
    let reasons = has("gen_ai.response.finish_reasons");
    assert_eq!(reasons.as_deref(), Some("[\"max_output_tokens\"]"));
    assert_eq!(has("turnspan.outcome").as_deref(), Some("completed"));
    let output = has("gen_ai.output.messages").unwrap();
    assert!(output.contains(r#""finish_reason":"length""#), "{output}");
}

#[test]
fn what_has_failed_is_an_error_of_the_provider() {
    let error = json!({"code": "server_error", "message": "No."});
    let response = json!({"id": "resp_1", "status": "failed", "error": error});
    for event in [
        json!({"type": "response.failed", "response": response}),
        json!({"type": "error", "code": "server_error", "message": "No."}),
        json!({"type": "error", "error": {"type": "server_error", "message": "No."}}),
    ] {
        let span = ended(&event);
        let has = |key: &str| attribute(&span.attributes, key);
        assert_eq!(has("turnspan.outcome").as_deref(), Some("provider_error"));
        assert_eq!(
            has("error.type").as_deref(),
            Some("server_error"),
            "{event}"
        );
    }
}
