//! Answers in Anthropic's form, for the loopback provider.

use super::provider::Reply;
use serde_json::{Value, json};

/// A whole answer with usage 15 in, 4 from the cache, 5 into it, 8 out.
pub(crate) fn message(text: &str) -> Value {
    with_content(&json!([{"type": "text", "text": text}]), "end_turn")
}

pub(crate) fn with_content(content: &Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_fake_1", "type": "message", "role": "assistant",
        "model": "claude-sonnet-4-20250514", "content": content,
        "stop_reason": stop_reason, "stop_sequence": null,
        "usage": {
            "input_tokens": 15, "cache_read_input_tokens": 4,
            "cache_creation_input_tokens": 5, "output_tokens": 8,
        },
    })
}

/// A stream: its head, a `ping`, a block of a delta a text, its end.
pub(crate) fn stream(texts: &[&str]) -> Vec<Value> {
    let start = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let deltas = texts.iter().map(|text| delta(text));
    let stop = json!({"type": "content_block_stop", "index": 0});
    [head(), start, json!({"type": "ping"})]
        .into_iter()
        .chain(deltas)
        .chain([stop, tail("end_turn"), json!({"type": "message_stop"})])
        .collect()
}

pub(crate) fn head() -> Value {
    let mut message = with_content(&json!([]), "end_turn");
    message["stop_reason"] = Value::Null;
    message["usage"]["output_tokens"] = json!(1);
    json!({"type": "message_start", "message": message})
}

pub(crate) fn delta(text: &str) -> Value {
    json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": text}})
}

pub(crate) fn tail(stop_reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null},
        "usage": {"output_tokens": 8}})
}

pub(crate) fn error_event() -> Value {
    json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded."}})
}

/// Events as the API writes them, a chunk each.
pub(crate) fn sse(events: impl IntoIterator<Item = Value>) -> Reply {
    let chunks = events.into_iter().map(|event| {
        let kind = event["type"].as_str().unwrap_or("unknown");
        format!("event: {kind}\ndata: {event}\n\n").into()
    });
    Reply::status(200)
        .header("content-type", "text/event-stream; charset=utf-8")
        .chunks(chunks.collect())
}

pub(crate) fn error(status: u16, kind: &str, message: &str) -> Reply {
    let error = json!({"type": "error", "error": {"type": kind, "message": message}});
    Reply::status(status)
        .header("content-type", "application/json")
        .body(error.to_string())
}
