//! One item of a response, as it grows.

use super::wire::{WireItem, WirePart};
use crate::format::lenient::{self, Few, Text};
use crate::format::room::Room;
use crate::operation::{Json, Part, ToolCall};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An item so far.
#[derive(Debug, Default)]
pub(super) struct Item {
    kind: Option<String>,
    id: Option<String>,
    call_id: Option<String>,
    name: Option<String>,
    is_run_by_the_provider: bool,
    /// A message that is repeated, as where a conversation is made shorter.
    is_of_the_user: bool,
    text: String,
    reasoning: String,
    refusal: String,
    /// Also of tools that the provider runs.
    arguments: Option<String>,
}

impl Item {
    /// Takes an item as it is written whole: what has come in pieces stays.
    /// Returns whether there is generated content in it.
    pub(super) fn absorb(&mut self, wire: WireItem<'_>, room: &mut Room) -> bool {
        let is_named = wire.name.is_some();
        let is_reasoning = wire.r#type.as_ref().is_some_and(|it| it.0 == "reasoning");
        self.is_of_the_user |= wire.role.is_some_and(|role| role.0 != "assistant");
        self.is_run_by_the_provider |= wire.execution.is_some_and(|it| it.0 == "server");
        room.fill(&mut self.kind, wire.r#type);
        room.fill_id(&mut self.id, wire.id);
        room.fill_id(&mut self.call_id, wire.call_id);
        room.fill(&mut self.name, wire.name);
        let arguments = wire.arguments.and_then(lenient::written);
        self.absorb_arguments(arguments.or_else(|| wire.input.map(|it| it.0)), room);
        let has_text = if is_reasoning {
            keep(
                &mut self.reasoning,
                &texts(wire.summary, wire.content, room),
                room,
            )
        } else {
            self.absorb_message(wire.content, room)
        };
        has_text || is_named
    }

    fn absorb_arguments(&mut self, arguments: Option<Cow<'_, str>>, room: &mut Room) {
        let had_none = self.arguments.as_ref().is_none_or(String::is_empty);
        if let Some(arguments) = arguments.filter(|_| had_none) {
            room.keep_in(&mut self.arguments, &arguments);
        }
    }

    fn absorb_message(&mut self, content: Few<WirePart<'_>>, room: &mut Room) -> bool {
        let (mut texts, mut refusals) = (Vec::new(), Vec::new());
        for part in room.of_list(content) {
            texts.extend(part.text);
            refusals.extend(part.refusal);
        }
        let has_text = keep(&mut self.text, &texts, room);
        keep(&mut self.refusal, &refusals, room) || has_text
    }

    /// Takes a piece of what an event is about.
    pub(super) fn add(&mut self, event: &str, piece: &Text<'_>, room: &mut Room) -> bool {
        if !piece.is_said() {
            return false;
        }
        let text = match event {
            "response.output_text.delta" => &mut self.text,
            "response.refusal.delta" => &mut self.refusal,
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                &mut self.reasoning
            }
            _ if is_of_arguments(event) => {
                room.keep_in(&mut self.arguments, &piece.0);
                return true;
            }
            _ => return false,
        };
        room.keep(text, &piece.0);
        true
    }

    /// The call of a tool that the caller runs.
    pub(super) fn call(&self) -> Option<ToolCall> {
        let kind = self.kind.as_deref()?;
        let is_function = kind == "function_call";
        let is_call = kind.ends_with("_call") && self.call_id.is_some() || is_function;
        (is_call && !self.is_run_by_the_provider).then(|| ToolCall {
            id: self.call_id.clone().or_else(|| self.id.clone()),
            name: self.name.clone().unwrap_or_else(|| kind.to_owned()),
            arguments: self.arguments.clone(),
        })
    }

    pub(super) fn into_parts(self) -> impl Iterator<Item = Part> {
        let call = self.call().map(|call| Part::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments.as_deref().map(Json::or_text),
        });
        let own = if call.is_some() {
            None
        } else {
            own_call(self.kind, self.id, self.name, self.arguments)
        };
        let is_said = !self.is_of_the_user;
        let text = |text: String| Some(text).filter(|text| is_said && !text.is_empty());
        let parts = [
            text(self.reasoning).map(|content| Part::Reasoning { content }),
            text(self.text).map(Part::text),
            text(self.refusal).map(|content| Part::Refusal { content }),
            call,
            own,
        ];
        parts.into_iter().flatten()
    }
}

/// A tool that the provider runs.
fn own_call(
    kind: Option<String>,
    id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
) -> Option<Part> {
    let kind = kind.filter(|kind| kind.ends_with("_call"))?;
    let mut told = Map::from_iter([("type".to_owned(), Value::from(kind.as_str()))]);
    told.extend(arguments.map(|arguments| {
        let json = serde_json::from_str(&arguments);
        (
            "arguments".to_owned(),
            json.unwrap_or(Value::String(arguments)),
        )
    }));
    Some(Part::ServerToolCall {
        id,
        name: name.unwrap_or(kind),
        server_tool_call: Json::of(&Value::Object(told)),
    })
}

/// What an event adds to the arguments of, or to what stands in their place.
fn is_of_arguments(event: &str) -> bool {
    let of = event.strip_suffix(".delta").unwrap_or_default();
    of.ends_with("_arguments") || of.ends_with("_call_input") || of.ends_with("_call_code")
}

fn texts<'a>(
    summary: Few<WirePart<'a>>,
    content: Few<WirePart<'a>>,
    room: &mut Room,
) -> Vec<Text<'a>> {
    let mut parts = room.of_list(summary);
    parts.extend(room.of_list(content));
    parts.into_iter().filter_map(|part| part.text).collect()
}

/// Keeps what is written whole, unless pieces of it have come. Returns whether
/// there is any: that is no question of what is kept.
fn keep(kept: &mut String, written: &[Text<'_>], room: &mut Room) -> bool {
    let had_none = kept.is_empty();
    for piece in written.iter().filter(|_| had_none) {
        room.keep(kept, &piece.0);
    }
    written.iter().any(Text::is_said)
}
