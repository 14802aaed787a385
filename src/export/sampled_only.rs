//! Spans that were sampled, and no others.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

/// Keeps from an exporter what was recorded without being sampled.
///
/// For exporters in a pipeline of the user's own, beside
/// [`Telemetry::sampler`](crate::Telemetry::sampler): the SDK's batch processor
/// hands on what is recorded only, as calls are that become turns and no spans.
///
/// ```
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use turnspan::SampledOnly;
///
/// let exporter = SampledOnly::new(InMemorySpanExporter::default());
/// let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
/// # drop(provider);
/// ```
#[derive(Debug)]
pub struct SampledOnly<E> {
    inner: E,
}

impl<E: SpanExporter> SampledOnly<E> {
    /// Around an exporter.
    pub fn new(inner: E) -> Self {
        Self { inner }
    }
}

impl<E: SpanExporter> SpanExporter for SampledOnly<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.retain(|span| span.span_context.is_sampled());
        if batch.is_empty() {
            return Ok(());
        }
        self.inner.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
