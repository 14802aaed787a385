//! Spans without what was said and who said it.

use crate::semconv::{CONTENT_ATTRIBUTES, NOT_CONTENT_ATTRIBUTES, attribute};
use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

/// What a destination of spans may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Prompts, answers, tool arguments and results, error texts.
    pub(crate) content: bool,
    /// `user.id` and everything under `tes.`.
    pub(crate) identity: bool,
}

impl Gate {
    /// Identity passes, content does not.
    pub(crate) const WITHOUT_CONTENT: Self = Self {
        content: false,
        identity: true,
    };

    /// Takes from `span` what does not pass, whoever made it.
    ///
    /// Of spans of generative AI, and of those around them, error texts are
    /// taken, and the texts of log lines, which are names of events: they tell
    /// what the provider said. Of the former also `user.id`, and fields without
    /// a namespace: arguments and results of functions.
    /// Anybody else's spans are not ours to judge.
    pub(crate) fn strip(self, span: &mut SpanData, is_around_a_call: bool) {
        let is_gen_ai = is_gen_ai(&span.attributes);
        let of = Of {
            is_gen_ai,
            has_our_errors: is_gen_ai || is_around_a_call,
        };
        let passes = |attribute: &KeyValue| self.passes(attribute.key.as_str(), of);
        span.attributes.retain(passes);
        for event in &mut span.events.events {
            event.attributes.retain(passes);
            if of.has_our_errors && !self.content && !is_a_name(&event.name) {
                event.name = "log".into();
            }
        }
        if let (false, true, Status::Error { description }) =
            (self.content, of.has_our_errors, &mut span.status)
        {
            *description = "".into();
        }
    }

    /// Whether an attribute of a call passes.
    pub(crate) fn lets(self, attribute: &KeyValue) -> bool {
        let of = Of {
            is_gen_ai: true,
            has_our_errors: true,
        };
        self.passes(attribute.key.as_str(), of)
    }

    fn passes(self, key: &str, of: Of) -> bool {
        let content = is_content(key)
            || (of.has_our_errors && is_error_text(key))
            || (of.is_gen_ai && !key.contains('.') && !LOG_FIELDS.contains(&key));
        let identity = key.starts_with("tes.") || (of.is_gen_ai && key == attribute::USER_ID);
        (self.content || !content) && (self.identity || !identity)
    }
}

/// Whose span it is.
#[derive(Clone, Copy)]
struct Of {
    is_gen_ai: bool,
    has_our_errors: bool,
}

const ERROR_TEXTS: [&str; 2] = [
    attribute::EXCEPTION_MESSAGE,
    attribute::EXCEPTION_STACKTRACE,
];

/// tracing-opentelemetry writes the fields `error` and `error.chain` of log lines.
fn is_error_text(key: &str) -> bool {
    let is_type = key == attribute::ERROR_TYPE;
    ERROR_TEXTS.contains(&key) || key == "error" || (key.starts_with("error.") && !is_type)
}

/// What tracing-opentelemetry adds to the event of a log line.
const LOG_FIELDS: [&str; 2] = ["level", "target"];

/// What the spans of instrumentations of generative AI have names in.
const NAMESPACES: [&str; 6] = [
    "gen_ai.",
    "llm.",
    "openinference.",
    "traceloop.",
    "ai.operationId",
    "pydantic_ai.",
];

pub(crate) fn is_gen_ai(attributes: &[KeyValue]) -> bool {
    let is_one = |attribute: &KeyValue| {
        let key = attribute.key.as_str();
        NAMESPACES
            .iter()
            .any(|namespace| key.starts_with(namespace))
    };
    attributes.iter().any(is_one)
}

/// Names of events have a namespace and no blanks; texts of log lines, and the
/// places in the source that stand for them, are none.
fn is_a_name(event: &str) -> bool {
    let is_word = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    event == "exception" || (event.contains('.') && event.chars().all(is_word))
}

