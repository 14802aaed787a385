//! Where a request stands in its conversation.
//!
//! Some servers count the calls of a tool anew in every message, so the id of
//! one does not say whose it is. What was said before it does. It is compared
//! by keyed digests: they are kept with open turns, also where nothing that was
//! said may be.

use super::digest::{Digest, Digester, HistoryKey};
use super::pause::{Pieces, ends_with_an_answer, has_paused};
use super::{ToolUse, Turn};
use crate::operation::{Conversed, Input, Json, Message, Part, since_answer, split_ending};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// A position in a conversation: what was said up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    /// All of it, with the instructions that begin it.
    pub(super) all: Digest,
    /// What a user said last.
    question: Option<Digest>,
    /// The last message.
    last: Digest,
}

/// How two positions compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Other,
    /// Only the question is the same.
    Question,
    /// And the last message. What came before them, or the instructions, is not.
    Near,
    Same,
}

/// Whose call it is. Comparable if made by the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Speaker {
    key: Digest,
    user: Digest,
}

/// What is known of the history of a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(super) speaker: Option<Speaker>,
    /// Where the answer was asked for that the request goes on from.
    pub(super) before: Option<Point>,
    /// Where its own answer was asked for.
    pub(super) now: Option<Point>,
    /// Arguments of the tool calls whose results the request has, by their ids.
    pub(super) answered: HashMap<String, Digest>,
    /// Arguments of the tool calls that its answer asks for.
    pub(super) asked: HashMap<String, Digest>,
    /// The answer that the request ends with.
    pub(super) resumed: Pieces,
    /// Its own answer, if that is to go on.
    pub(super) paused: Option<Pieces>,
}

impl Speaker {
    fn of(user: Option<&str>, key: &HistoryKey) -> Self {
        Self {
            key: key.digest(&["key"]),
            user: match user {
                Some(user) => key.digest(&["user", user]),
                None => key.digest(&["nobody"]),
            },
        }
    }

    /// None if the two cannot be compared.
    pub(super) fn is(self, other: Self) -> Option<bool> {
        (self.key == other.key).then_some(self.user == other.user)
    }
}

impl Point {
    pub(super) fn likeness(self, other: Self) -> Likeness {
        let has_question = self.question.is_some() && self.question == other.question;
        match has_question {
            _ if self == other => Likeness::Same,
            true if self.last == other.last => Likeness::Near,
            true => Likeness::Question,
            false => Likeness::Other,
        }
    }
}

impl History {
    /// Of a call and what was said in it, before anything is taken from its
    /// turn, and of its user, also where they may be known nowhere else.
    pub(crate) fn of(
        conversed: &Conversed,
        turn: &Turn,
        user: Option<&str>,
        key: &HistoryKey,
    ) -> Self {
        let input = &conversed.input;
        let said: Vec<&Message> = input.spoken().collect();
        let now = settled(&said);
        let before = settled(asked_after(&said)).len();
        let (earlier, later) = now.split_at_checked(before).unwrap_or((now, &[]));
        let mut reader = PointReader::of(input, key);
        for message in earlier {
            reader.read(message);
        }
        let before = reader.point();
        for message in later {
            reader.read(message);
        }
        Self {
            speaker: Some(Speaker::of(user, key)),
            before,
            now: reader.point(),
            answered: answered(input, turn, key),
            asked: asked(&turn.tool_calls, key),
            resumed: Pieces::before(conversed, key),
            paused: has_paused(turn).then(|| Pieces::paused(conversed, key)),
        }
    }

    /// Whether there is one to speak of, whatever turns are open.
    pub(super) fn matters(conversed: &Conversed, turn: &Turn) -> bool {
        has_paused(turn) || ends_with_an_answer(conversed)
    }

    /// Whether its answer is to go on, and will be known again.
    pub(super) fn has_paused(&self) -> bool {
        self.now.is_some() && self.paused.is_some()
    }
}

