//! One content block of an answer, as it grows.

use super::wire::{Delta, WireBlock};
use crate::format::lenient::Text;
use crate::format::parts;
use crate::format::room::Room;
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
        let mut kind = None;
        room.fill(&mut kind, wire.kind);
        self.kind = kind.unwrap_or_default();
        room.fill_id(&mut self.id, wire.id.or(wire.tool_use_id));
        room.fill(&mut self.name, wire.name);
        if self.name.is_some() {
            self.infer("tool_use");
        }
        let mut generated = self.is_tool_call() || self.is_server_tool_call();
        generated |= self.say(wire.text, wire.thinking, room);
        keep_json(&mut self.input, wire.input, room);
        keep_json(&mut self.content, wire.content, room);
        for citation in room.of_list(wire.citations) {
            self.cite(citation, room);
        }
        generated
    }

    /// Takes what is added. Returns whether that is generated content.
    pub(super) fn absorb(&mut self, delta: Delta<'_>, room: &mut Room) -> bool {
        let mut generated = self.say(delta.text, delta.thinking, room);
        if let Some(piece) = delta.partial_json.filter(Text::is_said) {
            generated = true;
            room.keep_in(&mut self.input_pieces, &piece.0);
        }
        if let Some(citation) = delta.citation {
            self.cite(citation, room);
        }
        generated
    }

    /// Takes text and thinking. Returns whether there is any.
    fn say(&mut self, text: Option<Text<'_>>, thinking: Option<Text<'_>>, room: &mut Room) -> bool {
        let (text, thinking) = (text.filter(Text::is_said), thinking.filter(Text::is_said));
        if let Some(piece) = &text {
            self.infer("text");
            room.keep(&mut self.text, &piece.0);
        }
        if let Some(piece) = &thinking {
            self.infer("thinking");
            room.keep(&mut self.thinking, &piece.0);
        }
        text.is_some() || thinking.is_some()
    }

    /// What a block is whose start did not come, or did not say.
    fn infer(&mut self, kind: &str) {
        if self.kind.is_empty() {
            kind.clone_into(&mut self.kind);
        }
    }

    /// The tool call, if the caller is to run one.
    pub(super) fn tool_call(&self) -> Option<ToolCall> {
        self.is_tool_call().then(|| ToolCall {
            id: self.id.clone(),
            name: self.name.clone().unwrap_or_default(),
            arguments: self.arguments().map(str::to_owned),
        })
    }

    /// Nothing if all that is known of it is that there was one.
    pub(super) fn into_part(self) -> Option<Part> {
        let kind = self.kind.as_str();
        Some(match kind {
            "" => return None,
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
        })
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
        let mut kept = None;
        if room.take_slot() {
            room.keep_in(&mut kept, citation.get());
        }
        self.citations.extend(kept);
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
