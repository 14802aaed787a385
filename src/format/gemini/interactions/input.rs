//! What was said in a request for an interaction; read on the pipeline's thread.

use crate::format::parts::{self, blob, by_url};
use crate::format::tools;
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads the steps of a request body; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    Input {
        messages: messages(&wire.input),
        system_instructions: said(&wire.system_instruction),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default)]
    input: Value,
    #[serde(default)]
    system_instruction: Value,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

/// A list is of messages, or of the parts of one.
fn messages(input: &Value) -> Vec<Message> {
    let entries = input.as_array();
    let messages = entries.map(|entries| entries.iter().map(entry).collect());
    let messages: Option<Vec<Message>> = messages.unwrap_or(None);
    messages.unwrap_or_else(|| {
        let parts = said(input);
        let one = (!parts.is_empty()).then(|| message("user", parts));
        one.into_iter().collect()
    })
}

/// An entry that is a message of its own.
fn entry(entry: &Value) -> Option<Message> {
    let kind = text(entry, "type").unwrap_or_default();
    let content = || entry.get("content").map(said).unwrap_or_default();
    let role = match (text(entry, "role"), kind) {
        (Some("model"), _) | (None, "model_output") => "assistant",
        (Some(role), _) => role,
        (None, "user_input") => "user",
        (None, "function_result") => return Some(message("tool", vec![part(entry)])),
        (None, "thought") => return Some(message("assistant", vec![part(entry)])),
        (None, _) if kind.ends_with("_call") || kind.ends_with("_result") => {
            return Some(message("assistant", vec![part(entry)]));
        }
        (None, _) => return None,
    };
    Some(message(role, content()))
}

fn message(role: &str, parts: Vec<Part>) -> Message {
    Message {
        role: role.to_owned(),
        parts,
        name: None,
        finish_reason: None,
    }
}

fn said(content: &Value) -> Vec<Part> {
    match content {
        Value::String(said) => vec![parts::text(said)],
        Value::Array(contents) => contents.iter().map(part).collect(),
        Value::Object(_) => vec![part(content)],
        _ => Vec::new(),
    }
}

fn part(content: &Value) -> Part {
    let kind = text(content, "type").unwrap_or_default();
    let id = |key| text(content, key).map(str::to_owned);
    let known = match kind {
        "text" => text(content, "text").map(parts::text),
        "thought" => Some(Part::Reasoning {
            content: thought(content),
        }),
        "function_call" => Some(Part::ToolCall {
            id: id("id"),
            name: text(content, "name").unwrap_or_default().to_owned(),
            arguments: content.get("arguments").map(Json::of),
        }),
        "function_result" => Some(Part::ToolCallResponse {
            id: id("call_id"),
            response: result(content.get("result").unwrap_or(&Value::Null)),
        }),
        _ => sourced(kind, content),
    };
    known.unwrap_or_else(|| parts::other(kind))
}

/// An image, audio, a video or a document, in itself or by its address.
fn sourced(kind: &str, content: &Value) -> Option<Part> {
    let mime_type = text(content, "mime_type").map(str::to_owned);
    let data = text(content, "data").map(|data| blob(kind, mime_type, data));
    data.or_else(|| text(content, "uri").map(|uri| by_url(kind, uri)))
}

fn thought(content: &Value) -> String {
    let summary = content.get("summary").and_then(Value::as_array);
    let texts = summary.into_iter().flatten();
    let texts: Vec<_> = texts.filter_map(|it| text(it, "text")).collect();
    texts.join("\n")
}

fn result(result: &Value) -> Json {
    match result {
        Value::String(text) => Json::or_text(text),
        other => Json::of(other),
    }
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn messages(input: &Value) -> Value {
        let body = json!({"input": input});
        json!(read(body.to_string().as_bytes()).messages)
    }

    #[test]
    fn steps_and_turns_become_messages_and_contents_one() {
        let said = json!([{"type": "text", "content": "Hello!"}]);
        let text = json!({"type": "text", "text": "Hello!"});
        for input in [
            json!("Hello!"),
            json!([text]),
            json!([{"type": "user_input", "content": [text]}]),
            json!([{"role": "user", "content": "Hello!"}]),
        ] {
            assert_eq!(
                messages(&input),
                json!([{"role": "user", "parts": said}]),
                "{input}"
            );
        }
        let steps = json!([
            {"type": "thought", "summary": [text], "signature": "x"},
            {"type": "function_call", "id": "a", "name": "f", "arguments": {"q": 1}},
            {"type": "function_result", "call_id": "a", "name": "f", "result": "2"},
        ]);
        assert_eq!(
            messages(&steps),
            json!([
                {"role": "assistant", "parts": [{"type": "reasoning", "content": "Hello!"}]},
                {"role": "assistant", "parts": [
                    {"type": "tool_call", "id": "a", "name": "f", "arguments": {"q": 1}}]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "id": "a", "response": 2}]},
            ])
        );
    }

    #[test]
    fn binary_content_is_a_stub() {
        let image = json!({"type": "image", "data": "aGk=", "mime_type": "image/png"});
        let read = messages(&json!([image]));
        assert_eq!(read[0]["parts"][0]["byte_size"], 2);
        assert!(!read.to_string().contains("aGk="));
        assert_eq!(messages(&json!(null)), json!([]));
    }
}
