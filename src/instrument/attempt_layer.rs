//! The position inside the client's retries: one attempt after the other.

use super::Seam;
use super::recording::{Recording, WeakRecording};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use tower_layer::Layer;

thread_local! {
    /// The recording of the request that was built last on this thread.
    static BUILT: Cell<Option<WeakRecording>> = const { Cell::new(None) };
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

/// Says whose request is being built; called by the operation layer at the
/// end of a build, whichever layers lie between the two.
pub(super) fn announce(recording: &Recording) {
    BUILT.set(Some(recording.downgrade()));
}

/// Awaits `build` and tells whose request it built.
///
/// The announcement is read in the very poll that finishes the build, so that
/// no other task of this thread can come between.
pub(super) async fn built_by<F: Future>(build: F) -> (F::Output, Option<Recording>) {
    let mut build = pin!(build);
    poll_fn(|cx| {
        BUILT.take();
        build.as_mut().poll(cx).map(|request| {
            let recording = BUILT.take().and_then(|weak| weak.upgrade());
            (request, recording)
        })
    })
    .await
}
