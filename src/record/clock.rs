//! The clock of a call: its span, its events and what is measured of it agree,
//! whatever is done to the system's clock meanwhile.

use crate::span::AnySpan;
use crate::span::events::EventSpan;
use opentelemetry::KeyValue;
use opentelemetry::trace::Span as _;
use std::time::{Instant, SystemTime};

/// When a call began, by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
        }
    }

    /// The time of day of a moment of the call.
    pub(super) fn at(self, moment: Instant) -> SystemTime {
        self.started_at + moment.saturating_duration_since(self.started)
    }

    /// Stamps events of the call with the present time.
    pub(super) fn now(self, span: &mut AnySpan) -> Stamped<'_> {
        Stamped {
            span,
            at: self.at(Instant::now()),
        }
    }
}

/// A span whose next event has this time.
pub(super) struct Stamped<'a> {
    span: &'a mut AnySpan,
    at: SystemTime,
}

impl EventSpan for Stamped<'_> {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.span
            .add_event_with_timestamp(name, self.at, attributes);
    }
}
