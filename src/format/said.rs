//! What a model says, in formats that give one answer to a request.
//!
//! Such formats differ in how they write an answer, not in what an answer is. So
//! each of them is a [`Script`], and all share the [`SaidReader`].

use super::lenient::{Few, Text};
use super::room::{Room, Slots};
use super::usage::Counts;
use super::{Completion, Progress, Reader, Unreadable, object, text};
use crate::framing::Frame;
use crate::operation::{Facts, Json, Message, Output, Part, Request, Response, ToolCall, Usage};
use crate::semconv::value;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;

/// How a format writes an answer: whole, and piece by piece.
pub(super) trait Script: Debug + Send + 'static {
    type Whole<'a>: Deserialize<'a>;
    type Piece<'a>: Deserialize<'a>;

    /// A stream may end without saying so.
    const ENDS_SILENTLY: bool = false;

    fn read(json: &str) -> Result<Self::Whole<'_>, Unreadable> {
        object(json)
    }

    fn whole(wire: Self::Whole<'_>, said: &mut Said) -> Result<Progress, Unreadable>;

    fn piece(wire: Self::Piece<'_>, said: &mut Said) -> Progress;
}

/// Follows one answer.
#[derive(Debug)]
pub(super) struct SaidReader<S> {
    said: Said,
    script: PhantomData<S>,
}

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Said {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    finish_reason: Option<String>,
    has_ended: bool,
    has_text: bool,
    counts: Counts,
    facts: Facts,
    reasoning: String,
    text: String,
    citations: Vec<String>,
    calls: Slots<ToolCall>,
    next_call: usize,
}

/// A call of a tool, or a piece of one.
#[derive(Debug, Default)]
pub(super) struct CallPiece<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) arguments: Option<Cow<'a, str>>,
}

impl Said {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// The first id that comes stays.
    pub(super) fn id(&mut self, id: Option<Text<'_>>) {
        self.room.fill_id(&mut self.id, id);
    }

    pub(super) fn model(&mut self, model: Option<Text<'_>>) {
        self.room.fill(&mut self.model, model);
    }

    /// Why it ended; the last reason that comes stays.
    pub(super) fn finish_reason(&mut self, reason: Option<Text<'_>>) {
        self.room.replace(&mut self.finish_reason, reason);
    }

    pub(super) fn count(&mut self, usage: Usage) {
        self.counts.tokens.report(usage);
    }

    pub(super) fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    /// What else is known; a later report holds instead of an earlier one.
    pub(super) fn report(&mut self, facts: Facts) {
        self.facts = facts;
    }

    /// Returns whether there is any text, here and below.
    pub(super) fn text(&mut self, piece: Option<Text<'_>>) -> bool {
        let has_text = keep(&mut self.text, piece, &mut self.room);
        self.has_text |= has_text;
        has_text
    }

    /// The text as it is written at the end of a stream, unless its pieces have
    /// come before.
    pub(super) fn whole_text(&mut self, whole: Option<Text<'_>>) -> bool {
        let is_new = !self.has_text;
        self.text(whole.filter(|_| is_new))
    }

    pub(super) fn reasoning(&mut self, piece: Option<Text<'_>>) -> bool {
        keep(&mut self.reasoning, piece, &mut self.room)
    }

    /// Where the text was taken from.
    pub(super) fn cite(&mut self, citation: &RawValue) {
        let mut kept = None;
        if self.room.take_slot() {
            self.room.keep_in(&mut kept, citation.get());
        }
        self.citations.extend(kept);
    }

    /// The entries of a list, of which there may have been more.
    pub(super) fn of_list<T>(&mut self, list: Few<T>) -> Vec<T> {
        self.room.of_list(list)
    }

    /// A call that comes whole, after those before it.
    pub(super) fn call(&mut self, call: CallPiece<'_>) -> bool {
        self.call_at(self.next_call, call)
    }

    /// A piece of the call with this number.
    pub(super) fn call_at(&mut self, number: usize, piece: CallPiece<'_>) -> bool {
        self.next_call = self.next_call.max(number.saturating_add(1));
        let Some(call) = self.calls.at(number, &mut self.room) else {
            return true;
        };
        self.room.fill_id(&mut call.id, piece.id);
        if call.name.is_empty() {
            let mut name = None;
            self.room.fill(&mut name, piece.name);
            call.name = name.unwrap_or_default();
        }
        if let Some(arguments) = piece.arguments {
            self.room.keep_in(&mut call.arguments, &arguments);
        }
        true
    }

