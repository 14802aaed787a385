//! Spans that events can be added to, whoever made them.

use opentelemetry::trace::{Span as _, SpanRef, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// A span that lifecycle events can be added to: of tracing, of OpenTelemetry's
/// API or SDK, or the one of a context. Implement it for a span of your own.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::{EventSpan, FirstToken};
///
/// struct Noted<'a>(&'a mut Vec<&'static str>);
/// impl EventSpan for Noted<'_> {
///     fn add(self, name: &'static str, _: Vec<KeyValue>) {
///         self.0.push(name);
///     }
/// }
/// let mut names = Vec::new();
/// FirstToken::new().add_to(Noted(&mut names));
/// assert_eq!(names, ["gen_ai.stream.first_token"]);
/// ```
pub trait EventSpan {
    /// Adds an event by its name, stamped with the present time.
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
