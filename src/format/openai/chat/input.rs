//! What was said in a chat request; read on the pipeline's thread.

use crate::format::parts::{found, said, thought_text};
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
    content: Option<Value>,
    /// What was thought, under the names of the servers that take it back.
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
    reasoning_details: Option<Value>,
    refusal: Option<String>,
    tool_calls: Option<Vec<WireToolCall>>,
    function_call: Option<WireFunction>,
    tool_call_id: Option<String>,
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
        let thought = [
            &wire.reasoning_content,
            &wire.reasoning,
            &wire.reasoning_details,
        ];
        let thought = thought.into_iter().flatten().filter_map(thought_text);
        let thought = thought.into_iter().find(|it| !it.is_empty());
        let mut parts: Vec<_> = thought
            .map(|content| Part::Reasoning { content })
            .into_iter()
            .collect();
        match wire.content {
            Some(content) if is_result => parts.push(Part::ToolCallResponse {
                id: wire.tool_call_id,
                response: found(&content),
            }),
            Some(content) => parts.extend(said(&content)),
            None => {}
        }
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
