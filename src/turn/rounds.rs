//! Rounds of a tool loop become one turn.
//!
//! A round that asks for tools leaves its turn open. The next round belongs to
//! it if it answers one of those tool calls, or goes on from that answer, or,
//! where neither is known of a call, was made within the same span. Never
//! because it was made with the same client: conversations do not mix.

use super::{ToolResult, ToolUse, Turn};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Turns that are open at once; of more, the oldest are closed.
const MAX_OPEN: usize = 1024;

/// A turn that goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OpenTurn {
    turn: Turn,
    /// Tool calls of the last round that nothing has answered.
    asked: Vec<String>,
    last_end: SystemTime,
    /// What the spool knows it by, in whatever process.
    pub(crate) key: u64,
}

/// The turns that go on.
#[derive(Debug, Default)]
pub(crate) struct OpenTurns {
    open: Vec<OpenTurn>,
}

/// What a round did.
#[derive(Debug)]
pub(crate) enum Added {
    /// Its turn goes on.
    Open(OpenTurn),
    /// Its turn is over, and was open under this key before.
    Closed(Turn, Option<u64>),
}

impl OpenTurns {
    /// Adds a finished call.
    pub(crate) fn add(&mut self, round: Turn) -> Added {
        let goes_on = !round.tool_calls.is_empty() && round.error.is_none();
        let Some(at) = self.followed_by(&round) else {
            return if goes_on {
                Added::Open(self.open_with(round))
            } else {
                Added::Closed(round, None)
            };
        };
        let mut open = self.open.swap_remove(at);
        open.follow_with(round);
        if goes_on {
            self.open.push(open.clone());
            Added::Open(open)
        } else {
            Added::Closed(open.turn, Some(open.key))
        }
    }

    /// Takes up a turn that another process left open.
    pub(crate) fn resume(&mut self, open: OpenTurn) {
        self.open.push(open);
    }

    /// All that is open.
    pub(crate) fn all(&self) -> impl Iterator<Item = &OpenTurn> {
        self.open.iter()
    }

    /// Closes the turns that have been waiting for longer than `age`, and the
    /// oldest beyond the bound.
    pub(crate) fn close_old(&mut self, age: Duration, now: SystemTime) -> Vec<(Turn, u64)> {
        let is_old = |open: &OpenTurn| {
            let waited = now.duration_since(open.last_end);
            waited.is_ok_and(|waited| waited > age)
        };
        let (mut old, mut young): (Vec<_>, Vec<_>) = self.open.drain(..).partition(is_old);
        young.sort_by_key(|open| open.last_end);
        let surplus = young.len().saturating_sub(MAX_OPEN);
        old.extend(young.drain(..surplus));
        self.open = young;
        old.into_iter().map(|open| open.end("age")).collect()
    }

    /// Closes all turns: nothing follows any more.
    pub(crate) fn close_all(&mut self) -> Vec<(Turn, u64)> {
        self.open
            .drain(..)
            .map(|open| open.end("shutdown"))
            .collect()
    }

    pub(crate) fn is_over_bound(&self) -> bool {
        self.open.len() > MAX_OPEN
    }

    /// Where the turn is that a round belongs to: rather one of its own session.
    fn followed_by(&self, round: &Turn) -> Option<usize> {
        let all = || self.open.iter().enumerate();
        let mut followed = all().filter(|(_, open)| open.is_followed_by(round));
        let first = followed.next()?;
        let is_of_it = |(_, open): &(usize, &OpenTurn)| open.turn.session_id == round.session_id;
        let own = [first].into_iter().chain(followed).find(is_of_it);
        Some(own.unwrap_or(first).0)
    }

    fn open_with(&mut self, round: Turn) -> OpenTurn {
        let open = OpenTurn {
            asked: asked(&round.tool_calls),
            last_end: end_of(&round),
            turn: round,
            // Of a size that every number format has room for.
            key: fastrand::u64(1..1 << 52),
        };
        self.open.push(open.clone());
        open
    }
}

