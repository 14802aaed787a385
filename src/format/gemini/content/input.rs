//! What was said in a request; read on the pipeline's thread. Names of fields
//! are in either case, and what may be a list may be its one entry.

use crate::format::gemini::modality;
use crate::format::parts::{self, blob, by_url};
use crate::operation::{Input, Json, Message, Part, ToolDefinition};
use serde::Deserialize;
use serde_json::{Value, json};

/// Reads the messages of a request body; what cannot be read is left out.
pub(super) fn read(body: &[u8]) -> Input {
    let Ok(wire) = serde_json::from_slice::<Request>(body) else {
        return Input::default();
    };
    Input {
        messages: entries(&wire.contents).map(message).collect(),
        system_instructions: said(&wire.system_instruction),
        tool_definitions: tools(&wire.tools),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    contents: Value,
    #[serde(default, alias = "system_instruction")]
    system_instruction: Value,
    #[serde(default)]
    tools: Value,
}

fn message(content: &Value) -> Message {
    let role = match text(content, "role") {
        Some("model") => "assistant",
        Some("function") => "tool",
        Some(role) => role,
        None => "user",
    };
    Message {
        role: role.to_owned(),
        parts: said(content),
        name: None,
        finish_reason: None,
    }
}

/// The parts of a content, which may be a text.
fn said(content: &Value) -> Vec<Part> {
    if let Value::String(said) = content {
        return vec![Part::text(said)];
    }
    let parts = content.get("parts").unwrap_or(&Value::Null);
    entries(parts).map(part).collect()
}

fn part(part: &Value) -> Part {
    let Value::Object(fields) = part else {
        return parts::text(part.as_str().unwrap_or_default());
    };
    let known = fields
        .iter()
        .find_map(|(key, value)| of_field(key, value, part));
    let kind = || fields.keys().next().map_or("", String::as_str);
    known.unwrap_or_else(|| parts::other(kind()))
}

/// What the field of a part makes of it.
fn of_field(key: &str, value: &Value, part: &Value) -> Option<Part> {
    let id = || text(value, "id").map(str::to_owned);
    let name = || text(value, "name").unwrap_or_default().to_owned();
    let typed =
        |kind: &str, field: &str, value: &Value| Json::of(&json!({"type": kind, field: value}));
    let inner = |field: &str| value.get(field).unwrap_or(&Value::Null);
    Some(match key {
        "text" if part.get("thought") == Some(&Value::Bool(true)) => Part::Reasoning {
            content: value.as_str()?.to_owned(),
        },
        "text" => parts::text(value.as_str()?),
        "inlineData" | "inline_data" => {
            let mime_type = either(value, "mimeType", "mime_type");
            let mime_type = mime_type.and_then(Value::as_str);
            let data = text(value, "data").unwrap_or_default();
            blob(
                modality::of_mime_type(mime_type),
                mime_type.map(str::to_owned),
                data,
            )
        }
        "fileData" | "file_data" => {
            let mime_type = either(value, "mimeType", "mime_type").and_then(Value::as_str);
            let uri = either(value, "fileUri", "file_uri")?.as_str()?;
            by_url(modality::of_mime_type(mime_type), uri)
        }
        "functionCall" | "function_call" => Part::ToolCall {
            id: id(),
            name: name(),
            arguments: value.get("args").map(Json::of),
        },
        "functionResponse" | "function_response" => Part::ToolCallResponse {
            id: id(),
            response: Json::of(inner("response")),
        },
        "executableCode" | "executable_code" => Part::ServerToolCall {
            id: id(),
            name: "executableCode".to_owned(),
            server_tool_call: typed("executableCode", "arguments", value),
        },
        "codeExecutionResult" | "code_execution_result" => Part::ServerToolCallResponse {
            id: id(),
            server_tool_call_response: typed("codeExecutionResult", "response", value),
        },
        "toolCall" | "tool_call" => Part::ServerToolCall {
            id: id(),
            name: either(value, "toolType", "tool_type")?.as_str()?.to_owned(),
            server_tool_call: typed("toolCall", "arguments", inner("args")),
        },
        "toolResponse" | "tool_response" => Part::ServerToolCallResponse {
            id: id(),
            server_tool_call_response: typed("toolResponse", "response", inner("response")),
        },
        _ => return None,
    })
}

/// The tools of a request: functions lie in lists below one entry, and what the
/// provider runs is an entry by its name.
fn tools(tools: &Value) -> Vec<ToolDefinition> {
    let fields = entries(tools).filter_map(Value::as_object).flatten();
    let defined = |(key, value): (&String, &Value)| match key.as_str() {
        "functionDeclarations" | "function_declarations" => {
            entries(value).filter_map(function).collect()
        }
        own => vec![ToolDefinition {
            kind: own.to_owned(),
            name: own.to_owned(),
            ..ToolDefinition::default()
        }],
    };
    fields.flat_map(defined).collect()
}

fn function(declared: &Value) -> Option<ToolDefinition> {
    let schema = declared.get("parameters");
    let schema =
        schema.or_else(|| either(declared, "parametersJsonSchema", "parameters_json_schema"));
    Some(ToolDefinition {
        kind: ToolDefinition::FUNCTION.to_owned(),
        name: text(declared, "name")?.to_owned(),
        description: text(declared, "description").map(str::to_owned),
        parameters: schema.filter(|it| it.is_object()).map(Json::of),
    })
}

fn either<'a>(object: &'a Value, one: &str, other: &str) -> Option<&'a Value> {
    object.get(one).or_else(|| object.get(other))
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// The entries of a list, or the one in its place.
fn entries(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array();
    let one = Some(value).filter(|value| list.is_none() && !value.is_null());
    list.into_iter().flatten().chain(one)
}
