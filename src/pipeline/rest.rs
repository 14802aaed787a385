//! When the pipeline's thread rests, and what wakes it.
//!
//! Waking a thread costs whoever does it more than all the rest of a recording.
//! So the thread looks again after a short nap, for as long as there is so much
//! to do that a nap is worth it: for each message one nap without any. Then it
//! sleeps, and whoever has something finished wakes it. A call that begins does
//! not: nothing is due before it ends.

use super::Message;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst, fence};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

/// Below the 20 ms that a turn may take to reach its spool.
const NAP: Duration = Duration::from_millis(5);

/// After that many in vain nobody is about to come.
const MOST_NAPS: u32 = 10;

/// What the near end knows of the thread.
#[derive(Debug, Default)]
pub(super) struct Sleeper {
    is_asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

/// The far end.
#[derive(Debug)]
pub(super) struct Rest {
    sleeper: Arc<Sleeper>,
    naps: u32,
}

impl Sleeper {
    /// Something was sent that is due: the thread wakes up, or will look.
    pub(super) fn call(&self) {
        // After the message, as the thread looks for one after it has said that
        // it sleeps: one of both sees the other.
        fence(SeqCst);
        if self.is_asleep.load(Relaxed) && self.is_asleep.swap(false, SeqCst) {
            self.shake();
        }
    }

    /// Ends a nap too.
    pub(super) fn shake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// Held beside the sender, and dropped after it: the thread learns that nobody
/// can send any more.
#[derive(Debug)]
pub(super) struct Waking(pub(super) Arc<Sleeper>);

impl Drop for Waking {
    fn drop(&mut self) {
        self.0.shake();
    }
}

impl Rest {
    /// On the thread that rests.
    pub(super) fn of(sleeper: Arc<Sleeper>) -> Self {
        sleeper.thread.get_or_init(thread::current);
        Self { sleeper, naps: 0 }
    }

    /// The next message; none when nobody can send any more.
    pub(super) fn next(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        loop {
            match messages.try_recv() {
                Ok(message) => {
                    self.naps = MOST_NAPS.min(self.naps + 1);
                    return Some(message);
                }
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            if let Some(fewer) = self.naps.checked_sub(1) {
                self.naps = fewer;
                thread::park_timeout(NAP);
                continue;
            }
            // The message that wakes it is no reason for a nap.
            match self.sleep(messages) {
                Ok(message) => return Some(message),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
        }
    }

    /// Until somebody calls, or not at all if something came just before.
    fn sleep(&self, messages: &Receiver<Message>) -> Result<Message, TryRecvError> {
        self.sleeper.is_asleep.store(true, SeqCst);
        fence(SeqCst);
        let found = match messages.try_recv() {
            Err(TryRecvError::Empty) => {
                thread::park();
                messages.try_recv()
            }
            found => found,
        };
        self.sleeper.is_asleep.store(false, SeqCst);
        found
    }
}
