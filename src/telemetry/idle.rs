//! Telemetry without a destination, which a provider of the user's brings to life.

use super::builder::Builder;
use super::running::Running;
use crate::config::ConfigError;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What telemetry is made of once there is somebody to make spans.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// `None` where telemetry runs, or is off for good.
    builder: Mutex<Option<Builder>>,
    /// Whether a client was wrapped in nothing.
    was_seen: AtomicBool,
}

impl Idle {
    pub(super) fn of(builder: Builder) -> Self {
        Self {
            builder: Mutex::new(Some(builder)),
            was_seen: AtomicBool::new(false),
        }
    }

    /// A client asks for telemetry, and there is none.
    pub(super) fn seen(&self) {
        self.was_seen.store(true, Relaxed);
    }

    /// Starts telemetry, unless it was or is off for good.
    pub(super) fn start(&self, running: &OnceLock<Running>) -> Result<(), ConfigError> {
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut builder) = builder.take() else {
            return Ok(());
        };
        // Whoever takes the builder is alone.
        drop(running.set(builder.start()?));
        if self.was_seen.load(Relaxed) {
            tracing::warn!(
                target: "turnspan",
                "a client was wrapped before `use_provider`, and its calls are not recorded: \
                 wrap it afterwards",
            );
        }
        Ok(())
    }
}
