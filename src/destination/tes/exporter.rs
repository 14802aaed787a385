//! TES as a `SpanExporter`, for pipelines that are not ours.

use super::Tes;
use crate::background::runtime::{Runtime, deadline_in};
use crate::config::ConfigError;
use crate::destination::turns::{IntoLane as _, TurnLane};
use crate::dialect;
use crate::once;
use crate::pipeline::Destination as _;
use crate::stats::{AccountSnapshot, Stats};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// Sends inference spans to TES as `CHAT_TURN` events; others pass by. For
/// programs with a pipeline of their own that want turns and nothing else of
/// telemetry.
///
/// It sees what the spans' attributes carry, content included only if they
/// carry it. Exporting converts and queues; sending happens on a thread of
/// turnspan's own, so that no runtime is needed. What is on its way when the
/// exporter is shut down waits until the processor's deadline, and is lost and
/// counted then. A flush takes 5 seconds at most.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use turnspan::{SpoolSettings, Tes, TesExporter};
///
/// let tes = Tes::new("http://localhost:4999", "acme", "tes_key")?
///     .spool(SpoolSettings::best_effort());
/// let exporter = TesExporter::new(tes)?;
/// assert_eq!(exporter.stats().made, 0);
/// let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
/// # drop(provider); Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct TesExporter {
    lane: TurnLane,
    /// `None` once shut down.
    runtime: Mutex<Option<Runtime>>,
}

/// What `force_flush`, which has no deadline of its own, may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

impl TesExporter {
    /// Starts delivery to `tes`, on a thread of its own.
    ///
    /// # Errors
    ///
    /// If the thread or the HTTP client cannot be made, or `TES_DURABILITY=durable`
    /// or `TES_SPOOL_PATH` asks for a spool in a file and there can be none.
    pub fn new(tes: Tes) -> Result<Self, ConfigError> {
        let runtime = Runtime::start("turnspan-export").map_err(ConfigError::Thread)?;
        let stats = Arc::<Stats>::default();
        let lane = TurnLane::start("tes", Box::new(tes).lane_parts()?, &runtime, &stats)?;
        // It has no pipeline whose thread could write them.
        stats
            .take_lines()
            .into_iter()
            .for_each(once::warn_on_a_thread);
        Ok(Self {
            lane,
            runtime: Mutex::new(Some(runtime)),
        })
    }

    /// What was made, delivered, queued and dropped since the start, in events.
    pub fn stats(&self) -> AccountSnapshot {
        let account = self.lane.account();
        let mut snapshot = Stats::default().snapshot(std::slice::from_ref(account));
        snapshot
            .destinations
            .remove(account.name())
            .unwrap_or_default()
    }

    fn leave_until(
        &self,
        deadline: Instant,
        leave: impl Fn(&TurnLane, mpsc::Sender<()>),
    ) -> OTelSdkResult {
        let (done, left) = mpsc::channel();
        leave(&self.lane, done);
        let patience = deadline.saturating_duration_since(Instant::now());
        match left.recv_timeout(patience) {
            Ok(()) => Ok(()),
            Err(_) => Err(OTelSdkError::Timeout(patience)),
        }
    }
}

impl SpanExporter for TesExporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in batch.iter().filter(|span| self.lane.is_due(span)) {
            self.lane.expect();
            self.lane.take_operation(dialect::read(span, None).as_ref());
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.leave_until(Instant::now() + FLUSH_TIMEOUT, TurnLane::flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let deadline = deadline_in(timeout);
        let taken = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut runtime) = taken else {
            return Err(OTelSdkError::AlreadyShutdown);
        };
        let left = self.leave_until(deadline, TurnLane::shut_down);
        runtime.stop(deadline);
        self.lane.close(deadline);
        left
    }
}
