//! Interactions, whole or as a stream of events.

use super::step::Step;
use super::wire::{Event, WireInteraction, WireStep, WireUsage};
use crate::format::gemini::modality::{Modalities, Side};
use crate::format::gemini::tell_tool_use;
use crate::format::room::{Room, Slots};
use crate::format::{self, Completion, ErrorBody, Progress, Reader, Unreadable};
use crate::framing::Frame;
use crate::operation::{Counting, Facts, Message, Output, Request, Response, Tokens, Usage};
use crate::semconv::{attribute, value};

/// Gathers one interaction.
#[derive(Debug, Default)]
pub(super) struct InteractionReader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    /// How it ended.
    status: Option<String>,
    /// The status of one that has not.
    underway: Option<&'static str>,
    steps: Slots<Step>,
    tokens: Tokens,
    tool_use_tokens: Option<u64>,
    modalities: Modalities,
}

impl InteractionReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            tokens: Tokens::counted(Counting::REASONING_APART),
            ..Self::default()
        }
    }

    /// Takes what is known of the interaction. Returns whether there is generated
    /// content in it.
    fn absorb(&mut self, wire: WireInteraction<'_>) -> bool {
        self.room.fill_id(&mut self.id, wire.id);
        self.room.fill(&mut self.model, wire.model);
        let status = wire.status;
        self.underway = status.as_ref().and_then(|it| format::underway(&it.0));
        let end = status.filter(|status| format::underway(&status.0).is_none());
        self.room.replace(&mut self.status, end);
        if let Some(usage) = wire.usage {
            self.count(*usage);
        }
        let mut generated = false;
        let steps = self.room.of_list(wire.steps);
        for (index, step) in steps.into_iter().enumerate() {
            generated |= self.absorb_step(index, step);
        }
        generated
    }

    fn count(&mut self, wire: WireUsage<'_>) {
        self.tokens.report(Usage::from(&wire));
        self.tool_use_tokens = wire.total_tool_use_tokens.or(self.tool_use_tokens);
        self.modalities
            .report(Side::Input, wire.input_tokens_by_modality);
        self.modalities
            .report(Side::Output, wire.output_tokens_by_modality);
    }

    fn absorb_step(&mut self, index: usize, wire: WireStep<'_>) -> bool {
        let step = self.steps.at(index, &mut self.room);
        step.is_some_and(|step| step.absorb(wire, &mut self.room))
    }

    /// Takes an event. Returns whether it brings generated content.
    fn absorb_event(&mut self, event: Event<'_>) -> bool {
        let index = event.index.unwrap_or_default();
        let mut generated = false;
        if let Some(step) = event.step {
            generated |= self.absorb_step(index, *step);
        }
        if let Some(delta) = event.delta {
            let step = self.steps.at(index, &mut self.room);
            generated |= step.is_some_and(|step| step.add(*delta, &mut self.room));
        }
        if let Some(interaction) = event.interaction {
            generated |= self.absorb(*interaction);
        }
        generated
    }

    fn facts(&mut self) -> Facts {
        let mut facts = Facts::default();
        self.modalities.tell(&mut facts);
        tell_tool_use(self.tool_use_tokens, &mut facts);
        facts.know(attribute::TURNSPAN_RESPONSE_STATUS, self.underway);
        facts
    }
}

/// Whether the stream ends with this event, whatever the preview calls it.
fn is_last(event: &str) -> bool {
    matches!(event, "interaction.completed" | "interaction.complete")
}

/// What an interaction says of an error.
fn error_of(wire: &mut WireInteraction<'_>) -> Option<ErrorBody> {
    let has_failed = wire.status.as_ref().is_some_and(|it| it.0 == "failed");
    let said = wire.error.take().and_then(|error| error.said());
    said.or_else(|| has_failed.then(ErrorBody::default))
}

impl Reader for InteractionReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: WireInteraction<'_> = format::object(&json)?;
        let error = error_of(&mut wire);
        if error.is_none() && wire.status.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated: self.absorb(wire),
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        if let Some(done) = Progress::of_mark(frame) {
            return Ok(done);
        }
        let json = format::text(frame.data);
        let mut event: Event<'_> = format::object(&json)?;
        let said = event.error.take().and_then(|error| error.said());
        let of_interaction = event.interaction.as_deref_mut().and_then(error_of);
        let terminated = event.kind.as_ref().is_some_and(|it| is_last(&it.0));
        Ok(Progress {
            generated: self.absorb_event(event),
            terminated,
            error: said.or(of_interaction).map(Into::into),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::said_if(self.status.is_some())
    }

    fn finish(&mut self) -> Response {
        let steps = std::mem::take(&mut self.steps);
        let tool_calls: Vec<_> = steps.iter().filter_map(Step::call).collect();
        let reason = finish_reason(self.status.as_deref(), !tool_calls.is_empty()).to_owned();
        Response {
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons: vec![self.status.take()],
            tokens: self.tokens,
            tool_calls,
            is_truncated: self.room.is_exceeded(),
            facts: self.facts(),
            output: if self.keep_content {
                Output::new(self.room.kept(), move || vec![message(steps, reason)])
            } else {
                Output::default()
            },
        }
    }
}

fn message(steps: Slots<Step>, finish_reason: String) -> Message {
    Message {
        role: "assistant".to_owned(),
        parts: steps.into_values().flat_map(Step::into_parts).collect(),
        name: None,
        finish_reason: Some(finish_reason),
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// status without a counterpart stays as the provider wrote it.
fn finish_reason(status: Option<&str>, has_calls: bool) -> &str {
    match status {
        None | Some("failed") => value::finish_reason::ERROR,
        Some("requires_action") => value::finish_reason::TOOL_CALL,
        Some("completed") if has_calls => value::finish_reason::TOOL_CALL,
        Some("completed") => value::finish_reason::STOP,
        Some("incomplete") => value::finish_reason::LENGTH,
        Some(other) => other,
    }
}
