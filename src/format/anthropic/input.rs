//! What was said in a request; read on the pipeline's thread.

use crate::format::parts;
use crate::format::tools;
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Reads the messages of a request body; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    Input {
        messages: list(&wire.messages).map(message).collect(),
        system_instructions: said(&wire.system),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default)]
    messages: Value,
    #[serde(default)]
    system: Value,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

fn message(message: &Value) -> Message {
    Message {
        role: text(message, "role").unwrap_or_default().to_owned(),
        parts: message.get("content").map(said).unwrap_or_default(),
        name: None,
        finish_reason: None,
    }
}

/// Content: a text, or a list of blocks.
fn said(content: &Value) -> Vec<Part> {
    match content {
        Value::String(content) => vec![Part::text(content)],
        blocks => list(blocks).map(part).collect(),
    }
}

fn part(block: &Value) -> Part {
    let kind = text(block, "type").unwrap_or_default();
    let id = |key| text(block, key).map(str::to_owned);
    let name = || text(block, "name").unwrap_or_default().to_owned();
    match kind {
        "tool_use" => Part::ToolCall {
            id: id("id"),
            name: name(),
            arguments: block.get("input").map(Json::of),
        },
        _ if kind.ends_with("_tool_use") => Part::ServerToolCall {
            id: id("id"),
            name: name(),
            server_tool_call: typed(kind, "input", block),
        },
        _ if kind.ends_with("_tool_result") => Part::ServerToolCallResponse {
            id: id("tool_use_id"),
            server_tool_call_response: typed(kind, "content", block),
        },
        _ => parts::part(block),
    }
}

fn typed(kind: &str, field: &str, block: &Value) -> Json {
    let value = block.get(field).cloned().unwrap_or_default();
    Json::of(&json!({"type": kind, field: value}))
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::{Value, json};

    fn parts(content: &Value) -> Value {
        let body = json!({"messages": [{"role": "user", "content": content}]});
        let input = read(body.to_string().as_bytes());
        json!(input.messages[0].parts)
    }

    #[test]
    fn the_system_prompt_is_kept_apart_whichever_way_it_is_written() {
        for system in [
            json!("Be brief."),
            json!([{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]),
        ] {
            let input = read(
                json!({"system": system, "messages": []})
                    .to_string()
                    .as_bytes(),
            );
            assert_eq!(
                json!(input.system_instructions),
                json!([{"type": "text", "content": "Be brief."}])
            );
        }
    }

    #[test]
    fn tool_results_are_json_where_they_are_and_stubs_where_they_are_binary() {
        let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}});
        let result =
            |content: Value| json!({"type": "tool_result", "tool_use_id": "t", "content": content});
        let read = parts(&json!([
            result(json!("{\"n\":1}")),
            result(json!([{"type": "text", "text": "found"}])),
            result(json!([image])),
        ]));
        assert_eq!(
            read[0],
            json!({"type": "tool_call_response", "id": "t", "response": {"n": 1}})
        );
        assert_eq!(read[1]["response"], "found");
        assert_eq!(read[2]["response"][0]["byte_size"], 2);
        assert!(!read.to_string().contains("aGk="));
    }

    #[test]
    fn whatever_is_odd_is_kept_by_its_type_or_left_out() {
        for odd in [json!(null), json!(7), json!({}), json!(["x", null])] {
            drop(parts(&odd));
        }
        assert_eq!(
            parts(&json!([{"type": "container_upload", "file_id": "f"}, {"type": "image"}])),
            json!([{"type": "container_upload"}, {"type": "image"}])
        );
        assert!(read(b"nonsense").messages.is_empty());
    }
}
