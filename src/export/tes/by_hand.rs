//! What is said by hand, without a span.

use super::event::{BY_HAND, StartedSession};
use crate::turn::{ToolRun, Turn};
use uuid::Uuid;

/// An event that somebody asks for.
#[derive(Debug)]
pub(crate) enum ByHand {
    /// A turn, and the ids of the answers that it is made of.
    Turn(Box<Turn>, Vec<String>),
    Tool(ToolRun),
    SessionStart(StartedSession),
}

/// Stands for the id of a span that never was.
pub(crate) fn by_hand_id() -> String {
    format!("{BY_HAND}{}", Uuid::new_v4())
}

impl ByHand {
    /// About how many bytes it keeps alive, for the queue's bound.
    pub(crate) fn weight(&self) -> usize {
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        match self {
            Self::Turn(turn, _) => {
                let calls = turn.tool_calls.iter();
                let calls: usize = calls.map(|call| of(&call.args) + of(&call.result)).sum();
                let messages = turn.messages.as_ref();
                calls
                    + of(&turn.user_message)
                    + of(&turn.assistant_response)
                    + of(&turn.system_prompt)
                    + messages.map_or(0, |messages| messages.to_string().len())
            }
            Self::Tool(run) => of(&run.args) + of(&run.result),
            Self::SessionStart(_) => 0,
        }
    }
}
