//! The calls that this thread is in the middle of polling: how an attempt finds
//! the call that it belongs to.
//!
//! A stack, as a call may be made within a call, and as two telemetries may
//! record the same one. Each finds its own.

use super::Seam;
use crate::record::{Recording, WeakRecording};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;

thread_local! {
    static CALLS: RefCell<Vec<Around>> = const { RefCell::new(Vec::new()) };
}

struct Around {
    seam: Seam,
    /// None of a call that is not recorded.
    recording: Option<WeakRecording>,
}

/// Polls `call` so that attempts made within it find `recording`; none, if
/// the call is not recorded, also within one that is.
pub(super) async fn within<F: Future>(
    seam: &Seam,
    recording: Option<&Recording>,
    call: F,
) -> F::Output {
    let mut call = pin!(call);
    poll_fn(|cx| {
        let _entered = enter(seam, recording);
        call.as_mut().poll(cx)
    })
    .await
}

/// As [`within`], until the guard is dropped.
pub(super) fn enter(seam: &Seam, recording: Option<&Recording>) -> Entered {
    let around = Around {
        seam: seam.clone(),
        recording: recording.map(Recording::downgrade),
    };
    let entered = CALLS.try_with(|calls| calls.borrow_mut().push(around));
    Entered {
        is_in: entered.is_ok(),
    }
}

/// The recording that is being polled, of the telemetry of `seam`.
pub(super) fn current(seam: &Seam) -> Option<Recording> {
    let innermost = CALLS.try_with(|calls| {
        let calls = calls.borrow();
        let mut inner_first = calls.iter().rev();
        let own = inner_first.find(|around| around.seam.is_same_telemetry(seam))?;
        own.recording.as_ref()?.upgrade()
    });
    innermost.ok().flatten()
}

/// Takes the call off again when dropped.
pub(super) struct Entered {
    is_in: bool,
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.is_in {
            // Dropped outside of the borrow: the last handle ends a recording.
            drop(CALLS.try_with(|calls| calls.borrow_mut().pop()));
        }
    }
}
