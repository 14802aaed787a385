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
        match self {
            Self::Turn(turn, ids) => {
                let ids = ids.iter().map(|id| size_of::<String>() + id.len());
                turn.weight() + ids.sum::<usize>()
            }
            Self::Tool(run) => run.weight(),
            Self::SessionStart(session) => session.weight(),
        }
    }
}
