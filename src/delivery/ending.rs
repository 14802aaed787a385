//! The end of a delivery: how long it is waited for.

use crate::spool::Spool;
use crate::stats::Account;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

/// How often an end is looked at. Nobody tells when the file has everything.
pub(super) const LOOK: Duration = Duration::from_millis(5);

/// Somebody waits until everything has been delivered, or is safe.
#[derive(Debug)]
pub(super) struct Ending {
    done: Sender<()>,
    /// Told by the spool.
    settled: Receiver<()>,
}

impl Ending {
    pub(super) fn begin(spool: &dyn Spool, done: Sender<()>) -> Self {
        let (tell, settled) = channel();
        spool.flush(tell);
        Self { done, settled }
    }

    /// Whether it is over, which whoever waits has been told then. With a
    /// receiver that is down it is, once the file has everything: another attempt
    /// would fail too, and the next process makes it.
    pub(super) fn is_over(&self, is_down: bool, spool: &dyn Spool, account: &Account) -> bool {
        match self.settled.try_recv() {
            Ok(()) => {}
            Err(TryRecvError::Empty) if is_down && is_all_kept(spool, account) => {}
            Err(TryRecvError::Empty) => return false,
            // It never will be: dropping `done` says so.
            Err(TryRecvError::Disconnected) => return true,
        }
        self.done.send(()).ok();
        true
    }
}

fn is_all_kept(spool: &dyn Spool, account: &Account) -> bool {
    let kept = spool.kept();
    kept > 0 && kept >= account.under_way()
}
