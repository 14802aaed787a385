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
    /// Takes from `span` what does not pass, whoever made it.
    ///
    /// Error texts and `user.id` are taken from spans of generative AI alone:
    /// those of anybody else's spans are not ours to judge.
    pub(crate) fn strip(self, span: &mut SpanData) {
        let is_gen_ai = is_gen_ai(&span.attributes);
        let passes = |attribute: &KeyValue| self.passes(attribute.key.as_str(), is_gen_ai);
        span.attributes.retain(passes);
        for event in &mut span.events.events {
            event.attributes.retain(passes);
        }
        if let (false, true, Status::Error { description }) =
            (self.content, is_gen_ai, &mut span.status)
        {
            *description = "".into();
        }
    }

    fn passes(self, key: &str, is_gen_ai: bool) -> bool {
        let content = is_content(key) || (is_gen_ai && ERROR_TEXTS.contains(&key));
        let identity = key.starts_with("tes.") || (is_gen_ai && key == attribute::USER_ID);
        (self.content || !content) && (self.identity || !identity)
    }
}

const ERROR_TEXTS: [&str; 2] = [
    attribute::EXCEPTION_MESSAGE,
    attribute::EXCEPTION_STACKTRACE,
];

fn is_gen_ai(attributes: &[KeyValue]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.key.as_str().starts_with("gen_ai."))
}

/// A name in the table, or below one of it.
fn is_content(key: &str) -> bool {
    let is_or_is_below = |name: &&str| {
        key.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    CONTENT_ATTRIBUTES.iter().any(is_or_is_below) && !NOT_CONTENT_ATTRIBUTES.contains(&key)
}

/// Keeps content and identity from any other exporter.
///
/// ```
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use turnspan::WithoutContent;
///
/// let theirs = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder()
///     .with_simple_exporter(WithoutContent::new(theirs))
///     .build();
/// # drop(provider);
/// ```
#[derive(Debug)]
pub struct WithoutContent<E> {
    inner: E,
}

impl<E> WithoutContent<E> {
    /// Wraps an exporter.
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
            gate.strip(span);
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
}
