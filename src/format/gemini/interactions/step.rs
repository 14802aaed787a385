//! One step of an interaction, as it grows.

use super::wire::{Delta, WireContent, WireStep};
use crate::format::lenient::{self, Few, Text};
use crate::format::room::Room;
use crate::operation::{Json, Part, ToolCall};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A step so far.
#[derive(Debug, Default)]
pub(super) struct Step {
    kind: Option<String>,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    text: String,
    thought: String,
    /// What a tool is told: where it comes in pieces, nothing at first.
    arguments: Option<String>,
    pieces: Option<String>,
    result: Option<String>,
}

impl Step {
    /// Takes a step as it begins, or all of it: what has come in pieces stays.
    /// Returns whether there is generated content in it.
    pub(super) fn absorb(&mut self, wire: WireStep<'_>, room: &mut Room) -> bool {
        room.fill(&mut self.kind, wire.r#type);
        room.fill_id(&mut self.id, wire.id);
        room.fill_id(&mut self.call_id, wire.call_id);
        room.fill(&mut self.name, wire.name);
        fill_json(&mut self.arguments, wire.arguments, room);
        fill_json(&mut self.result, wire.result, room);
        let mut content = texts(wire.content, room);
        content.extend(wire.text);
        let summary = texts(wire.summary, room);
        let is_said = fill(&mut self.text, &content, room);
        let is_thought = fill(&mut self.thought, &summary, room);
        is_said || is_thought || self.is_call()
    }

    /// Takes what is added. Returns whether that is generated content.
    pub(super) fn add(&mut self, delta: Delta<'_>, room: &mut Room) -> bool {
        room.fill_id(&mut self.id, delta.id);
        room.fill(&mut self.name, delta.name);
        let piece = delta.arguments.and_then(lenient::written);
        let piece = piece.filter(|piece| !piece.is_empty());
        if let Some(piece) = &piece {
            room.keep_in(&mut self.pieces, piece);
        }
        let summary = delta.content.and_then(|content| content.text);
        let is_said = append(&mut self.text, delta.text, room);
        let is_thought = append(&mut self.thought, summary, room);
        is_said || is_thought || piece.is_some()
    }

    /// The call, if the caller is to run one.
    pub(super) fn call(&self) -> Option<ToolCall> {
        (self.kind() == "function_call").then(|| ToolCall {
            id: self.id.clone(),
            name: self.name.clone().unwrap_or_default(),
            arguments: self.arguments().map(str::to_owned),
        })
    }

    /// What the model made of it; what a caller said comes back in some answers.
    pub(super) fn into_parts(self) -> impl Iterator<Item = Part> {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let is_of_the_caller = ["user_input", "function_result"].contains(&self.kind());
        let parts = [
            said(&self.thought).map(|content| Part::Reasoning { content }),
            said(&self.text).map(Part::text),
            self.tool(),
        ];
        let parts = parts.into_iter().flatten();
        parts.filter(move |_| !is_of_the_caller)
    }

    fn tool(&self) -> Option<Part> {
        if let Some(call) = self.call() {
            return Some(Part::ToolCall {
                id: call.id,
                name: call.name,
                arguments: call.arguments.as_deref().map(Json::or_text),
            });
        }
        let kind = self.kind();
        if self.is_call() {
            return Some(Part::ServerToolCall {
                server_tool_call: typed(kind, "arguments", self.arguments()),
                name: self.name.clone().unwrap_or_else(|| kind.to_owned()),
                id: self.id.clone(),
            });
        }
        let is_result = kind.ends_with("_result");
        is_result.then(|| Part::ServerToolCallResponse {
            server_tool_call_response: typed(kind, "result", self.result.as_deref()),
            id: self.call_id.clone(),
        })
    }

    fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or_default()
    }

    fn is_call(&self) -> bool {
        self.kind().ends_with("_call")
    }

    fn arguments(&self) -> Option<&str> {
        self.pieces.as_deref().or(self.arguments.as_deref())
    }
}

fn texts<'a>(content: Few<WireContent<'a>>, room: &mut Room) -> Vec<Text<'a>> {
    let content = room.of_list(content).into_iter();
    content.filter_map(|it| it.text).collect()
}

/// Keeps what is written whole, unless pieces of it have come. Returns whether
/// there is any: that is no question of what is kept.
fn fill(kept: &mut String, written: &[Text<'_>], room: &mut Room) -> bool {
    let had_none = kept.is_empty();
    for text in written.iter().filter(|_| had_none) {
        room.keep(kept, &text.0);
    }
    written.iter().any(Text::is_said)
}

fn append(kept: &mut String, piece: Option<Text<'_>>, room: &mut Room) -> bool {
    let piece = piece.filter(Text::is_said);
    if let Some(piece) = &piece {
        room.keep(kept, &piece.0);
    }
    piece.is_some()
}

fn fill_json(kept: &mut Option<String>, json: Option<&RawValue>, room: &mut Room) {
    if let (None, Some(json)) = (&kept, json) {
        room.keep_in(kept, json.get());
    }
}

/// An object with its type, which the conventions ask for.
fn typed(kind: &str, field: &str, json: Option<&str>) -> Json {
    let value = json.map(|json| serde_json::from_str(json).unwrap_or_else(|_| json.into()));
    let mut object = Map::from_iter([("type".to_owned(), Value::from(kind))]);
    object.extend(value.map(|value: Value| (field.to_owned(), value)));
    Json::of(&Value::Object(object))
}
