//! Threads on which turnspan talks to the network: one for what it sends
//! itself, and one for each exporter of a user's, which may block.
//!
//! Each is a current-thread tokio runtime of our own: it needs nothing of the
//! caller's, so that flushing works on any runtime, or none. Telemetry is
//! suppressed on it, so that sending spans makes no spans.

use super::caught::caught;
use crate::stats::{Fault, Stats};
use opentelemetry::Context;
use std::future::Future;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Drives the futures of destinations.
#[derive(Debug)]
pub(crate) struct Runtime {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    stopped: mpsc::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Runtime {
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, asked_to_stop) = oneshot::channel::<()>();
        let (stopping, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                // An error only says that the sender is gone, which is the same wish.
                let _asked = runtime.block_on(asked_to_stop);
                runtime.shutdown_background();
                // Dropping this end tells whoever waits that the thread is done.
                drop(stopping);
            })?;
        Ok(Self {
            handle,
            stop: Some(stop),
            stopped,
            thread: Some(thread),
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// The task ends by itself or with the runtime; nobody joins it. That it
    /// panicked is counted.
    pub(crate) fn spawn(
        &self,
        stats: &Arc<Stats>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let stats = Arc::clone(stats);
        drop(self.handle.spawn(async move {
            if caught(task).await.is_err() {
                stats.fault(Fault::TaskPanicked);
            }
        }));
    }

    /// Stops the thread, and waits for it until `deadline` at most.
    pub(crate) fn stop(&mut self, deadline: Instant) {
        drop(self.stop.take());
        let patience = deadline.saturating_duration_since(Instant::now());
        let ended =
            self.stopped.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Disconnected);
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            // Only a panic of the thread could be learnt here.
            drop(thread.join());
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.stop(Instant::now() + GRACE);
        }
    }
}

/// What a thread with nothing left to do needs to notice that.
const GRACE: Duration = Duration::from_millis(100);

/// A time limit as a moment; one beyond what clocks can tell is in a year.
pub(crate) fn deadline_in(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    Instant::now() + timeout.min(YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;

    #[test]
    fn a_task_that_panics_is_counted_and_costs_no_other() {
        let stats = Arc::<Stats>::default();
        let runtime = Runtime::start("test").unwrap();
        runtime.spawn(&stats, async { resume_unwind(Box::new("on purpose")) });
        let (done, ended) = mpsc::channel();
        runtime.spawn(&stats, async move { done.send(()).unwrap_or_default() });
        ended.recv().unwrap();
        assert_eq!(
            stats.snapshot(&[]).faults,
            [(Fault::TaskPanicked, 1)].into()
        );
    }
}
