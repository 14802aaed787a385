//! What was said in a chat or a completion of the first version; read on the
//! pipeline's thread.

use crate::format::lenient;
use crate::format::parts::text;
use crate::format::prompt::said_by_user;
use crate::operation::{Input, Json, Message, Part, ToolDefinition};
use serde::Deserialize;
use serde_json::Value;

/// Reads what was said before, what is said now, and what tools found.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request>(body) else {
        return Input::default();
    };
    let is_said = |text: &String| !text.is_empty();
    let history = wire.chat_history.into_iter().filter_map(message);
    let said = wire.message.or(wire.prompt).filter(is_said);
    let results = results(&wire.tool_results);
    Input {
        messages: history
            .chain(said.as_deref().map(said_by_user))
            .chain(results)
            .collect(),
        system_instructions: wire
            .preamble
            .filter(is_said)
            .iter()
            .map(|it| text(it))
            .collect(),
        tool_definitions: wire.tools.into_iter().filter_map(definition).collect(),
    }
}

#[derive(Deserialize)]
struct Request {
    message: Option<String>,
    prompt: Option<String>,
    preamble: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    chat_history: Vec<Value>,
    #[serde(default, deserialize_with = "lenient::list")]
    tools: Vec<Value>,
    #[serde(default, deserialize_with = "lenient::list")]
    tool_results: Vec<Value>,
}

#[derive(Deserialize)]
struct WireMessage {
    role: Option<String>,
    message: Option<String>,
    tool_calls: Option<Vec<WireCall>>,
    tool_results: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct WireCall {
    name: Option<String>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    description: Option<String>,
}

/// One odd message costs itself alone.
fn message(message: Value) -> Option<Message> {
    let wire: WireMessage = serde_json::from_value(message).ok()?;
    let said = wire.message.filter(|text| !text.is_empty());
    let calls = wire.tool_calls.unwrap_or_default();
    let results = wire.tool_results.unwrap_or_default();
    let parts = said.as_deref().map(text).into_iter();
    let parts = parts.chain(calls.into_iter().map(Part::from));
    let parts = parts.chain(results.iter().map(result));
    Some(Message {
        role: role(&wire.role.unwrap_or_default()).to_owned(),
        parts: parts.collect(),
        ..Message::default()
    })
}

/// Roles are written in any case.
fn role(role: &str) -> &str {
    let is = |name: &str| role.eq_ignore_ascii_case(name);
    match role {
        _ if is("chatbot") => "assistant",
        _ if is("user") => "user",
        _ if is("system") => "system",
        _ if is("tool") => "tool",
        other => other,
    }
}

impl From<WireCall> for Part {
    fn from(call: WireCall) -> Self {
        Self::ToolCall {
            id: None,
            name: call.name.unwrap_or_default(),
            arguments: call.parameters.as_ref().map(Json::of),
        }
    }
}

fn results(results: &[Value]) -> Option<Message> {
    (!results.is_empty()).then(|| Message {
        role: "tool".to_owned(),
        parts: results.iter().map(result).collect(),
        ..Message::default()
    })
}

/// What a tool found: calls have no ids in this version.
fn result(result: &Value) -> Part {
    Part::ToolCallResponse {
        id: None,
        response: Json::of(result.get("outputs").unwrap_or(result)),
    }
}

/// Its parameters are no schema in this version.
fn definition(tool: Value) -> Option<ToolDefinition> {
    let tool: Tool = serde_json::from_value(tool).ok()?;
    Some(ToolDefinition {
        kind: ToolDefinition::FUNCTION.to_owned(),
        name: tool.name,
        description: tool.description,
        parameters: None,
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn what_was_said_before_stands_before_what_is_said_now() {
        let body = json!({
            "preamble": "Be brief.", "message": "And now?",
            "tools": [{"name": "f", "description": "Does.", "parameter_definitions": {}}],
            "chat_history": [
                {"role": "User", "message": "Hello!"},
                {"role": "CHATBOT", "message": "", "tool_calls": [{"name": "f", "parameters": {"q": 1}}]},
                {"role": "TOOL", "tool_results": [{"call": {}, "outputs": [{"a": 1}]}]},
                {"role": 7},
            ],
            "tool_results": [{"call": {"name": "f"}, "outputs": [{"a": 2}]}],
        });
        let input = read(body.to_string().as_bytes());
        let messages = serde_json::to_value(&input.messages).unwrap();
        assert_eq!(
            messages,
            json!([
                {"role": "user", "parts": [{"type": "text", "content": "Hello!"}]},
                {"role": "assistant", "parts": [
                    {"type": "tool_call", "name": "f", "arguments": {"q": 1}}]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "response": [{"a": 1}]}]},
                {"role": "user", "parts": [{"type": "text", "content": "And now?"}]},
                {"role": "tool", "parts": [
                    {"type": "tool_call_response", "response": [{"a": 2}]}]},
            ])
        );
        assert_eq!(input.system_instructions.len(), 1);
        assert_eq!(input.tool_definitions.len(), 1);
        assert_eq!(read(br#"{"prompt": "a"}"#).messages.len(), 1);
    }
}
