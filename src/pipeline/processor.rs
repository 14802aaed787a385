//! The pipeline as the span processor of a provider.

use super::{Pipeline, wait_for_all};
use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// What `force_flush`, which has no deadline of its own, may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands finished spans to the pipeline; to none if telemetry is off.
#[derive(Debug)]
pub(crate) struct Processor(pub(crate) Option<Arc<Pipeline>>);

impl Processor {
    fn flush(&self, timeout: Duration) -> OTelSdkResult {
        let running = self.0.as_ref().filter(|pipeline| pipeline.is_running());
        let Some(pipeline) = running else {
            return Ok(());
        };
        let (done, flushed) = channel();
        pipeline.flush(done);
        let count = pipeline.seats().count();
        wait_for_all(&flushed, Instant::now() + timeout, count)
            .then_some(())
            .ok_or(OTelSdkError::Timeout(timeout))
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if let Some(pipeline) = &self.0 {
            pipeline.finish(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush(FLUSH_TIMEOUT)
    }

    /// The pipeline is shut down by the telemetry that owns it, within its own
    /// deadline: after that there is nothing to wait for.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.flush(timeout.min(FLUSH_TIMEOUT))
    }
}