/// As much of what was said as the next request has too. A message behind
/// results may be the agent's word for one round; where the answers are left
/// out, results are too.
fn settled<'s, 'm>(said: &'s [&'m Message]) -> &'s [&'m Message] {
    let said = without_beginning(said);
    if !said.iter().any(|message| message.is_answer()) {
        return before_results(said);
    }
    let since = since_answer(said, |message| message.is_answer());
    let behind = since.iter().rev().position(|message| message.has_results());
    let end = said.len().saturating_sub(behind.unwrap_or(0));
    said.get(..end).unwrap_or(said)
}

/// What the last answer was asked for by; else all before the first results.
fn asked_after<'s, 'm>(said: &'s [&'m Message]) -> &'s [&'m Message] {
    let said = without_beginning(said);
    match said.iter().rposition(|message| message.is_answer()) {
        Some(answer) => said.get(..answer).unwrap_or(said),
        None if said.iter().any(|message| message.has_results()) => before_results(said),
        None => &[],
    }
}

fn before_results<'s, 'm>(said: &'s [&'m Message]) -> &'s [&'m Message] {
    let results = said.iter().position(|message| message.has_results());
    said.get(..results.unwrap_or(said.len())).unwrap_or(said)
}

/// An answer that ends a request is the beginning of the next.
fn without_beginning<'s, 'm>(said: &'s [&'m Message]) -> &'s [&'m Message] {
    split_ending(said, |message| message.is_answer()).0
}

fn answered(input: &Input, turn: &Turn, key: &HistoryKey) -> HashMap<String, Digest> {
    let ids = turn.tool_results.iter().filter_map(|it| it.id.as_deref());
    let mut known: HashMap<&str, Option<&str>> = ids.map(|id| (id, None)).collect();
    for part in input.messages.iter().flat_map(|message| &message.parts) {
        if let Part::ToolCall { id, arguments, .. } = part
            && let Some(known) = id.as_deref().and_then(|id| known.get_mut(id))
        {
            // The last of those that have the id.
            *known = arguments.as_ref().map(Json::as_str);
        }
    }
    let known = known.into_iter();
    known
        .filter_map(|(id, json)| Some((id.to_owned(), digest_of_object(json?, key)?)))
        .collect()
}

fn asked(calls: &[ToolUse], key: &HistoryKey) -> HashMap<String, Digest> {
    let calls = calls.iter();
    calls
        .filter_map(|call| {
            let digest = digest_of_object(call.args.as_deref()?, key)?;
            Some((call.id.clone()?, digest))
        })
        .collect()
}

/// Clients read arguments and write them anew. What is no object they may have
/// mended: it tells nothing.
fn digest_of_object(json: &str, key: &HistoryKey) -> Option<Digest> {
    let value: Value = serde_json::from_str(json).ok()?;
    let mut digester = key.digester();
    digester.text("arguments");
    digester.json(value.is_object().then_some(&value)?);
    Some(digester.finish())
}

/// Reads what was said, one message after the other.
struct PointReader<'k> {
    key: &'k HistoryKey,
    all: Digester,
    question: Option<Digest>,
    last: Option<Digest>,
}

impl<'k> PointReader<'k> {
    fn of(input: &Input, key: &'k HistoryKey) -> Self {
        let mut all = key.digester();
        all.text("said");
        for part in input.instructions() {
            all.part(part);
        }
        Self {
            key,
            all,
            question: None,
            last: None,
        }
    }

    fn read(&mut self, message: &Message) {
        let mut one = self.key.digester();
        one.message(message);
        let digest = one.finish();
        self.all.digest(digest);
        self.last = Some(digest);
        if message.is_of_a_user() && !message.has_results() {
            self.question = self.last;
        }
    }

    /// None if nothing was said yet.
    fn point(&self) -> Option<Point> {
        Some(Point {
            all: self.all.clone().finish(),
            question: self.question,
            last: self.last?,
        })
    }
}
