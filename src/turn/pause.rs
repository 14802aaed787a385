//! An answer that has paused, and the request that lets it go on.
//!
//! A provider that runs tools itself may end an answer before it is done:
//! Anthropic's `pause_turn`. The next request says again all that was said, and
//! ends with that answer; what comes back is the rest of it.

use super::Turn;
use super::digest::{Digest, HistoryKey};
use crate::operation::{Conversed, Message, Part, split_ending};
use serde::{Deserialize, Serialize};

/// The finish reason of an answer that is to go on.
const PAUSE: &str = "pause_turn";

/// What an answer is known by again. Clients send its pieces as messages of
/// their own or as one, so it is known by its last piece and by all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pieces(Vec<Digest>);

/// Whether the answer of a round is to go on. One that waits for tools of the
/// caller's goes on with their results.
pub(super) fn has_paused(round: &Turn) -> bool {
    let mut reasons = round.finish_reasons.iter();
    round.tool_calls.is_empty() && reasons.any(|reason| reason == PAUSE)
}

impl Pieces {
    /// Of the answer that a request ends with, if it does.
    pub(super) fn before(conversed: &Conversed, key: &HistoryKey) -> Self {
        Self::of(&at_the_end(conversed), key)
    }

    /// Of an answer that has paused, with what its request ended with; none if
    /// answers are not kept.
    pub(super) fn paused(conversed: &Conversed, key: &HistoryKey) -> Self {
        let Some(answer) = conversed.output.first() else {
            return Self::default();
        };
        let mut pieces = at_the_end(conversed);
        pieces.push(answer);
        Self::of(&pieces, key)
    }

    fn of(pieces: &[&Message], key: &HistoryKey) -> Self {
        let last = pieces.split_last().map(|(last, _)| digest(&[last], key));
        let all = (pieces.len() > 1).then(|| digest(pieces, key));
        Self(last.into_iter().chain(all).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these, of an answer that has paused, may be what a request ends
    /// with: where answers are not kept, any answer may be it.
    pub(super) fn may_be(&self, resumed: &Self) -> bool {
        let is_known = !self.is_empty();
        let is_it = || self.0.iter().any(|digest| resumed.0.contains(digest));
        !resumed.is_empty() && (!is_known || is_it())
    }
}

/// Whether the last message of a request is an answer.
pub(super) fn ends_with_an_answer(conversed: &Conversed) -> bool {
    let last = conversed.input.messages.last();
    last.is_some_and(Message::is_answer)
}

/// The answers at the end of a request: the pieces of one.
fn at_the_end(conversed: &Conversed) -> Vec<&Message> {
    let (_, answers) = split_ending(&conversed.input.messages, Message::is_answer);
    answers.iter().collect()
}

/// Of all that was said, however it was cut, and of the tools that ran.
fn digest(pieces: &[&Message], key: &HistoryKey) -> Digest {
    let parts = || pieces.iter().flat_map(|piece| &piece.parts);
    let said: String = parts().filter_map(Part::as_text).collect();
    let mut digester = key.digester();
    digester.text("answer");
    digester.text(&said);
    for part in parts().filter(|part| part.as_text().is_none()) {
        digester.part(part);
    }
    digester.finish()
}
