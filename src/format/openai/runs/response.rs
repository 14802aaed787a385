//! Runs, whole or as a stream of events.
//!
//! The tokens of a run are those of all its steps, so only the run's are taken.

use super::wire::{WireObject, WirePart, WireToolCall};
use crate::format::lenient::{self, Few, Text};
use crate::format::room::Room;
use crate::format::usage::Counts;
use crate::format::{self, Completion, ErrorBody, Progress, Reader, Unreadable, error_body};
use crate::framing::Frame;
use crate::operation::{Facts, Json, Message, Output, Part, Request, Response, ToolCall};
use crate::semconv::{attribute, value};

/// Gathers one run.
#[derive(Debug, Default)]
pub(super) struct RunReader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    status: Option<String>,
    /// Why it ended: its status, or what it lacks.
    reason: Option<String>,
    counts: Counts,
    calls: Vec<ToolCall>,
    texts: Vec<String>,
    /// The message that the last text is of.
    message: Option<String>,
}

impl RunReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// Takes what is known of the run. Returns whether it asks for tools.
    fn absorb_run(&mut self, mut wire: WireObject<'_>) -> bool {
        self.room.fill_id(&mut self.id, wire.id.take());
        self.room.replace(&mut self.model, wire.model.take());
        self.room.replace(&mut self.status, wire.status.take());
        let missing = wire.incomplete_details.take().and_then(|it| it.reason);
        // Some say it of what is complete.
        let missing = missing.filter(|_| self.status.as_deref() == Some("incomplete"));
        self.room.replace(&mut self.reason, missing);
        if let Some(usage) = &wire.usage {
            self.counts.report(usage);
        }
        let action = wire.required_action.take();
        let outputs = action.and_then(|action| action.submit_tool_outputs);
        let calls = outputs.map(|outputs| self.room.of_list(outputs.tool_calls));
        let calls = calls.unwrap_or_default();
        let is_asked = !calls.is_empty();
        if is_asked {
            self.calls.clear();
        }
        for call in calls {
            self.absorb_call(call);
        }
        is_asked
    }

    fn absorb_call(&mut self, wire: WireToolCall<'_>) {
        if !self.room.take_slot() {
            return;
        }
        let mut call = ToolCall::default();
        self.room.fill_id(&mut call.id, wire.id);
        if let Some(function) = wire.function {
            let mut name = None;
            self.room.fill(&mut name, function.name);
            call.name = name.unwrap_or_default();
            if let Some(arguments) = function.arguments.and_then(lenient::written) {
                self.room.keep_in(&mut call.arguments, &arguments);
            }
        }
        self.calls.push(call);
    }

    /// Takes the text of a message, whole or a piece of it: what came in pieces
    /// stays. Returns whether there is any.
    fn absorb_text(
        &mut self,
        id: Option<Text<'_>>,
        content: Few<WirePart<'_>>,
        is_piece: bool,
    ) -> bool {
        let mut of = None;
        self.room.fill_id(&mut of, id);
        let is_new = self.texts.is_empty() || of != self.message;
        if is_new {
            self.message = of;
        }
        let parts = self.room.of_list(content).into_iter();
        let pieces = parts.filter_map(|part| part.text?.value);
        let pieces: Vec<_> = pieces.filter(Text::is_said).collect();
        if is_new && !pieces.is_empty() && self.room.take_slot() {
            self.texts.push(String::new());
        }
        if let Some(text) = self.texts.last_mut().filter(|_| is_new || is_piece) {
            for piece in &pieces {
                self.room.keep(text, &piece.0);
            }
        }
        !pieces.is_empty()
    }

    fn is_at_end(&self) -> bool {
        let status = self.status.as_deref();
        status.is_some_and(|status| !matches!(status, "queued" | "in_progress" | "cancelling"))
    }

    fn finish_reason(&mut self) -> Option<String> {
        let status = self.is_at_end().then(|| self.status.clone()).flatten();
        self.reason.take().or(status)
    }

    fn output(&mut self, reason: Option<&str>) -> Output {
        let (texts, calls) = (std::mem::take(&mut self.texts), self.calls.clone());
        if !self.keep_content || texts.is_empty() && calls.is_empty() {
            return Output::default();
        }
        let finish_reason = message_finish_reason(reason).to_owned();
        Output::new(self.room.kept(), || {
            let calls = calls.into_iter().map(|call| Part::ToolCall {
                id: call.id,
                name: call.name,
                arguments: call.arguments.as_deref().map(Json::or_text),
            });
            vec![Message {
                role: "assistant".to_owned(),
                parts: texts.into_iter().map(Part::text).chain(calls).collect(),
                name: None,
                finish_reason: Some(finish_reason),
            }]
        })
    }
}

/// What a run, or an event, says of an error.
fn error_of(wire: &mut WireObject<'_>) -> Option<ErrorBody> {
    let has_failed = wire.status.as_ref().is_some_and(|it| it.0 == "failed");
    let said = [wire.last_error.take(), wire.error.take()];
    let mut said = said.into_iter().flatten();
    said.find_map(|error| error.said())
        .or_else(|| has_failed.then(ErrorBody::default))
}

impl Reader for RunReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: WireObject<'_> = format::object(&json)?;
        let error = error_of(&mut wire);
        if error.is_none() && wire.id.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated: self.absorb_run(wire),
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        if let Some(done) = Progress::of_mark(frame) {
            return Ok(done);
        }
        let json = format::text(frame.data);
        let mut wire: WireObject<'_> = format::object(&json)?;
        let object = wire.object.take().unwrap_or_default();
        let mut error = None;
        let generated = match object.0.as_ref() {
            "thread.run" => {
                error = error_of(&mut wire);
                self.absorb_run(wire)
            }
            "thread.message.delta" => {
                let content = wire.delta.take().map(|delta| delta.content);
                self.absorb_text(wire.id.take(), content.unwrap_or_default(), true)
            }
            "thread.message" => self.absorb_text(wire.id.take(), wire.content, false),
            "thread.run.step.delta" => wire.delta.is_some_and(|it| it.step_details.is_some()),
            "" => {
                let said = wire.error.take().and_then(|error| error.said());
                error = said.or_else(|| error_body::read(&json));
                false
            }
            // `thread`, `thread.run.step`, and what is yet to come.
            _ => false,
        };
        Ok(Progress {
            generated,
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::said_if(self.is_at_end())
    }

    fn finish(&mut self) -> Response {
        let reason = self.finish_reason();
        let mut facts = Facts::default();
        let status = self.status.take();
        facts.know(
            attribute::TURNSPAN_RESPONSE_STATUS,
            status.filter(|_| reason.is_none()),
        );
        self.counts.tell(&mut facts);
        Response {
            id: self.id.take(),
            model: self.model.take(),
            output: self.output(reason.as_deref()),
            finish_reasons: vec![reason],
            tokens: self.counts.tokens,
            tool_calls: std::mem::take(&mut self.calls),
            is_truncated: self.room.is_exceeded(),
            facts,
        }
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None | Some("failed") => value::finish_reason::ERROR,
        Some("completed") => value::finish_reason::STOP,
        Some("requires_action") => value::finish_reason::TOOL_CALL,
        Some("max_completion_tokens" | "max_prompt_tokens") => value::finish_reason::LENGTH,
        Some(other) => other,
    }
}
