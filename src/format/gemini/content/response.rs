//! Answers, whole or as a stream of chunks, which have the same shape.

use super::candidate::{self, Candidate};
use super::wire::{Wire, WireUsage};
use super::words;
use crate::format::gemini::modality::{Modalities, Side};
use crate::format::gemini::tell_tool_use;
use crate::format::room::{Room, Slots};
use crate::format::{self, Completion, Progress, Reader, Unreadable};
use crate::framing::{Frame, Framing};
use crate::operation::{Counting, Facts, Message, Output, Request, Response, Tokens, Usage};
use crate::semconv::{attribute, value};

/// Gathers one answer.
#[derive(Debug, Default)]
pub(super) struct ContentReader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    /// Why the prompt was not answered at all.
    block_reason: Option<String>,
    candidates: Slots<Candidate>,
    tokens: Tokens,
    tool_use_tokens: Option<u64>,
    modalities: Modalities,
}

impl ContentReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            tokens: Tokens::counted(Counting::REASONING_APART),
            ..Self::default()
        }
    }

    /// Takes a whole answer, or a chunk of one. Returns whether there is
    /// generated content in it.
    fn absorb(&mut self, wire: Wire<'_>) -> bool {
        self.room.fill_id(&mut self.id, wire.response_id);
        self.room.fill(&mut self.model, wire.model_version);
        let blocked = wire.prompt_feedback.and_then(|it| it.block_reason);
        let blocked = blocked.and_then(words::block_reason);
        self.room.fill(&mut self.block_reason, blocked);
        if let Some(usage) = wire.usage_metadata {
            self.count(*usage);
        }
        let mut generated = false;
        let candidates = self.room.of_list(wire.candidates.unwrap_or_default());
        for (position, wire) in candidates.into_iter().enumerate() {
            generated |= candidate::is_generated(&wire);
            let index = wire.index.unwrap_or(position);
            if let Some(candidate) = self.candidates.at(index, &mut self.room) {
                candidate.absorb(wire, &mut self.room);
            }
        }
        generated
    }

    fn count(&mut self, wire: WireUsage<'_>) {
        self.tokens.report(Usage::from(&wire));
        self.tool_use_tokens = wire.tool_use_prompt_token_count.or(self.tool_use_tokens);
        self.modalities
            .report(Side::Input, wire.prompt_tokens_details);
        self.modalities
            .report(Side::Output, wire.candidates_tokens_details);
    }

    /// A count of 0 is left out. Where thoughts were counted, and what was said
    /// was not, all of the output was thoughts.
    fn tokens(&mut self) -> Tokens {
        let (usage, is_implausible) = self.tokens.inclusive();
        let has_thoughts = usage.reasoning_output_tokens.is_some();
        if usage.output_tokens.is_none() && has_thoughts && !is_implausible {
            self.tokens.report(Usage {
                output_tokens: Some(0),
                ..Usage::default()
            });
        }
        self.tokens
    }

    fn facts(&mut self) -> Facts {
        let mut facts = Facts::default();
        self.modalities.tell(&mut facts);
        tell_tool_use(self.tool_use_tokens, &mut facts);
        let reason = self.block_reason.clone();
        facts.know(attribute::TURNSPAN_RESPONSE_BLOCK_REASON, reason);
        facts
    }

    fn output(&mut self) -> Output {
        let candidates = std::mem::take(&mut self.candidates);
        let is_blocked = self.block_reason.is_some();
        Output::new(self.room.kept(), move || {
            let messages = candidates.into_values().map(Candidate::into_message);
            let messages: Vec<_> = messages.collect();
            if messages.is_empty() && is_blocked {
                return vec![refusal()];
            }
            messages
        })
    }

    /// A whole answer to a request for a stream is a list of its chunks.
    fn list(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let (mut all, mut unreadable) = (Progress::default(), None);
        let mut cutter = Framing::JsonArray.cutter();
        cutter.push(body, |frame| match self.frame(frame) {
            Ok(progress) => {
                all.generated |= progress.generated;
                all.error = all.error.take().or(progress.error);
            }
            Err(error) => unreadable = Some(error),
        });
        unreadable.map_or(Ok(all), Err)
    }

    fn read(&mut self, json: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(json);
        let mut wire: Wire<'_> = format::object(&json)?;
        let error = wire.error.take().and_then(|error| error.said());
        if error.is_none() && !wire.is_answer() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated: self.absorb(wire),
            error: error.map(Into::into),
            ..Progress::default()
        })
    }
}

/// What stands for an answer that was blocked before it began.
fn refusal() -> Message {
    Message {
        role: "assistant".to_owned(),
        finish_reason: Some(value::finish_reason::CONTENT_FILTER.to_owned()),
        ..Message::default()
    }
}

impl Reader for ContentReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        if body.trim_ascii_start().starts_with(b"[") {
            return self.list(body);
        }
        self.read(body)
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        self.read(frame.data)
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// A stream has no terminator but the end of each of its candidates.
    fn completion(&self, asked: &Request) -> Completion {
        if self.block_reason.is_some() {
            return Completion::Said;
        }
        let candidates = self.candidates.iter();
        Completion::of_choices(asked, candidates.map(|it| it.finish_reason.is_some()))
    }

    fn finish(&mut self) -> Response {
        let candidates = self.candidates.iter();
        let finish_reasons = candidates.map(|it| it.finish_reason.clone());
        let finish_reasons = finish_reasons.collect();
        let tool_calls = self.candidates.iter().flat_map(Candidate::calls).collect();
        Response {
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons,
            tokens: self.tokens(),
            tool_calls,
            is_truncated: self.room.is_exceeded(),
            facts: self.facts(),
            output: if self.keep_content {
                self.output()
            } else {
                Output::default()
            },
        }
    }
}
