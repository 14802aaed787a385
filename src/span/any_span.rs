//! Spans of a provider at hand, and of the one that the program has set for all.

use opentelemetry::KeyValue;
use opentelemetry::global::BoxedSpan;
use opentelemetry::trace::{self, SpanContext, Status};
use opentelemetry_sdk::trace::Span;
use std::borrow::Cow;
use std::time::SystemTime;

/// A span of a call.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the rule, and a box would be an allocation for each call"
)]
pub(crate) enum AnySpan {
    /// Of our provider, or of one that telemetry was given.
    Sdk(Span),
    /// Of the global provider.
    Global(BoxedSpan),
}

/// The same for either.
macro_rules! either {
    ($self:ident, $span:ident => $done:expr) => {
        match $self {
            AnySpan::Sdk($span) => $done,
            AnySpan::Global($span) => $done,
        }
    };
}

impl trace::Span for AnySpan {
    fn add_event_with_timestamp<N>(
        &mut self,
        name: N,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        N: Into<Cow<'static, str>>,
    {
        either!(self, span => span.add_event_with_timestamp(name, timestamp, attributes));
    }

    fn span_context(&self) -> &SpanContext {
        either!(self, span => span.span_context())
    }

    fn is_recording(&self) -> bool {
        either!(self, span => span.is_recording())
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        either!(self, span => span.set_attribute(attribute));
    }

    fn set_status(&mut self, status: Status) {
        either!(self, span => span.set_status(status));
    }

    fn update_name<N>(&mut self, name: N)
    where
        N: Into<Cow<'static, str>>,
    {
        either!(self, span => span.update_name(name));
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        either!(self, span => span.add_link(span_context, attributes));
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        either!(self, span => span.end_with_timestamp(timestamp));
    }
}
