//! The pipeline as the span processor of a provider.

use super::{Pipeline, wait_for_all};
use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// What `force_flush`, which has no deadline of its own, may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Whose provider made a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Ours,
    /// One of the user's, which has exporters of its own.
    Theirs,
}

/// Hands finished spans to the pipeline; to none if telemetry is off.
#[derive(Debug)]
pub(crate) struct Processor {
    pipeline: Option<Arc<Pipeline>>,
    origin: Origin,
}

impl Processor {
    /// For the provider that telemetry makes.
    pub(crate) fn ours(pipeline: Arc<Pipeline>) -> Self {
        Self {
            pipeline: Some(pipeline),
            origin: Origin::Ours,
        }
    }

    /// For a provider of the user's.
    pub(crate) fn theirs(pipeline: Option<Arc<Pipeline>>) -> Self {
        Self {
            pipeline,
            origin: Origin::Theirs,
        }
    }

    fn flush(&self, timeout: Duration) -> OTelSdkResult {
        let running = self
            .pipeline
            .as_ref()
            .filter(|pipeline| pipeline.is_running());
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
        if let Some(pipeline) = &self.pipeline {
            pipeline.finish(span, self.origin);
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

    /// Called when a provider is built: spans of a user's provider leave with its
    /// resource.
    fn set_resource(&mut self, resource: &Resource) {
        let theirs = self.pipeline.as_ref();
        let theirs = theirs.filter(|_| self.origin == Origin::Theirs);
        if let Some(pipeline) = theirs {
            let destinations = pipeline.seats().destinations();
            destinations.for_each(|it| it.set_resource(resource));
        }
    }
}
