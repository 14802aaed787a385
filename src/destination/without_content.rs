//! Any exporter behind the gate.

use crate::gate::Gate;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

/// Keeps content and identity from any other exporter, for a pipeline of your
/// own.
///
/// Of spans of generative AI, whichever instrumentation made them, numbers and
/// flags pass, and texts that are known to be names, ids or enumerations. All
/// other texts are content: prompts, answers, arguments of functions, texts of
/// errors and log lines. So are attributes that nobody knows, unless
/// [`allow_attribute`](Self::allow_attribute) names them. From all other spans
/// only attributes are taken that are known to hold content, and everything
/// under `tes.`. `docs/what-leaves.md` has
/// the tables.
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
    gate: Gate,
}

impl<E> WithoutContent<E> {
    /// Wraps an exporter, which gets every span, without what does not pass.
    pub fn new(inner: E) -> Self {
        Self {
            inner,
            gate: Gate::default(),
        }
    }

    /// Lets an attribute of spans of generative AI pass whose text nobody knows:
    /// a key, or with a `*` at the end all keys that begin so. The same for our
    /// own destinations is
    /// [`Builder::allow_attribute`](crate::Builder::allow_attribute), where an
    /// example is.
    #[must_use = "it is the exporter to use"]
    pub fn allow_attribute(mut self, key: impl Into<String>) -> Self {
        self.gate.allowed.add(key);
        self
    }
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a forgotten method would bypass the inner exporter"
)]
impl<E: SpanExporter> SpanExporter for WithoutContent<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            self.gate.strip(span, false);
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
