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
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// use turnspan::SampledOnly;
/// # use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
/// # use opentelemetry::{Context, KeyValue, trace::{Link, SpanKind, TraceId, TraceState}};
/// # #[derive(Debug, Clone)]
/// # struct RecordOnly;
/// # impl ShouldSample for RecordOnly {
/// #     fn should_sample(&self, _: Option<&Context>, _: TraceId, _: &str, _: &SpanKind,
/// #         _: &[KeyValue], _: &[Link]) -> SamplingResult {
/// #         SamplingResult { decision: SamplingDecision::RecordOnly, attributes: Vec::new(),
/// #             trace_state: TraceState::default() }
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder()
///     .with_sampler(RecordOnly)
///     .with_batch_exporter(SampledOnly::new(exporter.clone()))
///     .build();
/// drop(provider.tracer("yours").start("work"));
/// provider.force_flush()?;
/// assert!(exporter.get_finished_spans()?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct SampledOnly<E> {
    inner: E,
}

impl<E: SpanExporter> SampledOnly<E> {
    /// Around an exporter, which gets sampled spans alone and everything else
    /// (flushes, the resource, its end) as it comes.
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
