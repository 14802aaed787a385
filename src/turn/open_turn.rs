//! A turn that goes on.

use super::calls::Calls;
use super::digest::Digest;
use super::history::{History, Point, Speaker};
use super::pause::Pieces;
use super::step::Step;
use super::{ToolUse, Turn};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

/// A record of the whole is made anew when what was recorded since is so large,
/// and twice as large as the whole: so all that is written is linear in what was
/// said, and what is kept is bounded.
const MAX_STEPS: usize = 4 << 20;

/// A turn whose last round asked for tools.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenTurn {
    pub(super) turn: Turn,
    /// Tool calls of the last round.
    pub(super) asked: HashSet<String>,
    pub(super) last_end: SystemTime,
    /// What the spool knows it by, in whatever process.
    pub(super) key: u64,
    #[serde(default)]
    pub(super) opened_at: Option<SystemTime>,
    #[serde(default)]
    pub(super) speaker: Option<Speaker>,
    /// Where the last answer was asked for.
    #[serde(default)]
    pub(super) at: Option<Point>,
    /// Arguments of the tool calls of the last round, by their ids.
    #[serde(default)]
    pub(super) told: HashMap<String, Digest>,
    /// The last answer, if it is to go on.
    #[serde(default)]
    pub(super) paused: Option<Pieces>,
    #[serde(skip)]
    calls: Calls,
    #[serde(skip)]
    recorded: Recorded,
}

/// What there is to keep of an open turn: all of it, or one more round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) key: u64,
    /// How many calls come before it; none of a record of the whole.
    pub(crate) after: Option<u64>,
    /// How many calls it stands for.
    pub(crate) rounds: u64,
    pub(crate) body: Vec<u8>,
}

/// In bytes, what was recorded last of the whole, and of steps since.
#[derive(Debug, Clone, Copy, Default)]
struct Recorded {
    whole: usize,
    steps: usize,
}

impl OpenTurn {
    pub(super) fn begin(turn: Turn, history: History) -> Self {
        let ended = end_of(&turn);
        let mut open = Self {
            asked: asked(&turn.tool_calls),
            last_end: ended,
            // Of a size that every number format has room for.
            key: fastrand::u64(1..1 << 52),
            opened_at: Some(ended),
            speaker: history.speaker,
            at: history.now,
            told: history.asked,
            paused: history.paused,
            calls: Calls::of(&turn.tool_calls),
            recorded: Recorded::default(),
            turn: Turn {
                tool_results: Vec::new(),
                ..turn
            },
        };
        open.fit();
        open
    }

    /// As it was recorded. What cannot be read of its rounds, and all after
    /// that, is not known.
    pub(super) fn read<'a>(
        whole: &'a [u8],
        steps: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let mut open: Self = serde_json::from_slice(whole).ok()?;
        open.calls = Calls::of(&open.turn.tool_calls);
        open.recorded.whole = whole.len();
        for step in steps {
            let Ok(read) = serde_json::from_slice(step) else {
                // The next record is one of the whole.
                open.recorded.steps = usize::MAX;
                break;
            };
            open.follow_with(read);
            open.recorded.steps = open.recorded.steps.saturating_add(step.len());
        }
        Some(open)
    }

    /// Whether its last answer is to go on.
    pub(super) fn has_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// How many calls it has gathered.
    pub(super) fn rounds(&self) -> u64 {
        self.turn.ai_rounds
    }

    /// Since when it is open.
    pub(super) fn since(&self) -> SystemTime {
        self.opened_at.unwrap_or(self.turn.started_at)
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let turn = &self.turn;
        let texts = [
            &turn.user_message,
            &turn.assistant_response,
            &turn.system_prompt,
        ];
        let texts = texts.into_iter().flatten().map(String::len);
        self.calls.bytes + texts.sum::<usize>()
    }

    /// Whether something was cut to keep it in its bounds.
    pub(super) fn is_cut(&self) -> bool {
        self.calls.is_cut
    }

    /// What a round adds: not what the turn knows.
    pub(super) fn step(&self, round: Turn, history: History) -> Step {
        Step::of(&self.turn, round, history)
    }

    pub(super) fn follow_with(&mut self, step: Step) {
        let Step {
            turn: round,
            at,
            told,
            paused,
        } = step;
        let was_paused = self.has_paused();
        let turn = &mut self.turn;
        self.calls.settle(&mut turn.tool_calls, round.tool_results);
        self.last_end = end_of_parts(round.started_at, round.latency).max(self.last_end);
        self.asked = asked(&round.tool_calls);
        (self.at, self.told, self.paused) = (at, told, paused);
        let start = turn.tool_calls.len();
        let number = turn.ai_rounds;
        let calls = round.tool_calls.into_iter();
        turn.tool_calls.extend(calls.map(|call| ToolUse {
            round: number,
            ..call
        }));
        let added = turn.tool_calls.get(start..).unwrap_or_default();
        self.calls.begin_round(start, added);
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
        if was_paused {
            append(&mut turn.assistant_response, round.assistant_response);
        } else {
            replace(&mut turn.assistant_response, round.assistant_response);
        }
        keep(&mut turn.user_message, round.user_message);
        keep(&mut turn.system_prompt, round.system_prompt);
        keep(&mut turn.user_id, round.user_id);
        keep(&mut turn.number, round.number);
        self.fit();
    }

    /// Cuts what there is no room for; whether that was enough.
    pub(super) fn fit(&mut self) -> bool {
        self.calls.fit(&mut self.turn.tool_calls)
    }

    /// Follows with a step, and records it, or the whole if it is time for that.
    pub(super) fn record_step(&mut self, step: Step) -> Option<Record> {
        let before = self.rounds();
        let body = step.body();
        self.follow_with(step);
        let body = body?;
        self.recorded.steps = self.recorded.steps.saturating_add(body.len());
        if self.recorded.steps > MAX_STEPS.max(2 * self.recorded.whole) {
            return self.record();
        }
        Some(Record {
            key: self.key,
            after: Some(before),
            rounds: self.rounds() - before,
            body,
        })
    }

    /// Records all of it.
    pub(super) fn record(&mut self) -> Option<Record> {
        let body = serde_json::to_vec(self).ok()?;
        self.recorded = Recorded {
            whole: body.len(),
            steps: 0,
        };
        Some(Record {
            key: self.key,
            after: None,
            rounds: self.rounds(),
            body,
        })
    }

    pub(super) fn end(self, why: &str) -> Turn {
        Turn {
            closed_by: Some(why.to_owned()),
            ..self.turn
        }
    }
}

fn asked(calls: &[ToolUse]) -> HashSet<String> {
    calls.iter().filter_map(|call| call.id.clone()).collect()
}

fn end_of(turn: &Turn) -> SystemTime {
    end_of_parts(turn.started_at, turn.latency)
}

fn end_of_parts(start: SystemTime, latency: Duration) -> SystemTime {
    start.checked_add(latency).unwrap_or(start)
}

/// What was said before something else, and what was said after it.
fn append(known: &mut Option<String>, later: Option<String>) {
    match (known, later) {
        (Some(known), Some(later)) => {
            if !known.is_empty() && !later.is_empty() {
                known.push('\n');
            }
            known.push_str(&later);
        }
        (known, later) => replace(known, later),
    }
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
