//! One content block of an answer, as it grows.

use super::wire::{Delta, WireBlock};
use crate::api::parts;
use crate::api::room::{Room, fill};
use crate::operation::{Json, Part, ToolCall};
use serde_json::json;
use serde_json::value::RawValue;

/// A block so far.
#[derive(Debug, Default)]
pub(super) struct Block {
    kind: String,
    id: Option<String>,
    name: Option<String>,
    text: String,
    thinking: String,
    /// What a tool is told when the block starts: empty in a stream.
    input: Option<String>,
    /// What a tool is told, in the pieces of a stream.
    input_pieces: Option<String>,
    /// What a tool of the provider's found.
    content: Option<String>,
    citations: Vec<String>,
}

impl Block {
    /// Takes a block as it starts, or all of it. Returns whether that is
    /// generated content already.
    pub(super) fn start(&mut self, wire: WireBlock<'_>, room: &mut Room) -> bool {
        self.kind = wire
            .kind
            .map(|kind| kind.0.into_owned())
            .unwrap_or_default();
        fill(&mut self.id, wire.id.or(wire.tool_use_id));
        fill(&mut self.name, wire.name);
        let mut generated = self.is_tool_call() || self.is_server_tool_call();
        for (text, piece) in [
            (&mut self.text, wire.text),
            (&mut self.thinking, wire.thinking),
        ] {
            if let Some(piece) = piece.filter(|piece| !piece.0.is_empty()) {
                generated = true;
                room.keep(text, &piece.0);
            }
        }
        keep_json(&mut self.input, wire.input, room);
        keep_json(&mut self.content, wire.content, room);
        for citation in wire.citations {
            self.cite(citation, room);
        }
        generated
    }

    /// Takes what is added. Returns whether that is generated content.
    pub(super) fn absorb(&mut self, delta: Delta<'_>, room: &mut Room) -> bool {
        let mut generated = false;
        for (text, piece) in [
            (&mut self.text, delta.text),
            (&mut self.thinking, delta.thinking),
        ] {
            if let Some(piece) = piece.filter(|piece| !piece.0.is_empty()) {
                generated = true;
                room.keep(text, &piece.0);
            }
        }
        if let Some(piece) = delta.partial_json.filter(|piece| !piece.0.is_empty()) {
            generated = true;
            room.keep_in(&mut self.input_pieces, &piece.0);
        }
        if let Some(citation) = delta.citation {
            self.cite(citation, room);
        }
        generated
    }

    /// The tool call, if the caller is to run one.
    pub(super) fn tool_call(&self) -> Option<ToolCall> {
        self.is_tool_call().then(|| ToolCall {
            id: self.id.clone(),
            name: self.name.clone().unwrap_or_default(),
            arguments: self.arguments().map(str::to_owned),
        })
    }

    pub(super) fn into_part(self) -> Part {
        let kind = self.kind.as_str();
        match kind {
            "text" => Part::Text {
                content: self.text,
                citations: self
                    .citations
                    .iter()
                    .map(|json| Json::or_text(json))
                    .collect(),
            },
            "thinking" => Part::Reasoning {
                content: self.thinking,
            },
            _ if self.is_tool_call() => Part::ToolCall {
                arguments: self.arguments().map(Json::or_text),
                id: self.id,
                name: self.name.unwrap_or_default(),
            },
            _ if self.is_server_tool_call() => Part::ServerToolCall {
                server_tool_call: typed(kind, "input", self.arguments()),
                id: self.id,
                name: self.name.unwrap_or_default(),
            },
            _ if kind.ends_with("_tool_result") => Part::ServerToolCallResponse {
                server_tool_call_response: typed(kind, "content", self.content.as_deref()),
                id: self.id,
            },
            _ => parts::other(kind),
        }
    }

    fn is_tool_call(&self) -> bool {
        self.kind == "tool_use"
    }

    /// `server_tool_use`, `mcp_tool_use`: the provider runs the tool itself.
    fn is_server_tool_call(&self) -> bool {
        self.kind.ends_with("_tool_use")
    }

    fn arguments(&self) -> Option<&str> {
        self.input_pieces.as_deref().or(self.input.as_deref())
    }

    fn cite(&mut self, citation: &RawValue, room: &mut Room) {
        let mut kept = String::new();
        room.keep(&mut kept, citation.get());
        if !kept.is_empty() {
            self.citations.push(kept);
        }
    }
}

fn keep_json(text: &mut Option<String>, json: Option<&RawValue>, room: &mut Room) {
    if let Some(json) = json {
        room.keep_in(text, json.get());
    }
}

/// An object with its type, which the conventions ask for.
fn typed(kind: &str, field: &str, json: Option<&str>) -> Json {
    let mut object = json!({"type": kind});
    if let (Some(object), Some(json)) = (object.as_object_mut(), json) {
        let value = serde_json::from_str(json).unwrap_or_else(|_| json.into());
        object.insert(field.to_owned(), value);
    }
    Json::of(&object)
}