impl OpenTurn {
    /// How many calls it has gathered.
    pub(crate) fn rounds(&self) -> u64 {
        self.turn.ai_rounds
    }

    fn is_followed_by(&self, round: &Turn) -> bool {
        // Some servers number their tool calls: the same id in two conversations
        // is two calls.
        let turn = &self.turn;
        let may_be_one = round.session_id == turn.session_id
            || round.session_id == round.trace_id
            || turn.session_id == turn.trace_id;
        let mut answered = round.tool_results.iter().filter_map(|it| it.id.as_ref());
        if may_be_one && answered.any(|id| self.asked.contains(id)) {
            return true;
        }
        let goes_on_from = round.previous_response_id.as_ref();
        if goes_on_from.is_some() {
            return goes_on_from == self.turn.response_id.as_ref();
        }
        let says_nothing = round.tool_results.iter().all(|it| it.id.is_none());
        let is_silent = says_nothing && (self.asked.is_empty() || round.user_message.is_none());
        is_silent
            && round.parent_span_id.is_some()
            && round.parent_span_id == self.turn.parent_span_id
            && round.session_id == self.turn.session_id
    }

    fn follow_with(&mut self, round: Turn) {
        let turn = &mut self.turn;
        match_results(&mut turn.tool_calls, round.tool_results);
        self.last_end = end_of_parts(round.started_at, round.latency).max(self.last_end);
        self.asked = asked(&round.tool_calls);
        turn.tool_calls
            .extend(round.tool_calls.into_iter().map(|call| ToolUse {
                round: turn.ai_rounds,
                ..call
            }));
        turn.ai_rounds += round.ai_rounds;
        turn.usage = turn.usage.plus(round.usage);
        turn.retries += round.retries;
        turn.latency = self
            .last_end
            .duration_since(turn.started_at)
            .unwrap_or_default();
        turn.finish_reasons = round.finish_reasons;
        turn.response_id = round.response_id;
        turn.error = round.error;
        replace(&mut turn.model, round.model);
        replace(&mut turn.assistant_response, round.assistant_response);
        keep(&mut turn.user_message, round.user_message);
        keep(&mut turn.system_prompt, round.system_prompt);
        keep(&mut turn.user_id, round.user_id);
        keep(&mut turn.number, round.number);
    }

    fn end(self, why: &str) -> (Turn, u64) {
        let turn = Turn {
            closed_by: Some(why.to_owned()),
            ..self.turn
        };
        (turn, self.key)
    }
}

fn asked(calls: &[ToolUse]) -> Vec<String> {
    calls.iter().filter_map(|call| call.id.clone()).collect()
}

/// By the id of the call; results without one go, in their order, to calls
/// without one.
fn match_results(calls: &mut [ToolUse], results: Vec<ToolResult>) {
    for found in results {
        let call = calls
            .iter_mut()
            .find(|call| call.result.is_none() && call.id == found.id);
        if let Some(call) = call {
            call.result = found.result;
        }
    }
}

fn end_of(turn: &Turn) -> SystemTime {
    end_of_parts(turn.started_at, turn.latency)
}

fn end_of_parts(start: SystemTime, latency: Duration) -> SystemTime {
    start.checked_add(latency).unwrap_or(start)
}

/// The last that was said.
fn replace<T>(known: &mut Option<T>, later: Option<T>) {
    if later.is_some() {
        *known = later;
    }
}