/// A name in the table, or below one of it.
fn is_content(key: &str) -> bool {
    let is_or_is_below = |name: &&str| {
        key.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    CONTENT_ATTRIBUTES.iter().any(is_or_is_below) && !NOT_CONTENT_ATTRIBUTES.contains(&key)
}

/// Keeps content and identity from any other exporter, for a pipeline of the
/// user's own: [`semconv::CONTENT_ATTRIBUTES`](crate::semconv::CONTENT_ATTRIBUTES)
/// and everything under `tes.` of all spans; of those of generative AI also
/// `user.id`, error texts, texts of log lines and fields without a namespace.
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use turnspan::WithoutContent;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let theirs = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder()
///     .with_simple_exporter(WithoutContent::new(theirs.clone()))
///     .build();
/// let tracer = provider.tracer("yours");
/// drop(tracer.span_builder("chat").with_attributes([
///     KeyValue::new("gen_ai.operation.name", "chat"),
///     KeyValue::new("gen_ai.input.messages", "[{}]"),
/// ]).start(&tracer));
/// let spans = theirs.get_finished_spans()?;
/// assert_eq!(spans[0].attributes, [KeyValue::new("gen_ai.operation.name", "chat")]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct WithoutContent<E> {
    inner: E,
}

impl<E> WithoutContent<E> {
    /// Wraps an exporter, which gets every span, without what does not pass.
    pub fn new(inner: E) -> Self {
        Self { inner }
    }
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a forgotten method would bypass the inner exporter"
)]
impl<E: SpanExporter> SpanExporter for WithoutContent<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        let gate = Gate {
            content: false,
            identity: false,
        };
        for span in &mut batch {
            gate.strip(span, false);
        }
        self.inner.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.inner.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    /// The keys that are left of a foreign span with these attributes.
    fn left_of(keys: &[&'static str]) -> Vec<String> {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(WithoutContent::new(kept.clone()))
            .build();
        let mut span = provider.tracer("foreign").start("foreign");
        let attributes = keys.iter().map(|key| KeyValue::new(*key, "canary"));
        span.add_event("event", attributes.clone().collect());
        span.set_attributes(attributes);
        span.end();
        let span = kept.get_finished_spans().unwrap().remove(0);
        let keys = |list: &[KeyValue]| list.iter().map(|a| a.key.to_string()).collect::<Vec<_>>();
        assert_eq!(keys(&span.attributes), keys(&span.events[0].attributes));
        keys(&span.attributes)
    }

    #[test]
    fn content_is_taken_from_spans_of_any_instrumentation_by_old_and_new_names() {
        let none: [String; 0] = [];
        let content = [
            "gen_ai.input.messages",
            "gen_ai.tool.call.result",
            "gen_ai.prompt",
            "gen_ai.prompt.0.content",
            "gen_ai.completion.0.content",
            "gen_ai.tool.arguments",
            "gen_ai.memory.records",
            "gen_ai.retrieval.query.text",
            "exception.message",
            "user.id",
            "tes.metadata.plan",
        ];
        assert_eq!(left_of(&content), none);
        assert_eq!(left_of(&["gen_ai.prompt.name"]), ["gen_ai.prompt.name"]);
    }

    #[test]
    fn spans_of_another_trade_keep_their_error_texts_and_users() {
        let keys = ["exception.message", "user.id", "http.route"];
        assert_eq!(left_of(&keys), keys);
        assert_eq!(left_of(&["tes.metadata.plan"]).len(), 0);
    }

    #[test]
    fn of_spans_of_generative_ai_fields_without_a_namespace_are_arguments() {
        let keys = [
            "gen_ai.operation.name",
            "question",
            "return",
            "level",
            "http.route",
        ];
        let left = ["gen_ai.operation.name", "level", "http.route"];
        assert_eq!(left_of(&keys), left);
    }

    #[test]
    fn names_of_events_are_no_texts() {
        for name in ["gen_ai.prompt.sent", "exception", "my-lib.cache_hit"] {
            assert!(is_a_name(name), "{name}");
        }
        for text in [
            "asking: what is 2.5?",
            "event src/main.rs:12",
            "hello",
            "Is it 3.5",
        ] {
            assert!(!is_a_name(text), "{text}");
        }
    }
}
