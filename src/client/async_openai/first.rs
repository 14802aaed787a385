//! The first request of a factory: built early by a layer, and then used.

use super::announced::{Announced, built_by};
use ::async_openai::error::OpenAIError;
use ::async_openai::middleware::HttpRequestFactory;
use ::reqwest::Request;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub(super) type Built = Result<Request, OpenAIError>;

/// As a rule the layer builds it, when its future is polled first; a service
/// inside that begins its work earlier may come before.
#[derive(Default)]
pub(super) struct First {
    is_begun: AtomicBool,
    built: Mutex<Option<(Built, Announced)>>,
}

impl First {
    /// Whether nobody has begun to build it: then the caller is to.
    pub(super) fn begin(&self) -> bool {
        !self.is_begun.swap(true, Relaxed)
    }

    /// Keeps what was built, and whose it is, for whoever asks next. Nobody
    /// holds the lock for longer than this, and nobody waits for it.
    pub(super) fn keep(&self, request: Built, whose: Announced) {
        if let Ok(mut built) = self.built.try_lock() {
            *built = Some((request, whose));
        }
    }

    /// The request that was kept, and after it new ones. Either way it is said
    /// whose it is.
    pub(super) async fn or_another(&self, factory: &HttpRequestFactory) -> Built {
        let kept = self
            .built
            .try_lock()
            .ok()
            .and_then(|mut built| built.take());
        let (request, whose) = match kept {
            Some(kept) => kept,
            None => built_by(factory.build()).await,
        };
        whose.again();
        request
    }
}
