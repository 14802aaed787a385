//! Rounds of a tool loop become one turn.
//!
//! A round that asks for tools, or whose answer has paused, leaves its turn open,
//! and what it waits for is noted: results of tool calls, an answer to go on
//! from, a round within the same span. Never because it was made with the same client: conversations do
//! not mix. What could belong to two turns belongs to neither.

use super::Turn;
use super::digest::Digest;
use super::history::History;
use super::open_turn::{OpenTurn, Record};
use super::tie::Tie;
use crate::operation::Conversed;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

/// Turns that are open at once, and what they take in bytes; of more, the oldest
/// are closed.
const MAX_OPEN: usize = 1024;
const MAX_OPEN_BYTES: usize = 64 << 20;

/// The turns that go on.
#[derive(Debug)]
pub(crate) struct OpenTurns {
    open: HashMap<u64, OpenTurn>,
    /// Which turns may go on with what.
    awaited: HashMap<Awaited, BTreeSet<u64>>,
    bytes: usize,
    /// Whether anything keeps them beyond the process.
    are_kept: bool,
    cut: u64,
}

/// What a round has, and a turn waits for.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Awaited {
    Call(String),
    Answer(String),
    Span(String),
    /// What was said before the calls of tools that have no ids, or before an
    /// answer that has paused.
    Said(Digest),
}

/// What a round did.
#[derive(Debug)]
pub(crate) enum Added {
    /// Its turn goes on; this is to be kept of it.
    Open(Option<Record>),
    /// Its turn is over, and was open under this key before.
    Closed(Box<Turn>, Option<u64>),
}

impl OpenTurns {
    pub(crate) fn new(are_kept: bool) -> Self {
        Self {
            open: HashMap::new(),
            awaited: HashMap::new(),
            bytes: 0,
            are_kept,
            cut: 0,
        }
    }

    /// Whether the history of a call is of any use.
    pub(crate) fn concerns(&self, round: &Turn, conversed: &Conversed) -> bool {
        let is_of_a_loop = !round.tool_calls.is_empty() || !round.tool_results.is_empty();
        is_of_a_loop
            || History::matters(conversed, round)
            || has(round, None).any(|it| self.awaited.contains_key(&it))
    }

    /// Adds a finished call.
    pub(crate) fn add(&mut self, round: Turn, history: History) -> Added {
        let asks = !round.tool_calls.is_empty() || history.has_paused();
        let goes_on = asks && round.error.is_none();
        match self.followed_by(&round, &history) {
            Some(key) => self.follow(key, round, history, goes_on),
            None if goes_on => self.begin(round, history),
            None => Added::Closed(Box::new(round), None),
        }
    }

