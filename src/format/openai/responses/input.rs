//! What was said in a request for a response; read on the pipeline's thread.

use crate::format::lenient::Text;
use crate::format::parts::{self, found, said, text};
use crate::format::tools;
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads the items of a request body; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    Input {
        messages: match wire.input {
            Some(Value::String(said)) => vec![message("user", vec![text(&said)])],
            Some(Value::Array(items)) => items.iter().filter_map(item).collect(),
            _ => Vec::new(),
        },
        system_instructions: wire
            .instructions
            .map(|it| text(&it.0))
            .into_iter()
            .collect(),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    input: Option<Value>,
    #[serde(borrow)]
    instructions: Option<Text<'a>>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

/// An item as a message; none of one that only names another.
fn item(item: &Value) -> Option<Message> {
    let field = |key: &str| item.get(key)?.as_str();
    let kind = field("type").unwrap_or("message");
    let id = field("call_id").map(str::to_owned);
    let of_model = |part: Part| Some(message("assistant", vec![part]));
    match kind {
        "message" => Some(message(
            field("role").unwrap_or_default(),
            item.get("content").map(said).unwrap_or_default(),
        )),
        "item_reference" => None,
        "reasoning" => of_model(Part::Reasoning {
            content: reasoning(item),
        }),
        _ if kind.ends_with("_output") => {
            let response = found(item.get("output").unwrap_or(&Value::Null));
            Some(message(
                "tool",
                vec![Part::ToolCallResponse { id, response }],
            ))
        }
        _ if id.is_some() => of_model(Part::ToolCall {
            id,
            name: field("name").unwrap_or(kind).to_owned(),
            arguments: field("arguments")
                .or_else(|| field("input"))
                .map(Json::or_text),
        }),
        _ => of_model(parts::other(kind)),
    }
}

fn message(role: &str, parts: Vec<Part>) -> Message {
    Message {
        role: role.to_owned(),
        parts,
        name: None,
        finish_reason: None,
    }
}

/// Of what may be shown of it; the rest is encrypted.
fn reasoning(item: &Value) -> String {
    let parts = ["summary", "content"].into_iter();
    let parts = parts.filter_map(|key| item.get(key)?.as_array()).flatten();
    let texts = parts.filter_map(|part| part.get("text")?.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn items_become_messages() {
        let body = json!({
            "instructions": "Be brief.",
            "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
            "input": [
                {"role": "user", "content": "Hello!"},
                {"role": "user", "content": [
                    {"type": "input_text", "text": "See:"},
                    {"type": "input_image", "image_url": "https://a.example/b.png"},
                    {"type": "input_file", "file_id": "file-1"}]},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
                {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{\"q\":1}"},
                {"type": "function_call_output", "call_id": "a", "output": "1"},
                {"type": "item_reference", "id": "msg_1"},
                {"type": "web_search_call", "id": "ws_1"},
            ],
        });
        let input = read(body.to_string().as_bytes());
        let messages = serde_json::to_value(&input.messages).unwrap();
        assert_eq!(
            messages,
            json!([
                {"role": "user", "parts": [{"type": "text", "content": "Hello!"}]},
                {"role": "user", "parts": [
                    {"type": "text", "content": "See:"},
                    {"type": "uri", "modality": "image", "uri": "https://a.example/b.png"},
                    {"type": "file", "modality": "document", "file_id": "file-1"}]},
                {"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."}]},
                {"role": "assistant", "parts": [
                    {"type": "tool_call", "id": "a", "name": "f", "arguments": {"q": 1}}]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "id": "a", "response": 1}]},
                {"role": "assistant", "parts": [{"type": "web_search_call"}]},
            ])
        );
        assert_eq!(input.system_instructions.len(), 1);
        assert_eq!(input.tool_definitions.len(), 1);
    }

    #[test]
    fn a_text_is_what_a_user_said() {
        let input = read(br#"{"input": "Hello!"}"#);
        assert_eq!(input.messages[0].text().as_deref(), Some("Hello!"));
    }
}