    pub(super) fn has_finish_reason(&self) -> bool {
        self.finish_reason.is_some()
    }

    pub(super) fn has_calls(&self) -> bool {
        self.next_call > 0
    }

    /// The format says that this is all.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    /// What is known when no more comes.
    fn finish(&mut self) -> Response {
        let mut said = std::mem::replace(self, Self::new(self.keep_content));
        let mut facts = std::mem::take(&mut said.facts);
        said.counts.tell(&mut facts);
        Response {
            finish_reasons: vec![said.finish_reason.clone()],
            tokens: said.counts.tokens,
            tool_calls: said.calls.iter().cloned().collect(),
            is_truncated: said.room.is_exceeded(),
            facts,
            id: said.id.take(),
            model: said.model.take(),
            output: if said.keep_content {
                Output::new(said.room.kept(), || vec![said.into_message()])
            } else {
                Output::default()
            },
        }
    }

    fn into_message(self) -> Message {
        let reason = self.message_finish_reason().to_owned();
        let is_said = |text: &String| !text.is_empty();
        let reasoning = Some(self.reasoning).filter(is_said);
        let parts = [
            reasoning.map(|content| Part::Reasoning { content }),
            Some(self.text).filter(is_said).map(|content| Part::Text {
                content,
                citations: self.citations.iter().map(|it| Json::or_text(it)).collect(),
            }),
        ];
        let calls = self.calls.into_values().map(|call| Part::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments.as_deref().map(Json::or_text),
        });
        Message {
            role: "assistant".to_owned(),
            parts: parts.into_iter().flatten().chain(calls).collect(),
            name: None,
            finish_reason: Some(reason),
        }
    }

    /// The finish reason of an output message, in the conventions' vocabulary; a
    /// reason without a counterpart stays as the provider wrote it.
    fn message_finish_reason(&self) -> &str {
        let reason = self.finish_reason.as_deref();
        match reason {
            None if !self.has_ended => value::finish_reason::ERROR,
            None
            | Some(
                "COMPLETE" | "STOP_SEQUENCE" | "stop" | "stop_sequence" | "eos_token" | "eos"
                | "word",
            ) => {
                if self.has_calls() {
                    value::finish_reason::TOOL_CALL
                } else {
                    value::finish_reason::STOP
                }
            }
            Some("MAX_TOKENS" | "ERROR_LIMIT" | "length" | "max_tokens" | "limit") => {
                value::finish_reason::LENGTH
            }
            Some("TOOL_CALL" | "tool_calls" | "function_call") => value::finish_reason::TOOL_CALL,
            Some("ERROR_TOXIC") => value::finish_reason::CONTENT_FILTER,
            Some("ERROR") => value::finish_reason::ERROR,
            Some(other) => other,
        }
    }
}

/// Returns whether there is any: that is no question of what is kept.
fn keep(kept: &mut String, piece: Option<Text<'_>>, room: &mut Room) -> bool {
    let piece = piece.filter(Text::is_said);
    if let Some(piece) = &piece {
        room.keep(kept, &piece.0);
    }
    piece.is_some()
}

impl<S: Script> SaidReader<S> {
    /// A reader that keeps content only if that is wanted.
    pub(super) fn boxed(keep_content: bool) -> Box<dyn Reader> {
        Box::new(Self {
            said: Said::new(keep_content),
            script: PhantomData,
        })
    }
}

impl<S: Script> Reader for SaidReader<S> {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = text(body);
        let progress = S::whole(S::read(&json)?, &mut self.said)?;
        self.said.end();
        Ok(progress)
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        if let Some(done) = Progress::of_mark(frame) {
            self.said.end();
            return Ok(done);
        }
        let json = text(frame.data);
        let progress = S::piece(object(&json)?, &mut self.said);
        if progress.terminated {
            self.said.end();
        }
        Ok(progress)
    }

    fn model(&self) -> Option<&str> {
        self.said.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        if self.said.has_ended || self.said.finish_reason.is_some() {
            Completion::Said
        } else if S::ENDS_SILENTLY {
            Completion::Silent
        } else {
            Completion::Missing
        }
    }

    fn finish(&mut self) -> Response {
        if S::ENDS_SILENTLY {
            self.said.end();
        }
        self.said.finish()
    }
}
