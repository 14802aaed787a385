//! Whose a request is: said at the end of its build, and read in the very poll
//! in which it was said, so that no other task of the thread can come between.

use super::operation::Call;
use crate::client::Seam;
use crate::record::Recording;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Weak;

thread_local! {
    /// The calls of the request that was built last on this thread: one of each
    /// telemetry that may record it.
    static BUILT: RefCell<Vec<Weak<Call>>> = const { RefCell::new(Vec::new()) };
}

/// The calls of a request.
#[derive(Clone, Default)]
pub(super) struct Announced(Vec<Weak<Call>>);

impl Announced {
    /// Says them again, for layers further in.
    pub(super) fn again(&self) {
        for call in &self.0 {
            announce(Weak::clone(call));
        }
    }

    /// The recording of the telemetry of `seam`.
    pub(super) fn of(&self, seam: &Seam) -> Option<Recording> {
        let mut open = self.0.iter().filter_map(|call| call.upgrade()?.recording());
        open.rfind(|recording| seam.records(recording))
    }
}

/// Says that the request that this thread builds belongs to a call.
pub(super) fn announce(call: Weak<Call>) {
    // While the thread ends nobody listens.
    BUILT.try_with(|built| built.borrow_mut().push(call)).ok();
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

fn take() -> Vec<Weak<Call>> {
    BUILT.try_with(RefCell::take).unwrap_or_default()
}