/// The first that was said.
fn keep<T>(known: &mut Option<T>, later: Option<T>) {
    if known.is_none() {
        *known = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(asks: &[&str], answers: &[&str]) -> Turn {
        Turn {
            session_id: "s".to_owned(),
            tool_calls: asks
                .iter()
                .map(|id| ToolUse {
                    tool: "search".to_owned(),
                    id: Some((*id).to_owned()),
                    ..ToolUse::default()
                })
                .collect(),
            tool_results: answers
                .iter()
                .map(|id| ToolResult {
                    id: Some((*id).to_owned()),
                    result: Some(format!("\"of {id}\"")),
                })
                .collect(),
            user_message: Some("find".to_owned()),
            ..Turn::default()
        }
    }

    fn closed(added: Added) -> Turn {
        match added {
            Added::Closed(turn, _) => turn,
            Added::Open(open) => panic!("{open:?} is open"),
        }
    }

    #[test]
    fn results_find_their_calls_whatever_their_order() {
        let mut turns = OpenTurns::default();
        assert!(matches!(turns.add(round(&["a", "b"], &[])), Added::Open(_)));
        assert!(matches!(
            turns.add(round(&["c"], &["b", "a"])),
            Added::Open(_)
        ));
        let turn = closed(turns.add(round(&[], &["c"])));
        let calls: Vec<_> = turn
            .tool_calls
            .iter()
            .map(|call| (call.round, call.result.as_deref().unwrap()))
            .collect();
        assert_eq!(calls, [(0, "\"of a\""), (0, "\"of b\""), (1, "\"of c\"")]);
        assert_eq!(turn.ai_rounds, 3);
    }

    #[test]
    fn loops_beside_one_another_do_not_mix() {
        let mut turns = OpenTurns::default();
        for id in ["a", "b"] {
            let mut first = round(&[id], &[]);
            first.user_message = Some(id.to_owned());
            turns.add(first);
        }
        let second = closed(turns.add(round(&[], &["b"])));
        let first = closed(turns.add(round(&[], &["a"])));
        assert_eq!(first.user_message.as_deref(), Some("a"));
        assert_eq!(second.user_message.as_deref(), Some("b"));
    }

    #[test]
    fn a_new_question_within_the_same_span_is_a_turn_of_its_own() {
        let mut turns = OpenTurns::default();
        let within = |mut turn: Turn| {
            turn.parent_span_id = Some("p".to_owned());
            turn
        };
        turns.add(within(round(&["a"], &[])));
        assert_eq!(closed(turns.add(within(round(&[], &[])))).ai_rounds, 1);
        assert_eq!(closed(turns.add(within(round(&[], &["a"])))).ai_rounds, 2);
    }

    #[test]
    fn what_waits_too_long_is_closed_and_says_so() {
        let mut turns = OpenTurns::default();
        turns.add(round(&["a"], &[]));
        let age = Duration::from_secs(60);
        let then = SystemTime::UNIX_EPOCH + age;
        assert!(turns.close_old(age, then).is_empty());
        let old = turns.close_old(age, then + age);
        assert_eq!(old[0].0.closed_by.as_deref(), Some("age"));
        turns.add(round(&["b"], &[]));
        assert_eq!(
            turns.close_all()[0].0.closed_by.as_deref(),
            Some("shutdown")
        );
    }

    #[test]
    fn the_same_id_in_two_conversations_is_two_calls() {
        let of = |session: &str, mut turn: Turn| {
            session.clone_into(&mut turn.session_id);
            turn.trace_id = format!("trace of {session}");
            turn
        };
        let mut turns = OpenTurns::default();
        turns.add(of("a", round(&["call_0"], &[])));
        turns.add(of("b", round(&["call_0"], &[])));
        let done = closed(turns.add(of("b", round(&[], &["call_0"]))));
        assert_eq!((done.session_id.as_str(), done.ai_rounds), ("b", 2));
        let stranger = closed(turns.add(of("c", round(&[], &["call_0"]))));
        assert_eq!(stranger.ai_rounds, 1);
    }

    #[test]
    fn a_round_that_fails_ends_its_turn() {
        let mut turns = OpenTurns::default();
        turns.add(round(&["a"], &[]));
        let mut failed = round(&[], &["a"]);
        failed.error = Some(super::super::TurnError::default());
        assert!(closed(turns.add(failed)).error.is_some());
    }
}