    /// Takes up a turn that another process left open: the record of all of it,
    /// and those of its rounds since. Gives how many of its calls are known.
    pub(crate) fn resume<'a>(
        &mut self,
        whole: &'a [u8],
        steps: impl IntoIterator<Item = &'a [u8]>,
    ) -> u64 {
        let Some(open) = OpenTurn::read(whole, steps) else {
            return 0;
        };
        let rounds = open.rounds();
        self.put(open);
        rounds
    }

    /// Records of all that is open.
    pub(crate) fn records(&mut self) -> impl Iterator<Item = Record> {
        self.open.values_mut().filter_map(OpenTurn::record)
    }

    /// Closes the turns that are open for longer than `age`, and the oldest
    /// beyond the bounds.
    pub(crate) fn close_old(&mut self, age: Duration, now: SystemTime) -> Vec<(Turn, u64)> {
        let mut since: Vec<(SystemTime, u64)> = Vec::with_capacity(self.open.len());
        since.extend(self.open.iter().map(|(key, open)| (open.since(), *key)));
        since.sort_unstable();
        let mut closed = Vec::new();
        for (since, key) in since {
            let waited = now.duration_since(since);
            let is_old = waited.is_ok_and(|waited| waited > age);
            if is_old || self.is_over_bound() {
                closed.extend(self.take(key).map(|open| (open.end("age"), key)));
            }
        }
        closed
    }

    /// Closes all turns: nothing follows any more.
    pub(crate) fn close_all(&mut self) -> Vec<(Turn, u64)> {
        self.awaited.clear();
        self.bytes = 0;
        let all = self.open.drain();
        all.map(|(key, open)| (open.end("shutdown"), key)).collect()
    }

    pub(crate) fn is_over_bound(&self) -> bool {
        self.open.len() > MAX_OPEN || self.bytes > MAX_OPEN_BYTES
    }

    /// How many turns have been cut since this was asked last.
    pub(crate) fn take_cut(&mut self) -> u64 {
        std::mem::take(&mut self.cut)
    }

    /// The turn that a round belongs to: the one that is tied closest to it.
    fn followed_by(&self, round: &Turn, history: &History) -> Option<u64> {
        let waiting = has(round, Some(history)).filter_map(|it| self.awaited.get(&it));
        let waiting: BTreeSet<u64> = waiting.flatten().copied().collect();
        let ties = waiting.into_iter().filter_map(|key| {
            let tie = Tie::between(self.open.get(&key)?, round, history)?;
            Some((tie, key))
        });
        let mut ties: Vec<(Tie, u64)> = ties.collect();
        ties.sort_unstable();
        let (closest, key) = ties.pop()?;
        let is_one = ties.last().is_none_or(|(next, _)| *next < closest);
        is_one.then_some(key)
    }

    fn begin(&mut self, round: Turn, history: History) -> Added {
        let mut open = OpenTurn::begin(round, history);
        self.cut += u64::from(open.is_cut());
        let record = self.are_kept.then(|| open.record()).flatten();
        self.go_on(open, None, record)
    }

    fn follow(&mut self, key: u64, round: Turn, history: History, goes_on: bool) -> Added {
        let Some(mut open) = self.take(key) else {
            return Added::Closed(Box::new(round), None);
        };
        let was_cut = open.is_cut();
        let step = open.step(round, history);
        let record = if goes_on && self.are_kept {
            open.record_step(step)
        } else {
            open.follow_with(step);
            None
        };
        self.cut += u64::from(open.is_cut() && !was_cut);
        if goes_on {
            self.go_on(open, Some(key), record)
        } else {
            Added::Closed(Box::new(open.turn), Some(key))
        }
    }

    /// Names that alone are too much end a turn; the next round begins another.
    fn go_on(
        &mut self,
        mut open: OpenTurn,
        known_by: Option<u64>,
        record: Option<Record>,
    ) -> Added {
        if !open.fit() {
            return Added::Closed(Box::new(open.end("size")), known_by);
        }
        self.put(open);
        Added::Open(record)
    }

    fn put(&mut self, open: OpenTurn) {
        for it in awaited(&open) {
            self.awaited.entry(it).or_default().insert(open.key);
        }
        self.bytes += open.bytes();
        self.open.insert(open.key, open);
    }

    fn take(&mut self, key: u64) -> Option<OpenTurn> {
        let open = self.open.remove(&key)?;
        self.bytes = self.bytes.saturating_sub(open.bytes());
        for it in awaited(&open) {
            if let Some(keys) = self.awaited.get_mut(&it) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.awaited.remove(&it);
                }
            }
        }
        Some(open)
    }
}

fn has(round: &Turn, history: Option<&History>) -> impl Iterator<Item = Awaited> {
    let results = round.tool_results.iter();
    let calls = results.filter_map(|it| it.id.clone().map(Awaited::Call));
    let answer = round.previous_response_id.clone().map(Awaited::Answer);
    let span = round.parent_span_id.clone().map(Awaited::Span);
    let before = history.filter(|_| !round.tool_results.is_empty());
    let said = before.and_then(|it| Some(Awaited::Said(it.before?.all)));
    let resumes = history.filter(|it| !it.resumed.is_empty());
    let resumed = resumes.and_then(|it| Some(Awaited::Said(it.now?.all)));
    calls.chain(answer).chain(span).chain(said).chain(resumed)
}

