//! Whether a round goes on with an open turn.
//!
//! By the answer that its request names; else by the tool calls whose results
//! it has, or, in a named conversation where these have no ids, by all that was
//! said before them; else, where a span says neither, by the span around both. Ids of tool
//! calls may be anybody's: within one named conversation they hold unless what
//! was said before contradicts, elsewhere only if it agrees. An answer that has
//! paused goes on where a request ends with it, behind the same history. Never
//! does a round go on with the turn of another user.

use super::Turn;
use super::history::{History, Likeness};
use super::open_turn::OpenTurn;

/// What connects a round with an open turn; the larger, the closer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tie {
    by: By,
    /// The tool calls were told the same, as far as that is known.
    was_told_the_same: bool,
    is_of_one_session: bool,
    is_within_one_span: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    Span,
    Call,
    /// A call, and the question before it.
    Question,
    /// And the message before it.
    Message,
    /// And all that was said before it.
    History,
    Answer,
}

impl Tie {
    pub(super) fn between(open: &OpenTurn, round: &Turn, history: &History) -> Option<Self> {
        if !is_of_one_user(open, round, history) || has_another_name(open, round) {
            return None;
        }
        let was_told_the_same = was_told_the_same(open, history);
        let by = match goes_on_from(open, round) {
            Some(is_it) => is_it.then_some(By::Answer),
            None if open.has_paused() => resumes(open, history).then_some(By::History),
            None if answers(open, round) => by_call(open, round, history, was_told_the_same),
            None if is_by_what_was_said(open, round, history) => Some(By::History),
            None => is_by_span(open, round, history).then_some(By::Span),
        };
        Some(Self {
            by: by?,
            was_told_the_same,
            is_of_one_session: round.session_id == open.turn.session_id,
            is_within_one_span: is_within_one_span(open, round),
        })
    }
}

fn is_of_one_user(open: &OpenTurn, round: &Turn, history: &History) -> bool {
    let speakers = open.speaker.zip(history.speaker);
    let is_one = speakers.and_then(|(of_turn, of_round)| of_turn.is(of_round));
    is_one.unwrap_or_else(|| round.user_id == open.turn.user_id)
}

/// None if one of them names no answer.
fn goes_on_from(open: &OpenTurn, round: &Turn) -> Option<bool> {
    let named = round.previous_response_id.as_ref()?;
    let last = open.turn.response_id.as_ref()?;
    Some(named == last)
}

fn answers(open: &OpenTurn, round: &Turn) -> bool {
    let mut answered = round.tool_results.iter().filter_map(|it| it.id.as_ref());
    answered.any(|id| open.asked.contains(id))
}

fn by_call(open: &OpenTurn, round: &Turn, history: &History, told_the_same: bool) -> Option<By> {
    let has_name = name(round).is_some() && name(round) == name(&open.turn);
    match likeness(open, history) {
        Some(Likeness::Same) if has_name || told_the_same => Some(By::History),
        Some(Likeness::Near) if has_name => Some(By::Message),
        Some(Likeness::Question) if has_name && told_the_same => Some(By::Question),
        None if has_name => Some(By::Call),
        Some(_) | None => None,
    }
}

/// Calls of tools without ids: those of the results are then none, or made up by
/// the client.
fn is_by_what_was_said(open: &OpenTurn, round: &Turn, history: &History) -> bool {
    let has_name = name(round).is_some() && name(round) == name(&open.turn);
    let has_results = !round.tool_results.is_empty() && open.asked.is_empty();
    has_name && has_results && likeness(open, history) == Some(Likeness::Same)
}

/// Whether the request is for the rest of an answer that has paused.
fn resumes(open: &OpenTurn, history: &History) -> bool {
    let is_same = || Some(open.at?.likeness(history.now?) == Likeness::Same);
    let paused = open.paused.as_ref();
    paused.is_some_and(|it| it.may_be(&history.resumed)) && is_same() == Some(true)
}

/// Whether both conversations have names, and not the same.
fn has_another_name(open: &OpenTurn, round: &Turn) -> bool {
    let names = name(&open.turn).zip(name(round));
    names.is_some_and(|(of_turn, of_round)| of_turn != of_round)
}

/// The name of a conversation that has one. The session of any other is its
/// trace.
fn name(turn: &Turn) -> Option<&str> {
    (turn.session_id != turn.trace_id).then_some(&*turn.session_id)
}

/// None if one of them is not known, or not by the same key.
fn likeness(open: &OpenTurn, history: &History) -> Option<Likeness> {
    open.speaker?.is(history.speaker?)?;
    Some(open.at?.likeness(history.before?))
}

fn was_told_the_same(open: &OpenTurn, history: &History) -> bool {
    let mut answered = history.answered.iter();
    answered.all(|(id, told)| open.told.get(id).is_none_or(|known| known == told))
}

/// Of calls that say nothing of what they go on from. What was said must not
/// contradict where it is known.
fn is_by_span(open: &OpenTurn, round: &Turn, history: &History) -> bool {
    let names_calls = round.tool_results.iter().any(|it| it.id.is_some());
    let is_beside = is_within_one_span(open, round) && round.session_id == open.turn.session_id;
    if names_calls || !is_beside {
        return false;
    }
    let is_known = history.now.is_some();
    if !open.asked.is_empty() {
        return !is_known && round.user_message.is_none();
    }
    let is_like = || {
        matches!(
            likeness(open, history),
            Some(Likeness::Same | Likeness::Near)
        )
    };
    !is_known || open.at.is_none() || is_like()
}

fn is_within_one_span(open: &OpenTurn, round: &Turn) -> bool {
    round.parent_span_id.is_some() && round.parent_span_id == open.turn.parent_span_id
}
