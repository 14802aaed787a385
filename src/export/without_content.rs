//! Spans without what was said and who said it.

use crate::semconv::{CONTENT_ATTRIBUTES, attribute};
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
    /// Takes from `span` what does not pass.
    ///
    /// Only spans of generative AI are touched: the error text of anybody
    /// else's span is not ours to judge.
    pub(crate) fn strip(self, span: &mut SpanData) {
        if !is_gen_ai(&span.attributes) {
            return;
        }
        span.attributes.retain(|attribute| self.passes(attribute));
        for event in &mut span.events.events {
            event.attributes.retain(|attribute| self.passes(attribute));
        }
        if let (false, Status::Error { description }) = (self.content, &mut span.status) {
            *description = "".into();
        }
    }

    fn passes(self, attribute: &KeyValue) -> bool {
        let key = attribute.key.as_str();
        (self.content || !is_content(key)) && (self.identity || !is_identity(key))
    }
}

fn is_gen_ai(attributes: &[KeyValue]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.key.as_str() == attribute::GEN_AI_OPERATION_NAME)
}

fn is_content(key: &str) -> bool {
    CONTENT_ATTRIBUTES.contains(&key)
        || key == attribute::EXCEPTION_MESSAGE
        || key == attribute::EXCEPTION_STACKTRACE
}

fn is_identity(key: &str) -> bool {
    key == attribute::USER_ID || key.starts_with("tes.")
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
