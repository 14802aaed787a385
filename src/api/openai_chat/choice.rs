//! One choice of an answer, as it grows.

use super::calls::Calls;
use super::wire::Delta;
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
    tool_calls: Calls,
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
        for (position, call) in delta.calls(room).enumerate() {
            generated = true;
            self.tool_calls.absorb(position, call, room);
        }
        generated
    }

    /// In the order of their indexes.
    pub(super) fn calls(&self) -> Vec<ToolCall> {
        self.tool_calls.by_index()
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

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some("tool_calls" | "function_call") => value::finish_reason::TOOL_CALL,
        Some(other) => other,
    }
}
