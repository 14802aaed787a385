//! Sessions that were seen, and how many turns they have had.

use crate::background::remembered::Remembered;
use crate::operation::word;

/// Sessions that are remembered.
const MAX_SESSIONS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Sessions(Remembered<String, Session>);

#[derive(Debug, Default)]
struct Session {
    is_started: bool,
    turns: u64,
}

impl Sessions {
    /// Whether the session begins with this.
    pub(super) fn start(&mut self, id: &str) -> bool {
        let session = self.0.entry(word::id(id).into_owned());
        !std::mem::replace(&mut session.is_started, true)
    }

    /// The number of the next turn, from 1.
    pub(super) fn next_turn(&mut self, id: &str) -> u64 {
        let session = self.0.entry(word::id(id).into_owned());
        session.turns += 1;
        session.turns
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self(Remembered::new(MAX_SESSIONS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_once_and_counts_its_turns() {
        let mut sessions = Sessions::default();
        assert!(sessions.start("a") && !sessions.start("a"));
        assert!(sessions.start("b"));
        assert_eq!((sessions.next_turn("a"), sessions.next_turn("a")), (1, 2));
        assert_eq!(sessions.next_turn("b"), 1);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut sessions = Sessions::default();
        for session in 0..=MAX_SESSIONS {
            sessions.start(&session.to_string());
        }
        assert_eq!(sessions.0.len(), MAX_SESSIONS);
        assert!(!sessions.start(&MAX_SESSIONS.to_string()));
        assert!(sessions.start("0"));
    }
}
