//! How spans leave together.

use std::time::Duration;

/// How spans are gathered for a destination (`OTEL_BSP_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batching {
    /// Spans that wait for one destination (`OTEL_BSP_MAX_QUEUE_SIZE`).
    pub(crate) max_queued: u64,
    /// Spans of one export (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`).
    pub(crate) max_batch: usize,
    /// How long a span waits for company (`OTEL_BSP_SCHEDULE_DELAY`). The
    /// default is a fifth of OpenTelemetry's: what waits is lost with the process.
    pub(crate) delay: Duration,
    /// The longest that one export may take (`OTEL_BSP_EXPORT_TIMEOUT`).
    pub(crate) export_timeout: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            max_queued: 2048,
            max_batch: 512,
            delay: Duration::from_secs(1),
            export_timeout: Duration::from_secs(30),
        }
    }
}
