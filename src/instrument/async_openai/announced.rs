//! Whose a request is: said at the end of its build, and read in the very poll
//! in which it was said, so that no other task of the thread can come between.

use crate::instrument::Seam;
use crate::instrument::recording::{Recording, WeakRecording};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;

thread_local! {
    /// The recordings of the request that was built last on this thread: one of
    /// each telemetry that records it.
    static BUILT: RefCell<Vec<WeakRecording>> = const { RefCell::new(Vec::new()) };
}

/// The recordings of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Announced(Vec<WeakRecording>);

impl Announced {
    /// Says them again, for layers further in.
    pub(super) fn again(&self) {
        for recording in &self.0 {
            announce(recording.clone());
        }
    }

    /// That of the telemetry of `seam`.
    pub(super) fn of(&self, seam: &Seam) -> Option<Recording> {
        let mut open = self.0.iter().filter_map(WeakRecording::upgrade);
        open.rfind(|recording| recording.is_of(seam))
    }
}

/// Says that the request that this thread builds belongs to a recording.
pub(super) fn announce(recording: WeakRecording) {
    // While the thread ends nobody listens.
    BUILT
        .try_with(|built| built.borrow_mut().push(recording))
        .ok();
}

/// Awaits `build` and tells whose request it built. A layer around the factory
/// may go on after it was said.
pub(super) async fn built_by<F: Future>(build: F) -> (F::Output, Announced) {
    let mut build = pin!(build);
    let mut announced = Vec::new();
    poll_fn(|cx| {
        take();
        let built = build.as_mut().poll(cx);
        let said = take();
        if !said.is_empty() {
            announced = said;
        }
        built.map(|request| (request, Announced(std::mem::take(&mut announced))))
    })
    .await
}

fn take() -> Vec<WeakRecording> {
    BUILT.try_with(RefCell::take).unwrap_or_default()
}
