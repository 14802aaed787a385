//! One of the answers to a request.

use super::call::Call;
use super::part::{self, Growing};
use super::wire::WireCandidate;
use super::words;
use crate::format::room::Room;
use crate::operation::{Message, ToolCall};

/// An answer so far.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    pub(super) finish_reason: Option<String>,
    parts: Vec<Growing>,
}

impl Candidate {
    pub(super) fn absorb(&mut self, wire: WireCandidate<'_>, room: &mut Room) {
        let reason = wire.finish_reason.and_then(words::finish_reason);
        room.replace(&mut self.finish_reason, reason);
        let content = wire.content.map(|content| content.parts);
        for part in room.of_list(content.unwrap_or_default()) {
            part::add(part, &mut self.parts, room);
        }
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = ToolCall> {
        let calls = self.parts.iter().filter_map(Growing::call);
        calls.map(Call::tool_call)
    }

    pub(super) fn into_message(self) -> Message {
        let has_calls = self.parts.iter().any(|part| part.call().is_some());
        let reason = self.finish_reason.as_deref();
        Message {
            role: "assistant".to_owned(),
            finish_reason: Some(words::neutral(reason, has_calls).to_owned()),
            parts: self.parts.into_iter().map(Growing::into_part).collect(),
            name: None,
        }
    }
}

/// Whether there is generated content in it.
pub(super) fn is_generated(wire: &WireCandidate<'_>) -> bool {
    let content = wire.content.iter();
    content
        .flat_map(|it| &it.parts.entries)
        .any(part::is_generated)
}
