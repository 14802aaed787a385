//! Sessions that were seen, and how many turns they have had.

use std::collections::{HashMap, VecDeque};

/// Sessions that are remembered; of more, the oldest are forgotten.
const MAX_SESSIONS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Sessions {
    known: HashMap<String, Session>,
    order: VecDeque<String>,
}

#[derive(Debug, Default)]
struct Session {
    is_started: bool,
    turns: u64,
}

impl Sessions {
    /// Whether the session begins with this.
    pub(super) fn start(&mut self, id: &str) -> bool {
        !std::mem::replace(&mut self.session(id).is_started, true)
    }

    /// The number of the next turn, from 1.
    pub(super) fn next_turn(&mut self, id: &str) -> u64 {
        let session = self.session(id);
        session.turns += 1;
        session.turns
    }

    fn session(&mut self, id: &str) -> &mut Session {
        if !self.known.contains_key(id) {
            self.order.push_back(id.to_owned());
            if self.order.len() > MAX_SESSIONS {
                let oldest = self.order.pop_front();
                oldest.map(|oldest| self.known.remove(&oldest));
            }
        }
        self.known.entry(id.to_owned()).or_default()
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
        assert_eq!(sessions.known.len(), MAX_SESSIONS);
        assert!(!sessions.start(&MAX_SESSIONS.to_string()));
        assert!(sessions.start("0"));
    }
}
