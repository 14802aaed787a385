//! One part of a candidate, as it grows.

use super::call::{self, Call};
use super::wire::{WireData, WireFile, WireOwnTool, WirePart};
use crate::format::gemini::modality;
use crate::format::lenient::Text;
use crate::format::parts;
use crate::format::room::Room;
use crate::operation::{Json, Part};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A part so far.
#[derive(Debug)]
pub(super) enum Growing {
    Text(String),
    Thought(String),
    Call(Call),
    Data {
        mime_type: Option<String>,
        bytes: u64,
    },
    File {
        mime_type: Option<String>,
        uri: Option<String>,
    },
    OwnCall(OwnTool),
    OwnResult(OwnTool),
}

/// A tool that the provider runs, or what it found.
#[derive(Debug, Default)]
pub(super) struct OwnTool {
    kind: &'static str,
    id: Option<String>,
    name: Option<String>,
    json: Option<String>,
}

/// Whether a part is what a model makes: results of tools are not.
pub(super) fn is_generated(wire: &WirePart<'_>) -> bool {
    let call = wire.function_call.as_deref();
    wire.text.as_ref().is_some_and(Text::is_said)
        || call.is_some_and(call::says_anything)
        || wire.inline_data.is_some()
        || wire.file_data.is_some()
        || wire.executable_code.is_some()
        || wire.tool_call.is_some()
}

/// Adds a part to those that are there: texts go on with the text before them,
/// and arguments with their call.
pub(super) fn add(mut wire: WirePart<'_>, parts: &mut Vec<Growing>, room: &mut Room) {
    if let Some(text) = wire.text.take().filter(Text::is_said) {
        let is_thought = wire.thought == Some(true);
        add_text(&text.0, is_thought, parts, room);
    } else if let Some(wire) = wire.function_call.take() {
        match parts.last_mut() {
            Some(Growing::Call(call)) if call.goes_on_with(&wire) => call.absorb(*wire, room),
            _ if !call::says_anything(&wire) || !room.take_slot() => {}
            _ => {
                let mut call = Call::default();
                call.absorb(*wire, room);
                parts.push(Growing::Call(call));
            }
        }
    } else {
        add_other(wire, parts, room);
    }
}

fn add_text(text: &str, is_thought: bool, parts: &mut Vec<Growing>, room: &mut Room) {
    let known = match parts.last_mut() {
        Some(Growing::Text(known)) if !is_thought => Some(known),
        Some(Growing::Thought(known)) if is_thought => Some(known),
        _ => None,
    };
    if let Some(known) = known {
        return room.keep(known, text);
    }
    if room.take_slot() {
        let mut kept = String::new();
        room.keep(&mut kept, text);
        let of_kind = if is_thought {
            Growing::Thought
        } else {
            Growing::Text
        };
        parts.push(of_kind(kept));
    }
}

/// Adds what comes whole.
fn add_other(wire: WirePart<'_>, parts: &mut Vec<Growing>, room: &mut Room) {
    let part = other(wire, room);
    if let Some(part) = part.filter(|_| room.take_slot()) {
        parts.push(part);
    }
}

fn other(wire: WirePart<'_>, room: &mut Room) -> Option<Growing> {
    if let Some(data) = wire.inline_data {
        return Some(data_of(*data, room));
    }
    if let Some(file) = wire.file_data {
        return Some(file_of(*file, room));
    }
    if let Some(code) = wire.executable_code {
        return Some(Growing::OwnCall(OwnTool::of_code(
            "executableCode",
            code,
            room,
        )));
    }
    if let Some(result) = wire.code_execution_result {
        let result = OwnTool::of_code("codeExecutionResult", result, room);
        return Some(Growing::OwnResult(result));
    }
    if let Some(call) = wire.tool_call {
        return Some(Growing::OwnCall(OwnTool::new("toolCall", *call, room)));
    }
    let response = wire.tool_response?;
    Some(Growing::OwnResult(OwnTool::new(
        "toolResponse",
        *response,
        room,
    )))
}

/// Of data only how much there is: it is not worth a digest on the caller's task.
fn data_of(wire: WireData<'_>, room: &mut Room) -> Growing {
    let mut mime_type = None;
    room.fill(&mut mime_type, wire.mime_type);
    let data = wire.data.unwrap_or_default();
    let digits = data.0.trim_end_matches('=').len();
    Growing::Data {
        mime_type,
        bytes: u64::try_from(digits / 4 * 3 + digits % 4 * 3 / 4).unwrap_or(u64::MAX),
    }
}

fn file_of(wire: WireFile<'_>, room: &mut Room) -> Growing {
    let (mut mime_type, mut uri) = (None, None);
    room.fill(&mut mime_type, wire.mime_type);
    if let Some(wire) = wire.file_uri {
        room.keep_in(&mut uri, &wire.0);
    }
    Growing::File { mime_type, uri }
}

impl OwnTool {
    fn new(kind: &'static str, wire: WireOwnTool<'_>, room: &mut Room) -> Self {
        let mut tool = Self {
            kind,
            ..Self::default()
        };
        room.fill_id(&mut tool.id, wire.id);
        room.fill(&mut tool.name, wire.tool_type);
        if let Some(json) = wire.args.or(wire.response) {
            room.keep_in(&mut tool.json, json.get());
        }
        tool
    }

    /// Code that runs has no name and seldom an id.
    fn of_code(kind: &'static str, code: &RawValue, room: &mut Room) -> Self {
        let mut tool = Self {
            kind,
            ..Self::default()
        };
        room.keep_in(&mut tool.json, code.get());
        tool
    }

    /// An object with its type, which the conventions ask for.
    fn typed(&self, field: &str) -> Json {
        let json = self.json.as_deref();
        let value = json.map(|json| serde_json::from_str(json).unwrap_or_else(|_| json.into()));
        let mut object = Map::from_iter([("type".to_owned(), Value::from(self.kind))]);
        object.extend(value.map(|value: Value| (field.to_owned(), value)));
        Json::of(&Value::Object(object))
    }
}

impl Growing {
    /// The call, if the caller is to run one.
    pub(super) fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }

    pub(super) fn into_part(self) -> Part {
        match self {
            Self::Text(content) => Part::text(content),
            Self::Thought(content) => Part::Reasoning { content },
            Self::Call(call) => call.into_part(),
            Self::Data { mime_type, bytes } => Part::Blob {
                modality: modality::of_mime_type(mime_type.as_deref()).to_owned(),
                mime_type,
                content: String::new(),
                byte_size: Some(bytes),
                sha256: None,
            },
            Self::File { mime_type, uri } => {
                let modality = modality::of_mime_type(mime_type.as_deref());
                parts::by_url(modality, uri.as_deref().unwrap_or_default())
            }
            Self::OwnCall(tool) => Part::ServerToolCall {
                server_tool_call: tool.typed("arguments"),
                name: tool.name.unwrap_or_else(|| tool.kind.to_owned()),
                id: tool.id,
            },
            Self::OwnResult(tool) => Part::ServerToolCallResponse {
                server_tool_call_response: tool.typed("response"),
                id: tool.id,
            },
        }
    }
}
