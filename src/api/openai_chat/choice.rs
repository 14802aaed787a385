//! One choice of an answer, as it grows.

use super::wire::{Delta, WireFunction, WireToolCall};
use crate::api::room::Room;
use crate::operation::{Json, Message, Part, ToolCall};
use crate::semconv::value;

/// A choice so far.
#[derive(Debug, Default)]
pub(super) struct Choice {
    role: Option<String>,
    content: String,
    reasoning: String,
    refusal: String,
    /// By the index that the answer gives them, which some give more than once.
    tool_calls: Vec<(usize, ToolCall)>,
    pub(super) finish_reason: Option<String>,
}

impl Choice {
    /// Returns whether the delta carries generated content.
    pub(super) fn absorb(&mut self, mut delta: Delta<'_>, room: &mut Room) -> bool {
        room.fill(&mut self.role, delta.role.take());
        let reasoning = delta
            .reasoning_content
            .take()
            .or_else(|| delta.reasoning.take());
        let mut generated = false;
        for (text, piece) in [
            (&mut self.content, delta.content.take()),
            (&mut self.reasoning, reasoning),
            (&mut self.refusal, delta.refusal.take()),
        ] {
            if let Some(piece) = piece.filter(|piece| !piece.0.is_empty()) {
                generated = true;
                room.keep(text, &piece.0);
            }
        }
        for (position, call) in delta.calls().enumerate() {
            generated = true;
            if let Some(known) = self.tool_call(position, &call, room) {
                call.merge_into(known, room);
            }
        }
        generated
    }

    /// The tool call that a delta adds to: the last with its index, unless the
    /// delta begins another, as its id and name tell. Not every server counts.
    fn tool_call(
        &mut self,
        position: usize,
        wire: &WireToolCall<'_>,
        room: &mut Room,
    ) -> Option<&mut ToolCall> {
        let index = wire.index.unwrap_or(position);
        let known = self
            .tool_calls
            .iter()
            .rposition(|(known, call)| *known == index && !wire.begins_another(call));
        let at = match known {
            Some(at) => at,
            None if room.take_slot() => {
                self.tool_calls.push((index, ToolCall::default()));
                self.tool_calls.len() - 1
            }
            None => return None,
        };
        self.tool_calls.get_mut(at).map(|(_, call)| call)
    }

    /// In the order of their indexes.
    pub(super) fn calls(&self) -> Vec<ToolCall> {
        let mut calls: Vec<_> = self.tool_calls.iter().collect();
        calls.sort_by_key(|(index, _)| *index);
        calls.into_iter().map(|(_, call)| call.clone()).collect()
    }

    pub(super) fn into_message(self) -> Message {
        let calls = self.calls();
        let finish = self.finish_reason.as_deref();
        let parts = [
            Some(self.reasoning)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Reasoning { content }),
            Some(self.content)
                .filter(|text| !text.is_empty())
                .map(|content| Part::text(&content)),
            Some(self.refusal)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Refusal { content }),
        ];
        let calls = calls.into_iter().map(|call| Part::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments.as_deref().map(Json::or_text),
        });
        Message {
            role: self.role.unwrap_or_else(|| "assistant".to_owned()),
            finish_reason: Some(message_finish_reason(finish).to_owned()),
            parts: parts.into_iter().flatten().chain(calls).collect(),
            name: None,
        }
    }
}

impl WireToolCall<'_> {
    /// The first delta of a call has its id and name, the others add to the
    /// arguments.
    fn merge_into(self, known: &mut ToolCall, room: &mut Room) {
        room.fill(&mut known.id, self.id);
        let Some(function) = self.function else {
            return;
        };
        if let Some(piece) = function.argument_text() {
            room.keep_in(&mut known.arguments, &piece);
        }
        if known.name.is_empty() {
            let mut name = None;
            room.fill(&mut name, function.name);
            known.name = name.unwrap_or_default();
        }
    }

    /// Whether this cannot be a further piece of `known`.
    fn begins_another(&self, known: &ToolCall) -> bool {
        let is_named = |function: &WireFunction<'_>| {
            function
                .name
                .as_ref()
                .is_some_and(|name| !name.0.is_empty())
        };
        let id = self
            .id
            .as_ref()
            .map(|id| id.0.as_ref())
            .filter(|id| !id.is_empty());
        let is_other = id.is_some() && known.id.is_some() && id != known.id.as_deref();
        is_other && self.function.as_ref().is_some_and(is_named)
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some("tool_calls" | "function_call") => value::finish_reason::TOOL_CALL,
        Some(other) => other,
    }
}
