//! A span as a line.

use super::paint::Paint;
use super::said::{last_message, shortened};
use crate::semconv::{attribute, event, value};
use crate::span::forest::Placed;
use opentelemetry::trace::{Event, Status};
use opentelemetry::{KeyValue, SpanId};
use opentelemetry_sdk::trace::SpanData;
use std::fmt::{self, Display, Formatter};
use std::time::{Duration, SystemTime};

/// How far a line is set in at most, however deep spans nest.
const MAX_DEPTH: usize = 32;

/// Names of one list: of tools, of reasons.
const MAX_NAMES: usize = 8;

/// Digits of a trace's id: enough to tell traces of one screen apart.
const DIGITS: usize = 8;

/// A span as a line, and below it what was said, if its span has that.
pub(super) struct Line<'a> {
    span: &'a SpanData,
    depth: usize,
    paint: Paint,
}

impl<'a> Line<'a> {
    pub(super) fn new(placed: Placed<'a>, paint: Paint) -> Self {
        Self {
            span: placed.span,
            depth: placed.depth,
            paint,
        }
    }

    /// What the line says, in its order.
    fn parts(&self) -> impl Iterator<Item = String> {
        let span = self.span;
        let is_root = self.depth == 0;
        let parts = [
            Some(self.paint.bold(shortened(&span.name))),
            self.outcome(),
            Some(duration(since(span.start_time, span.end_time))),
            self.first_token(),
            self.tokens(),
            self.tools(),
            self.retries(),
            is_root.then(|| self.trace()),
        ];
        parts.into_iter().flatten()
    }

    fn outcome(&self) -> Option<String> {
        let failed = matches!(self.span.status, Status::Error { .. });
        let word = self.text(attribute::TURNSPAN_OUTCOME);
        let word = word.or_else(|| failed.then(|| "error".to_owned()))?;
        let kind = self.text(attribute::ERROR_TYPE);
        let kind = kind.filter(|kind| *kind != word);
        let told = match kind {
            Some(kind) => format!("{word} {}", shortened(&kind)),
            None => word.clone(),
        };
        Some(match word.as_str() {
            value::outcome::COMPLETED => self.paint.good(told),
            value::outcome::DROPPED | value::outcome::SHUTDOWN => self.paint.warning(told),
            _ => self.paint.bad(told),
        })
    }

    /// How long it took to the first token, if there was one before the end.
    fn first_token(&self) -> Option<String> {
        let first = self.events(event::GEN_AI_STREAM_FIRST_TOKEN).next()?;
        let after = since(self.span.start_time, first.timestamp);
        Some(format!("first token {}", duration(after)))
    }

    fn tokens(&self) -> Option<String> {
        let count = |key, what| Some(format!("{} {what}", self.text(key)?));
        let cached = count(attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, "cached");
        let input = count(attribute::GEN_AI_USAGE_INPUT_TOKENS, "in");
        let input = input.map(|input| match cached {
            Some(cached) => format!("{input} ({cached})"),
            None => input,
        });
        let output = count(attribute::GEN_AI_USAGE_OUTPUT_TOKENS, "out");
        let known: Vec<String> = [input, output].into_iter().flatten().collect();
        (!known.is_empty()).then(|| format!("tokens {}", known.join(", ")))
    }

    fn tools(&self) -> Option<String> {
        let wanted = self.events(event::GEN_AI_TOOL_CALL);
        let names = wanted.map(|event| {
            let name = last(&event.attributes, attribute::GEN_AI_TOOL_NAME);
            name.unwrap_or_else(|| "a tool".to_owned())
        });
        Some(format!("wants {}", listed(names)?))
    }

    fn retries(&self) -> Option<String> {
        let retries: Vec<&Event> = self.events(event::GEN_AI_RETRY).collect();
        let count = match retries.len() {
            0 => return None,
            1 => "1 retry".to_owned(),
            many => format!("{many} retries"),
        };
        let reasons = retries.iter().filter_map(|retry| {
            let attributes = &retry.attributes;
            let kind = last(attributes, attribute::ERROR_TYPE);
            kind.or_else(|| last(attributes, attribute::RETRY_REASON))
        });
        let told = listed(reasons).map(|reasons| format!("{count} after {reasons}"));
        Some(self.paint.warning(told.unwrap_or(count)))
    }

    /// Which trace it is of, and whether a span of this process is around it,
    /// which then is written later.
    fn trace(&self) -> String {
        let id = self.span.span_context.trace_id().to_string();
        let digits: String = id.chars().take(DIGITS).collect();
        let span = self.span;
        let is_inner = span.parent_span_id != SpanId::INVALID && !span.parent_span_is_remote;
        let within = if is_inner { "within " } else { "" };
        self.paint.dim(format!("{within}trace {digits}"))
    }

    /// What was asked last, what was answered and which error came, if that is on
    /// the span: the gate has decided it.
    fn said(&self) -> impl Iterator<Item = (&'static str, String)> {
        let message = |key| self.text(key).and_then(|json| last_message(&json));
        let error = match &self.span.status {
            Status::Error { description } if !description.is_empty() => {
                Some(shortened(description))
            }
            _ => None,
        };
        let said = [
            ("in", message(attribute::GEN_AI_INPUT_MESSAGES)),
            ("out", message(attribute::GEN_AI_OUTPUT_MESSAGES)),
            ("error", error),
        ];
        said.into_iter()
            .filter_map(|(what, text)| Some((what, text?)))
    }

    fn events(&self, name: &str) -> impl Iterator<Item = &'a Event> {
        let events = self.span.events.iter();
        events.filter(move |event| event.name == name)
    }

    fn text(&self, key: &str) -> Option<String> {
        last(&self.span.attributes, key)
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let indent = "  ".repeat(self.depth.min(MAX_DEPTH));
        let parts: Vec<String> = self.parts().collect();
        write!(f, "{indent}{}", parts.join("  "))?;
        for (what, text) in self.said() {
            write!(f, "\n{indent}    {} {text}", self.paint.dim(what))?;
        }
        Ok(())
    }
}

/// The SDK keeps all values of an attribute that was set twice.
fn last(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().rfind(|it| it.key.as_str() == key);
    found.map(|it| it.value.as_str().into_owned())
}

/// Names behind commas; of many the first, and how many more there are.
fn listed(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.map(|name| shortened(&name)).collect();
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    let more = names.len() - shown.len();
    let shown = shown.join(", ");
    match more {
        _ if shown.is_empty() => None,
        0 => Some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}

fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}

/// To three digits or so.
fn duration(time: Duration) -> String {
    match time.as_millis() {
        0 => "<1 ms".to_owned(),
        millis @ 1..1000 => format!("{millis} ms"),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}
