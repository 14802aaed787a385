//! Calls that are to become log records.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// Calls that are on their way here. How many records they become nobody knows
/// before, so they are not on the books yet; but at least one each is lost with
/// them.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    awaited: AtomicU64,
    has_ended: AtomicBool,
}

impl Calls {
    /// One is on its way; whether it is awaited.
    pub(super) fn expect(&self) -> bool {
        self.awaited.fetch_add(1, SeqCst);
        !self.has_ended.load(SeqCst)
    }

    /// Whether the next one is awaited still, and not given up.
    pub(super) fn arrive(&self) -> bool {
        let less = |awaited: u64| awaited.checked_sub(1);
        self.awaited.fetch_update(SeqCst, SeqCst, less).is_ok()
    }

    /// No more are awaited; gives how many were.
    pub(super) fn end(&self) -> u64 {
        self.has_ended.store(true, SeqCst);
        self.awaited.swap(0, SeqCst)
    }
}
