//! What was said in a chat request; read on the pipeline's thread.

use crate::format::parts::{self, blob, by_url, joined_text, text};
use crate::format::{lenient, tools};
use crate::operation::{Input, Json, Message, Part};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads the messages of a request body; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request<'_>>(body) else {
        return Input::default();
    };
    Input {
        messages: wire.messages.into_iter().filter_map(message).collect(),
        system_instructions: Vec::new(),
        tool_definitions: tools::definitions(wire.tools),
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(default, deserialize_with = "lenient::list")]
    messages: Vec<Value>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

/// One odd message costs itself alone.
pub(in crate::format::openai) fn message(message: Value) -> Option<Message> {
    let wire: WireMessage = serde_json::from_value(message).ok()?;
    Some(wire.into())
}

#[derive(Deserialize)]
struct WireMessage {
    role: Option<String>,
    name: Option<String>,
    content: Option<WireContent>,
    refusal: Option<String>,
    tool_calls: Option<Vec<WireToolCall>>,
    function_call: Option<WireFunction>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireContent {
    Text(String),
    Parts(Vec<Value>),
    Other(Value),
}

#[derive(Deserialize)]
struct WireToolCall {
    id: Option<String>,
    function: Option<WireFunction>,
    custom: Option<WireFunction>,
}

#[derive(Deserialize)]
struct WireFunction {
    name: Option<String>,
    /// `input` of a custom tool.
    #[serde(alias = "input")]
    arguments: Option<Value>,
}

impl From<WireMessage> for Message {
    fn from(wire: WireMessage) -> Self {
        // A `function` is the predecessor of a tool, whose calls have no ids.
        let is_result = wire.tool_call_id.is_some() || wire.role.as_deref() == Some("function");
        let mut parts = match (wire.content, wire.tool_call_id) {
            (Some(content), id) if is_result => vec![tool_response(id, content)],
            (Some(content), _) => content.into_parts(),
            (None, _) => Vec::new(),
        };
        parts.extend(wire.refusal.map(|content| Part::Refusal { content }));
        parts.extend(
            wire.tool_calls
                .unwrap_or_default()
                .into_iter()
                .map(Part::from),
        );
        parts.extend(wire.function_call.map(|function| function.into_part(None)));
        Self {
            role: wire.role.unwrap_or_default(),
            parts,
            name: wire.name,
            finish_reason: None,
        }
    }
}

impl WireContent {
    fn into_parts(self) -> Vec<Part> {
        match self {
            Self::Text(content) => vec![text(&content)],
            Self::Parts(parts) => parts.iter().map(content_part).collect(),
            Self::Other(_) => Vec::new(),
        }
    }
}

impl From<WireToolCall> for Part {
    fn from(call: WireToolCall) -> Self {
        match call.function.or(call.custom) {
            Some(function) => function.into_part(call.id),
            None => Self::ToolCall {
                id: call.id,
                name: String::new(),
                arguments: None,
            },
        }
    }
}

impl WireFunction {
    fn into_part(self, id: Option<String>) -> Part {
        Part::ToolCall {
            id,
            name: self.name.unwrap_or_default(),
            arguments: self.arguments.map(|arguments| match arguments {
                Value::String(text) => Json::or_text(&text),
                other => Json::of(&other),
            }),
        }
    }
}

fn tool_response(id: Option<String>, content: WireContent) -> Part {
    let response = match content {
        WireContent::Text(text) => Json::or_text(&text),
        WireContent::Parts(parts) => match joined_text(&parts) {
            Some(text) => Json::or_text(&text),
            None => Json::of(&Value::Array(parts)),
        },
        WireContent::Other(value) => Json::of(&value),
    };
    Part::ToolCallResponse { id, response }
}

fn content_part(part: &Value) -> Part {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    let field = |outer: &str, inner: &str| part.get(outer)?.get(inner)?.as_str();
    let known = match kind {
        "text" => part.get("text").and_then(Value::as_str).map(text),
        "refusal" => part.get("refusal").and_then(Value::as_str).map(refusal),
        "image_url" => field("image_url", "url").map(|url| by_url("image", url)),
        "input_audio" => field("input_audio", "data").map(|data| {
            let mime = field("input_audio", "format").map(|format| format!("audio/{format}"));
            blob("audio", mime, data)
        }),
        "file" => file(&field),
        _ => None,
    };
    known.unwrap_or_else(|| parts::other(kind))
}

fn refusal(content: &str) -> Part {
    Part::Refusal {
        content: content.to_owned(),
    }
}

fn file<'a>(field: &impl Fn(&str, &str) -> Option<&'a str>) -> Option<Part> {
    if let Some(id) = field("file", "file_id") {
        return Some(parts::file("document", id));
    }
    field("file", "file_data").map(|data| by_url("document", data))
}
