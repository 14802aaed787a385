//! The first request of a factory: built early by a layer, and then used.

use ::async_openai::error::OpenAIError;
use ::reqwest::Request;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub(super) type Built = Result<Request, OpenAIError>;

/// As a rule the layer builds it, when its future is polled first; a service
/// inside that begins its work earlier may come before.
#[derive(Debug, Default)]
pub(super) struct First {
    is_begun: AtomicBool,
    built: Mutex<Option<Built>>,
}

impl First {
    /// Whether nobody has begun to build it: then the caller is to.
    pub(super) fn begin(&self) -> bool {
        !self.is_begun.swap(true, Relaxed)
    }

    /// Keeps what was built for whoever asks next. Nobody holds the lock for
    /// longer than this, and nobody waits for it.
    pub(super) fn keep(&self, request: Built) {
        if let Ok(mut built) = self.built.try_lock() {
            *built = Some(request);
        }
    }

    pub(super) fn take(&self) -> Option<Built> {
        self.built.try_lock().ok()?.take()
    }
}
