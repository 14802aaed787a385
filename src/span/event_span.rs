//! Spans that events can be added to, whoever made them.

use opentelemetry::trace::{Span as _, SpanRef, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// A span that lifecycle events can be added to.
pub trait EventSpan {
    /// Adds an event, stamped with the present time.
    fn add(self, name: &'static str, attributes: Vec<KeyValue>);
}

impl EventSpan for &tracing::Span {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.add_event(name, attributes);
    }
}

impl EventSpan for &Context {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.span().add_event(name, attributes);
    }
}

impl EventSpan for &SpanRef<'_> {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.add_event(name, attributes);
    }
}

impl EventSpan for &mut opentelemetry::global::BoxedSpan {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.add_event(name, attributes);
    }
}

impl EventSpan for &mut opentelemetry_sdk::trace::Span {
    fn add(self, name: &'static str, attributes: Vec<KeyValue>) {
        self.add_event(name, attributes);
    }
}
