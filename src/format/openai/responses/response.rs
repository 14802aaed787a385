//! Responses, whole or as a stream of events.
//!
//! The last event of a stream has the whole response, with what was said before
//! or, from some servers, without it: what came in pieces stays.

use super::item::Item;
use super::wire::{Event, WireItem, WireResponse};
use crate::format::room::{Room, Slots};
use crate::format::usage::Counts;
use crate::format::{self, Completion, ErrorBody, Progress, Reader, Unreadable, error_body};
use crate::framing::Frame;
use crate::operation::{Facts, Message, Output, Request, Response};
use crate::semconv::{attribute, value};

/// Gathers one response.
#[derive(Debug, Default)]
pub(super) struct ResponsesReader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    service_tier: Option<String>,
    /// Why it ended: its status, or what it lacks.
    reason: Option<String>,
    /// How far it has got, if that is no end.
    status: Option<&'static str>,
    counts: Counts,
    items: Slots<Item>,
}

impl ResponsesReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// Takes what is known of the response. Returns whether there is generated
    /// content in it.
    fn absorb(&mut self, mut wire: WireResponse<'_>) -> bool {
        self.room.fill_id(&mut self.id, wire.id.take());
        // The model that answers may be known only at the end.
        self.room.replace(&mut self.model, wire.model.take());
        self.room
            .replace(&mut self.service_tier, wire.service_tier.take());
        let missing = wire.incomplete_details.take().and_then(|it| it.reason);
        let status = wire.status.take();
        self.status = status.as_ref().and_then(|it| format::underway(&it.0));
        let end = status.filter(|status| format::underway(&status.0).is_none());
        self.room.replace(&mut self.reason, missing.or(end));
        if let Some(usage) = &wire.usage {
            self.counts.report(usage);
        }
        let mut generated = false;
        let items = self.room.of_list(wire.output.take().unwrap_or_default());
        for (index, item) in items.into_iter().enumerate() {
            generated |= self.absorb_item(index, item);
        }
        generated
    }

    fn absorb_item(&mut self, index: usize, wire: WireItem<'_>) -> bool {
        let item = self.items.at(index, &mut self.room);
        item.is_some_and(|item| item.absorb(wire, &mut self.room))
    }

    fn add(&mut self, event: &Event<'_>) -> bool {
        let (Some(kind), Some(piece)) = (&event.r#type, &event.delta) else {
            return false;
        };
        let index = event.output_index.unwrap_or_default();
        let item = self.items.at(index, &mut self.room);
        item.is_some_and(|item| item.add(&kind.0, piece, &mut self.room))
    }
}

/// Whether the stream ends with this event.
fn is_last(event: &str) -> bool {
    matches!(
        event,
        "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled"
    )
}

/// What a response says of an error.
fn error_of(wire: &mut WireResponse<'_>) -> Option<ErrorBody> {
    let has_failed = wire.status.as_ref().is_some_and(|it| it.0 == "failed");
    let said = wire.error.take().and_then(|error| error.said());
    said.or_else(|| has_failed.then(ErrorBody::default))
}

/// What an event says of one, in itself or in its response.
fn error(data: &str, event: &mut Event<'_>) -> Option<ErrorBody> {
    let is_error = event.r#type.as_ref().is_some_and(|it| it.0 == "error");
    let of_response = event.response.as_deref_mut().and_then(error_of);
    let error = event.error.take().map(|error| *error);
    let is_error = is_error && of_response.is_none();
    error_body::of_answer(error, is_error, data).or(of_response)
}

impl Reader for ResponsesReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: WireResponse<'_> = format::object(&json)?;
        let error = error_of(&mut wire);
        if error.is_none() && wire.output.is_none() {
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
        let error = error(&json, &mut event);
        let mut generated = self.add(&event);
        if let Some(item) = event.item.take() {
            let index = event.output_index.unwrap_or_default();
            generated |= self.absorb_item(index, *item);
        }
        if let Some(response) = event.response.take() {
            generated |= self.absorb(*response);
        }
        Ok(Progress {
            generated,
            terminated: event.r#type.is_some_and(|it| is_last(&it.0)),
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::said_if(self.reason.is_some())
    }

    fn finish(&mut self) -> Response {
        let items = std::mem::take(&mut self.items);
        let tool_calls: Vec<_> = items.iter().filter_map(Item::call).collect();
        let finish = finish_reason(self.reason.as_deref(), !tool_calls.is_empty()).to_owned();
        let mut facts = Facts::default();
        facts.know(
            attribute::OPENAI_RESPONSE_SERVICE_TIER,
            self.service_tier.take(),
        );
        facts.know(attribute::TURNSPAN_RESPONSE_STATUS, self.status);
        self.counts.tell(&mut facts);
        Response {
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons: vec![self.reason.take()],
            tokens: self.counts.tokens,
            tool_calls,
            is_truncated: self.room.is_exceeded(),
            output: if self.keep_content {
                Output::new(self.room.kept(), move || vec![message(items, finish)])
            } else {
                Output::default()
            },
            facts,
        }
    }
}

fn message(items: Slots<Item>, finish_reason: String) -> Message {
    Message {
        role: "assistant".to_owned(),
        parts: items.into_values().flat_map(Item::into_parts).collect(),
        name: None,
        finish_reason: Some(finish_reason),
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn finish_reason(reason: Option<&str>, has_calls: bool) -> &str {
    match reason {
        None | Some("failed") => value::finish_reason::ERROR,
        Some("completed") if has_calls => value::finish_reason::TOOL_CALL,
        Some("completed") => value::finish_reason::STOP,
        Some("max_output_tokens") => value::finish_reason::LENGTH,
        Some(other) => other,
    }
}