fn awaited(open: &OpenTurn) -> impl Iterator<Item = Awaited> {
    let calls = open.asked.iter().cloned().map(Awaited::Call);
    let answer = open.turn.response_id.clone().map(Awaited::Answer);
    let span = open.turn.parent_span_id.clone().map(Awaited::Span);
    let said = open.at.filter(|_| open.asked.is_empty());
    let said = said.map(|at| Awaited::Said(at.all));
    calls.chain(answer).chain(span).chain(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Input, Message, Part};
    use crate::turn::{HistoryKey, ToolResult, ToolUse};

    /// A round of whose history nothing is known.
    fn add(turns: &mut OpenTurns, round: Turn) -> Added {
        turns.add(round, History::default())
    }

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
            Added::Closed(turn, _) => *turn,
            Added::Open(open) => panic!("{open:?} is open"),
        }
    }

    #[test]
    fn results_find_their_calls_whatever_their_order() {
        let mut turns = OpenTurns::new(true);
        assert!(matches!(
            add(&mut turns, round(&["a", "b"], &[])),
            Added::Open(_)
        ));
        assert!(matches!(
            add(&mut turns, round(&["c"], &["b", "a"])),
            Added::Open(_)
        ));
        let turn = closed(add(&mut turns, round(&[], &["c"])));
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
        let mut turns = OpenTurns::new(true);
        for id in ["a", "b"] {
            let mut first = round(&[id], &[]);
            first.user_message = Some(id.to_owned());
            add(&mut turns, first);
        }
        let second = closed(add(&mut turns, round(&[], &["b"])));
        let first = closed(add(&mut turns, round(&[], &["a"])));
        assert_eq!(first.user_message.as_deref(), Some("a"));
        assert_eq!(second.user_message.as_deref(), Some("b"));
    }

    #[test]
    fn a_new_question_within_the_same_span_is_a_turn_of_its_own() {
        let mut turns = OpenTurns::new(true);
        let within = |mut turn: Turn| {
            turn.parent_span_id = Some("p".to_owned());
            turn
        };
        add(&mut turns, within(round(&["a"], &[])));
        assert_eq!(
            closed(add(&mut turns, within(round(&[], &[])))).ai_rounds,
            1
        );
        assert_eq!(
            closed(add(&mut turns, within(round(&[], &["a"])))).ai_rounds,
            2
        );
    }

    #[test]
    fn what_waits_too_long_is_closed_and_says_so() {
        let mut turns = OpenTurns::new(true);
        add(&mut turns, round(&["a"], &[]));
        let age = Duration::from_secs(60);
        let then = SystemTime::UNIX_EPOCH + age;
        assert!(turns.close_old(age, then).is_empty());
        let old = turns.close_old(age, then + age);
        assert_eq!(old[0].0.closed_by.as_deref(), Some("age"));
        add(&mut turns, round(&["b"], &[]));
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
        let mut turns = OpenTurns::new(true);
        add(&mut turns, of("a", round(&["call_0"], &[])));
        add(&mut turns, of("b", round(&["call_0"], &[])));
        let done = closed(add(&mut turns, of("b", round(&[], &["call_0"]))));
        assert_eq!((done.session_id.as_str(), done.ai_rounds), ("b", 2));
        let stranger = closed(add(&mut turns, of("c", round(&[], &["call_0"]))));
        assert_eq!(stranger.ai_rounds, 1);
    }

    #[test]
    fn a_round_that_fails_ends_its_turn() {
        let mut turns = OpenTurns::new(true);
        add(&mut turns, round(&["a"], &[]));
        let mut failed = round(&[], &["a"]);
        failed.error = Some(crate::TurnError::default());
        assert!(closed(add(&mut turns, failed)).error.is_some());
    }

    #[test]
    fn a_turn_is_as_old_as_its_first_round() {
        let mut turns = OpenTurns::new(true);
        let at = |seconds, mut turn: Turn| {
            turn.started_at += Duration::from_secs(seconds);
            turn
        };
        add(&mut turns, at(0, round(&["a"], &[])));
        add(&mut turns, at(50, round(&["b"], &["a"])));
        let age = Duration::from_secs(60);
        let after = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(turns.close_old(age, after(60)).is_empty());
        let old = turns.close_old(age, after(61));
        assert_eq!(old[0].0.ai_rounds, 2);
    }

    #[test]
    fn turns_that_are_too_large_together_end_the_oldest_first() {
        let mut turns = OpenTurns::new(true);
        let mut begun = 0;
        while !turns.is_over_bound() {
            let mut turn = round(&[&format!("call {begun}")], &[]);
            turn.started_at += Duration::from_secs(begun);
            turn.user_message = Some("x".repeat(1 << 20));
            add(&mut turns, turn);
            begun += 1;
        }
        assert_eq!(begun, 64);
        let closed = turns.close_old(Duration::MAX, SystemTime::now());
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].0.tool_calls[0].id.as_deref(), Some("call 0"));
        assert!(!turns.is_over_bound());
        turns.close_all();
        assert_eq!(turns.bytes, 0);
        assert!(turns.awaited.is_empty());
    }

    #[test]
    fn the_answer_that_a_request_names_decides() {
        let answered = |id: &str, mut turn: Turn| {
            turn.response_id = Some(id.to_owned());
            turn
        };
        let after = |id: &str, mut turn: Turn| {
            turn.previous_response_id = Some(id.to_owned());
            turn
        };
        let mut turns = OpenTurns::new(true);
        add(&mut turns, answered("resp_1", round(&["0"], &[])));
        add(&mut turns, answered("resp_2", round(&["0"], &[])));
        let turn = closed(add(&mut turns, after("resp_1", round(&[], &["0"]))));
        assert_eq!(turn.ai_rounds, 2);
        let stranger = closed(add(&mut turns, after("resp_3", round(&[], &["0"]))));
        assert_eq!(stranger.ai_rounds, 1);
        let mut other_user = after("resp_2", round(&[], &["0"]));
        other_user.user_id = Some("bob".to_owned());
        assert_eq!(closed(add(&mut turns, other_user)).ai_rounds, 1);
    }

    #[test]
    fn in_a_named_conversation_the_whole_of_what_was_said_ties_tools_without_ids() {
        let named = |name: &str, (turn, history): (Turn, History)| {
            let turn = Turn {
                session_id: name.to_owned(),
                parent_span_id: None,
                ..turn
            };
            let results = vec![ToolResult::default(); usize::from(turn.tool_calls.is_empty())];
            let tool_results = results;
            (
                Turn {
                    tool_results,
                    ..turn
                },
                history,
            )
        };
        let anns = [("user", "Ann's"), ("assistant", ""), ("function", "1")];
        for (name, said, rounds) in [
            ("a", "Ann's", 2),
            ("a", "Bob's", 1),
            ("b", "Ann's", 1),
            // No name, but the trace's.
            ("t", "Ann's", 1),
        ] {
            let mut turns = OpenTurns::new(true);
            let first = if name == "t" { "t" } else { "a" };
            let (turn, history) = named(first, nameless(true, &[("user", said)]));
            turns.add(turn, history);
            let (turn, history) = named(name, nameless(false, &anns));
            let turn = closed(turns.add(turn, history));
            assert_eq!(turn.ai_rounds, rounds, "{name}: {said}");
        }
    }

    /// A call within a span, whose tools have no ids.
    fn nameless(asks: bool, messages: &[(&str, &str)]) -> (Turn, History) {
        let turn = Turn {
            trace_id: "t".to_owned(),
            session_id: "t".to_owned(),
            parent_span_id: Some("p".to_owned()),
            tool_calls: vec![ToolUse::default(); usize::from(asks)],
            ..Turn::default()
        };
        let messages = messages.iter().map(|(role, text)| Message {
            role: (*role).to_owned(),
            parts: vec![Part::text(*text)],
            ..Message::default()
        });
        let input = Input {
            messages: messages.collect(),
            ..Input::default()
        };
        let conversed = Conversed {
            input,
            ..Conversed::default()
        };
        let history = History::of(&conversed, &turn, None, &HistoryKey::of("tes_key"));
        (turn, history)
    }

    #[test]
    fn within_one_span_what_was_said_must_not_contradict() {
        let mut turns = OpenTurns::new(true);
        let (turn, history) = nameless(true, &[("user", "Ann's")]);
        turns.add(turn, history);
        let bobs = [("user", "Bob's"), ("assistant", ""), ("function", "2")];
        for strangers in [&bobs[..1], &bobs] {
            let (turn, history) = nameless(false, strangers);
            assert_eq!(closed(turns.add(turn, history)).ai_rounds, 1);
        }
        let anns = [("user", "Ann's"), ("assistant", ""), ("function", "1")];
        let (turn, history) = nameless(false, &anns);
        assert_eq!(closed(turns.add(turn, history)).ai_rounds, 2);
    }
}
