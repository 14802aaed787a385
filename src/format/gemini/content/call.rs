//! The call of a tool, as it grows.

use super::arguments;
use super::wire::WireCall;
use crate::format::room::Room;
use crate::operation::{Json, Part, ToolCall};

/// A call so far.
#[derive(Debug, Default)]
pub(super) struct Call {
    id: Option<String>,
    name: Option<String>,
    arguments: Option<String>,
    /// The arguments as they came path by path, one object after the other.
    pieces: Option<String>,
    /// More of it comes.
    is_open: bool,
}

impl Call {
    /// Whether a part goes on with this call: those that do say no name.
    pub(super) fn goes_on_with(&self, wire: &WireCall<'_>) -> bool {
        self.is_open && wire.name.is_none()
    }

    pub(super) fn absorb(&mut self, wire: WireCall<'_>, room: &mut Room) {
        room.fill_id(&mut self.id, wire.id);
        room.fill(&mut self.name, wire.name);
        if let Some(arguments) = wire.args {
            room.keep_in(&mut self.arguments, arguments.get());
        }
        for piece in room.of_list(wire.partial_args) {
            room.keep_in(&mut self.pieces, piece.get());
        }
        self.is_open = wire.will_continue == Some(true);
    }

    pub(super) fn tool_call(&self) -> ToolCall {
        ToolCall {
            id: self.id.clone(),
            name: self.name.clone().unwrap_or_default(),
            arguments: self.arguments(),
        }
    }

    pub(super) fn into_part(self) -> Part {
        Part::ToolCall {
            arguments: self.arguments().as_deref().map(Json::or_text),
            id: self.id,
            name: self.name.unwrap_or_default(),
        }
    }

    fn arguments(&self) -> Option<String> {
        let pieces = self.pieces.as_deref().map(arguments::assembled);
        pieces.or_else(|| self.arguments.clone())
    }
}

/// Whether there is anything in a part that says that it is a call.
pub(super) fn says_anything(wire: &WireCall<'_>) -> bool {
    wire.name.is_some() || wire.args.is_some() || !wire.partial_args.entries.is_empty()
}
