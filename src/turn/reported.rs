//! What is reported without a span.

use super::{StartedSession, ToolRun, Turn};
use uuid::Uuid;

/// An event that somebody asks for.
#[derive(Debug)]
pub(crate) enum Reported {
    /// A turn, and the ids of the answers that it is made of.
    Turn(Box<Turn>, Vec<String>),
    ToolRun(ToolRun),
    SessionStart(StartedSession),
}

/// Begins the ids of spans that never were: of what is reported by hand.
const BY_HAND: &str = "by-hand-";

/// Stands for the id of a span that never was.
pub(crate) fn by_hand_id() -> String {
    format!("{BY_HAND}{}", Uuid::new_v4())
}

/// The id of a trace or a span that was.
pub(crate) fn known_id(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.starts_with(BY_HAND)).then_some(id)
}

impl Reported {
    /// About how many bytes it keeps alive, for the queue's bound.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Turn(turn, ids) => {
                let ids = ids.iter().map(|id| size_of::<String>() + id.len());
                turn.weight() + ids.sum::<usize>()
            }
            Self::ToolRun(run) => run.weight(),
            Self::SessionStart(session) => session.weight(),
        }
    }
}
