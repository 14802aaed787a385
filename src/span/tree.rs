//! Spans as an indented tree that a person likes to read.

use super::forest::{Placed, in_order};
use crate::escape::printable;
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use std::fmt::{self, Display, Formatter, Write};
use std::time::{Duration, SystemTime};

/// Renders finished spans: children under parents, attributes by name, events
/// in their order. Spans whose parent is not among them are roots. Durations, and
/// events since the start of their span (`+`), are in milliseconds. For tests
/// and for people: the format is not stable. Controls, and what turns the
/// direction of a text round, are escaped.
///
/// To see the calls of a running program use
/// [`Builder::console`](crate::Builder::console) instead, which writes a line for
/// each span.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// let url = "https://api.openai.com/v1/chat/completions";
/// telemetry.record(url, r#"{"model": "gpt-4o"}"#).timed_out();
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
/// assert!(tree.starts_with("chat gpt-4o [client] "), "{tree}");
/// assert!(tree.contains("\n  turnspan.outcome = deadline\n"), "{tree}");
/// assert!(tree.contains("\n  ! gen_ai.prompt.sent +"), "{tree}");
/// # Ok(()) }
/// ```
pub fn span_tree(spans: &[SpanData]) -> SpanTree<'_> {
    SpanTree { spans }
}

/// What [`span_tree`] makes; print it with `{}`.
///
/// ```
/// let tree: turnspan::SpanTree<'_> = turnspan::span_tree(&[]);
/// assert_eq!(format!("{tree}"), "");
/// ```
#[derive(Debug)]
pub struct SpanTree<'a> {
    spans: &'a [SpanData],
}

impl Display for SpanTree<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut plain = Plain(f);
        let placed = in_order(self.spans);
        placed.iter().try_for_each(|it| write_span(&mut plain, it))
    }
}

fn write_span(f: &mut Plain<'_, '_>, placed: &Placed<'_>) -> fmt::Result {
    let span = placed.span;
    let indent = "  ".repeat(placed.depth);
    let took = Millis(since(span.start_time, span.end_time));
    writeln!(
        f,
        "{indent}{} [{}] {took}{}",
        span.name,
        kind(&span.span_kind),
        Outcome(&span.status)
    )?;
    for attribute in sorted(&span.attributes) {
        writeln!(f, "{indent}  {} = {}", attribute.key, attribute.value)?;
    }
    for event in span.events.iter() {
        let at = Millis(since(span.start_time, event.timestamp));
        writeln!(
            f,
            "{indent}  ! {} +{at}{}",
            event.name,
            Inline(&event.attributes)
        )?;
    }
    Ok(())
}

/// What providers said is in it: a terminal takes no orders from there.
struct Plain<'a, 'f>(&'a mut Formatter<'f>);

impl Write for Plain<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&printable(text))
    }
}

fn sorted(attributes: &[KeyValue]) -> Vec<&KeyValue> {
    let mut attributes: Vec<&KeyValue> = attributes.iter().collect();
    attributes.sort_by(|a, b| a.key.as_str().cmp(b.key.as_str()));
    attributes
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}

struct Millis(Duration);

impl Display for Millis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ms", self.0.as_secs_f64() * 1000.0)
    }
}

struct Outcome<'a>(&'a Status);

impl Display for Outcome<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Status::Error { description } if description.is_empty() => f.write_str(" ERROR"),
            Status::Error { description } => write!(f, " ERROR: {description}"),
            Status::Unset | Status::Ok => Ok(()),
        }
    }
}

struct Inline<'a>(&'a [KeyValue]);

impl Display for Inline<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for attribute in sorted(self.0) {
            write!(f, "  {}={}", attribute.key, attribute.value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    #[test]
    fn what_others_said_gives_a_terminal_no_orders() {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let mut span = provider.tracer("t").start("chat \u{1b}[2J");
        span.set_attribute(KeyValue::new("said", "a\u{9b}1m\u{202e}b"));
        span.set_status(Status::error("no\u{7f}"));
        span.end();
        let tree = span_tree(&exporter.get_finished_spans().unwrap()).to_string();
        assert!(tree.starts_with(r"chat \u{1b}[2J [internal]"), "{tree}");
        assert!(tree.contains(r"ERROR: no\u{7f}"), "{tree}");
        assert!(tree.contains(r"said = a\u{9b}1m\u{202e}b"), "{tree}");
    }
}
