//! What was said in a chat or a completion; read on the pipeline's thread.

use crate::format::lenient;
use crate::format::parts::{blob, text};
use crate::format::prompt::said_by_user;
use crate::format::tools;
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads the messages of a chat, or the prompt of a completion; what cannot be
/// read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    let is_said = |text: &String| !text.is_empty();
    let system = wire.system.filter(is_said);
    let images = wire.images.iter().filter_map(image);
    let prompt = wire.prompt.filter(is_said).map(|prompt| {
        let mut message = said_by_user(&prompt);
        message.parts.extend(images);
        message
    });
    let messages = wire.messages.into_iter().filter_map(message);
    Input {
        messages: messages.chain(prompt).collect(),
        system_instructions: system.iter().map(|it| text(it)).collect(),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default, deserialize_with = "lenient::list")]
    messages: Vec<Value>,
    prompt: Option<String>,
    system: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    images: Vec<Value>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireMessage {
    role: Option<String>,
    content: Option<String>,
    thinking: Option<String>,
    #[serde(default)]
    images: Vec<Value>,
    #[serde(default)]
    tool_calls: Vec<WireCall>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
struct WireCall {
    id: Option<String>,
    function: Option<WireFunction>,
}

#[derive(Deserialize)]
struct WireFunction {
    name: Option<String>,
    arguments: Option<Value>,
}

/// One odd message costs itself alone.
fn message(message: Value) -> Option<Message> {
    let wire: WireMessage = serde_json::from_value(message).ok()?;
    let role = wire.role.unwrap_or_default();
    let content = wire.content.unwrap_or_default();
    let mut parts = Vec::new();
    let thinking = wire.thinking.filter(|it| !it.is_empty());
    parts.extend(thinking.map(|content| Part::Reasoning { content }));
    if role == "tool" {
        parts.push(Part::ToolCallResponse {
            id: wire.tool_call_id,
            response: Json::or_text(&content),
        });
    } else if !content.is_empty() {
        parts.push(text(&content));
    }
    parts.extend(wire.images.iter().filter_map(image));
    parts.extend(wire.tool_calls.into_iter().map(Part::from));
    Some(Message {
        role,
        parts,
        ..Message::default()
    })
}

impl From<WireCall> for Part {
    fn from(call: WireCall) -> Self {
        let function = call.function;
        let (name, arguments) = function.map_or((None, None), |it| (it.name, it.arguments));
        Self::ToolCall {
            id: call.id,
            name: name.unwrap_or_default(),
            arguments: arguments.as_ref().map(Json::of),
        }
    }
}

fn image(image: &Value) -> Option<Part> {
    Some(blob("image", None, image.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn messages_and_prompts_become_messages() {
        let chat = json!({
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "See:", "images": ["aGk="]},
                {"role": "assistant", "content": "", "thinking": "Hm.", "tool_calls": [
                    {"id": "c", "function": {"name": "f", "arguments": {"q": 1}}}]},
                {"role": "tool", "tool_call_id": "c", "content": "{\"a\": 2}"},
                7,
            ],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        });
        let chat = read(chat.to_string().as_bytes());
        assert_eq!(chat.tool_definitions.len(), 1);
        let mut messages = serde_json::to_value(&chat.messages).unwrap();
        let image = &mut messages[1]["parts"][1];
        assert_eq!(
            (&image["type"], &image["byte_size"]),
            (&json!("blob"), &json!(2))
        );
        *image = json!(null);
        assert_eq!(
            messages,
            json!([
                {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
                {"role": "user", "parts": [{"type": "text", "content": "See:"}, null]},
                {"role": "assistant", "parts": [
                    {"type": "reasoning", "content": "Hm."},
                    {"type": "tool_call", "id": "c", "name": "f", "arguments": {"q": 1}}]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "id": "c", "response": {"a": 2}}]},
            ])
        );
        let completion = read(br#"{"prompt": "Hello!", "system": "Be brief.", "images": []}"#);
        assert_eq!(completion.messages[0].text().as_deref(), Some("Hello!"));
        assert_eq!(completion.system_instructions.len(), 1);
    }
}
