//! What a call came to, as its span says it.
//!
//! A function of what the recording has and of nothing else: no clock, no lock and
//! no thread-local is asked, so that it does not matter who runs it, and when.

use crate::conventions::Conventions;
use crate::operation::{Outcome, Request, Response, tidied};
use crate::semconv::{attribute, event};
use crate::span::AnySpan;
use crate::span::attributes::{self, Target};
use crate::span::events::{EventSpan, ResponseReceived, ToolCall};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Status};
use std::time::{Duration, SystemTime};

/// What a recording has when its call has ended.
pub(super) struct Parts<'a> {
    pub(super) target: &'a Target,
    pub(super) request: &'a Request,
    pub(super) response: &'a Response,
    pub(super) outcome: &'a Outcome,
    pub(super) times: Times,
}

/// When it came to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) first_token: Option<SystemTime>,
    /// Since the call began.
    pub(super) first_chunk: Option<Duration>,
    /// When all of the answer was here: before the end, or stores that sort by
    /// time would show what the model asked for behind it.
    pub(super) whole: SystemTime,
    pub(super) ended: SystemTime,
    /// How long attempts ran, and, if there was a retry, how long none did.
    pub(super) running: Duration,
    pub(super) waiting: Option<Duration>,
}

/// What may be on spans.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) content: bool,
    pub(crate) error_texts: bool,
    /// `user.id` and `tes.*`.
    pub(crate) identity: bool,
}

/// Everything that the end of a call adds to its span.
#[derive(Debug)]
pub(super) struct Summary {
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    status: Option<Status>,
}

#[derive(Debug)]
struct Event {
    name: &'static str,
    at: SystemTime,
    attributes: Vec<KeyValue>,
}

impl Summary {
    pub(super) fn of(
        parts: &Parts<'_>,
        headers: Vec<KeyValue>,
        shown: Shown,
        conventions: Conventions,
    ) -> Self {
        let response = attributes::response(parts.response);
        let mut attributes = conventions.attributes(response);
        if shown.identity {
            attributes.extend(attributes::own_counting(parts.response));
        }
        attributes.extend(end_attributes(parts));
        attributes.extend(headers);
        let error_type = parts.outcome.error_type();
        attributes.extend(
            error_type
                .as_ref()
                .map(|kind| KeyValue::new(attribute::ERROR_TYPE, kind.clone().into_owned())),
        );
        let code = parts.outcome.error_code().map(str::to_owned);
        attributes.extend(code.map(|code| KeyValue::new(attribute::TURNSPAN_ERROR_CODE, code)));
        let text = parts.outcome.message().filter(|_| shown.error_texts);
        Self {
            attributes,
            events: events(parts, shown),
            status: error_type.map(|_| Status::error(text.unwrap_or_default().to_owned())),
        }
    }

    pub(super) fn write_to(self, span: &mut AnySpan) {
        for Event {
            name,
            at,
            attributes,
        } in self.events
        {
            span.add_event_with_timestamp(name, at, attributes);
        }
        span.set_attributes(self.attributes);
        if let Some(status) = self.status {
            span.set_status(status);
        }
    }
}

fn end_attributes(parts: &Parts<'_>) -> Vec<KeyValue> {
    let times = parts.times;
    let first_chunk = times.first_chunk.filter(|_| parts.request.stream);
    attributes::known([
        (
            attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
            first_chunk.map(|since| since.as_secs_f64().into()),
        ),
        (
            attribute::TURNSPAN_OUTCOME,
            Some(parts.outcome.name().into()),
        ),
        (
            attribute::TURNSPAN_PROVIDER_DURATION,
            Some(times.running.as_secs_f64().into()),
        ),
        (
            attribute::TURNSPAN_RETRY_WAIT,
            times.waiting.map(|wait| wait.as_secs_f64().into()),
        ),
    ])
}

/// The first token, what the model asked for, and that all of it is here.
fn events(parts: &Parts<'_>, shown: Shown) -> Vec<Event> {
    let mut events = Vec::new();
    if !parts.target.kind.is_inference {
        return events;
    }
    events.extend(parts.times.first_token.map(|at| Event {
        name: event::GEN_AI_STREAM_FIRST_TOKEN,
        at,
        attributes: Vec::new(),
    }));
    if *parts.outcome != Outcome::Completed {
        return events;
    }
    for call in &parts.response.tool_calls {
        let asked = call.id.iter().fold(ToolCall::new(&call.name), ToolCall::id);
        let arguments = call.arguments.iter().filter(|_| shown.content);
        let arguments = arguments.map(|json| tidied(json));
        let asked = arguments.fold(asked, ToolCall::arguments);
        asked.add_to(Stamped(&mut events, parts.times.whole));
    }
    let received = ResponseReceived::of(parts.response);
    received.add_to(Stamped(&mut events, parts.times.ended));
    events
}

/// Events whose next one has this time.
struct Stamped<'a>(&'a mut Vec<Event>, SystemTime);

impl EventSpan for Stamped<'_> {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        let Self(events, at) = self;
        events.push(Event {
            name,
            at,
            attributes,
        });
    }
}
