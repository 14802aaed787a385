//! What is asked and answered.

use bytes::Bytes;
use serde_json::{Value, json};

pub(crate) const CHAT: &str = "https://api.openai.com/v1/chat/completions";
pub(crate) const RESPONSES: &str = "https://api.openai.com/v1/responses";
pub(crate) const MESSAGES: &str = "https://api.anthropic.com/v1/messages";

/// Generated chunks of a stream.
pub(crate) const CHUNKS: usize = 200;

/// A question of a few hundred bytes.
pub(crate) fn question() -> Value {
    json!({
        "model": "gpt-4o", "max_completion_tokens": 256, "temperature": 0.5,
        "messages": [{"role": "user", "content": "Tell me a story. ".repeat(20)}],
    })
}

/// The second round of a tool loop: with tools, what was asked of them, and what
/// they found.
pub(crate) fn question_with_tools() -> Value {
    let tool = |name: &str| {
        let parameters = json!({"type": "object", "properties": {"q": {"type": "string"}}});
        let function = json!({"name": name, "description": "Looks up.", "parameters": parameters});
        json!({"type": "function", "function": function})
    };
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "42"});
    json!({
        "model": "gpt-4o", "tools": [tool("search"), tool("weather"), tool("news")],
        "messages": [
            {"role": "user", "content": "What is new?"},
            {"role": "assistant", "tool_calls": calls("before")},
            result("before-0"), result("before-1"), result("before-2"),
        ],
    })
}

/// An answer of a kilobyte.
pub(crate) fn answer() -> Bytes {
    let message = json!({"role": "assistant", "content": "word ".repeat(200)});
    completion(&message, "stop")
}

/// An answer that asks for three tools.
pub(crate) fn answer_with_tools() -> Bytes {
    let message = json!({"role": "assistant", "content": null, "tool_calls": calls("call")});
    completion(&message, "tool_calls")
}

fn calls(of: &str) -> Vec<Value> {
    let calls = ["search", "weather", "news"].into_iter().enumerate();
    calls
        .map(|(n, name)| {
            let function = json!({"name": name, "arguments": r#"{"q":"Berlin"}"#});
            json!({"id": format!("{of}-{n}"), "type": "function", "function": function})
        })
        .collect()
}

fn completion(message: &Value, reason: &str) -> Bytes {
    let choice = json!({"index": 0, "message": message, "finish_reason": reason, "logprobs": null});
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1,
        "model": "gpt-4o-2024-08-06", "choices": [choice], "usage": usage(),
    });
    answer.to_string().into()
}

fn usage() -> Value {
    json!({"prompt_tokens": 12, "completion_tokens": 200, "total_tokens": 212})
}

/// A stream, an event a chunk.
pub(crate) fn stream(words: usize) -> Vec<Bytes> {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "gpt-4o-2024-08-06", "choices": choices, "usage": usage,
        });
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let text = json!([{"index": 0, "delta": {"content": "word "}, "finish_reason": null}]);
    let end = json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]);
    let mut chunks = vec![chunk(text, json!(null)); words];
    chunks.push(chunk(end, json!(null)));
    chunks.push(chunk(json!([]), usage()));
    chunks.push(Bytes::from_static(b"data: [DONE]\n\n"));
    chunks
}

/// The same in Anthropic's words.
pub(crate) fn anthropic_stream(words: usize) -> Vec<Bytes> {
    let head = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "usage": {"input_tokens": 15, "output_tokens": 1}}});
    let start = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": "word "}});
    let tail = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 8}});
    let events = [head, start].into_iter();
    let events = events.chain(vec![delta; words]);
    let events = events.chain([tail, json!({"type": "message_stop"})]);
    let write = |event: Value| {
        let kind = event["type"].as_str().unwrap();
        Bytes::from(format!("event: {kind}\ndata: {event}\n\n"))
    };
    events.map(write).collect()
}
