//! The position inside the client's retries: one attempt after the other.

use super::Seam;
use super::recording::{Recording, WeakRecording};
use reqwest::Response;
use std::cell::Cell;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::pin;
use tower_layer::Layer;

thread_local! {
    /// The recording of the call that this thread is in the middle of polling.
    static CURRENT: Cell<Option<WeakRecording>> = const { Cell::new(None) };
}

/// Tells the attempts of a call apart: retries, waiting, provider time.
///
/// Belongs inside the retry layer. Without an
/// [`OperationLayer`](super::OperationLayer) outside it does nothing.
#[derive(Debug, Clone)]
pub struct AttemptLayer {
    off: bool,
}

/// The service that [`AttemptLayer`] makes.
#[derive(Debug, Clone)]
pub struct AttemptService<S> {
    pub(super) inner: S,
    pub(super) off: bool,
}

impl AttemptLayer {
    pub(crate) fn new(seam: &Seam) -> Self {
        Self { off: seam.is_off() }
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = AttemptService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AttemptService {
            inner,
            off: self.off,
        }
    }
}

/// Polls `call` so that attempts made within it find `recording`; none, if
/// the call is not recorded, also within one that is.
pub(super) async fn within<F: Future>(recording: Option<&Recording>, call: F) -> F::Output {
    let mut call = pin!(call);
    poll_fn(|cx| {
        let _restored = Restored(CURRENT.replace(recording.map(Recording::downgrade)));
        call.as_mut().poll(cx)
    })
    .await
}

/// The recording of the call that is being polled.
pub(super) fn current() -> Option<Recording> {
    let weak = CURRENT.take();
    let recording = weak.as_ref().and_then(WeakRecording::upgrade);
    CURRENT.set(weak);
    recording
}

/// Puts back what was current outside.
struct Restored(Option<WeakRecording>);

impl Drop for Restored {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl Recording {
    /// One attempt of the call, from its start to its answer.
    pub(super) async fn attempted<E: Error + 'static>(
        &self,
        attempt: impl Future<Output = Result<Response, E>>,
    ) -> Result<Response, E> {
        let begun = self.attempt();
        let answered = attempt.await;
        match &answered {
            Ok(response) => begun.answered(response.status().as_u16()),
            Err(error) => begun.failed(error),
        }
        answered
    }
}
