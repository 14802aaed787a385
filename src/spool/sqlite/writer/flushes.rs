//! Who waits until what was there when they asked has come to its end.
//!
//! Rows of ours get ever greater numbers: all that was there is up to one of
//! them. What the file does not have bears none, and is waited for as a whole.

use super::Writer;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Sender;

/// One of them.
#[derive(Debug)]
pub(super) struct Flush {
    /// The file that was in use.
    file: u32,
    /// The greatest row in it.
    until: i64,
    done: Sender<()>,
}

impl Writer {
    /// All that was pushed before has a row, or never gets one.
    pub(super) fn flush(&mut self, done: Sender<()>) {
        self.commit();
        let (file, until) = (self.store.number(), self.store.greatest());
        self.flushes.push(Flush { file, until, done });
    }

    pub(super) fn tell_flushed(&mut self) {
        let (over, not_over) = std::mem::take(&mut self.flushes)
            .into_iter()
            .partition(|flush| self.is_over(flush));
        self.flushes = not_over;
        for Flush { done, .. } in over {
            self.shared.flushes.fetch_sub(1, Relaxed);
            // Nobody waits any more: a deadline has passed.
            done.send(()).ok();
        }
    }

    fn is_over(&self, flush: &Flush) -> bool {
        // All that went over to another file has new numbers there.
        let until = if flush.file == self.store.number() {
            flush.until
        } else {
            self.store.greatest()
        };
        let has_unread = self.has_unread && self.cursor < until;
        let has_adopted = self.adopted.iter().any(|row| *row <= until);
        !has_unread && !has_adopted && !self.shared.ready.has_until(until)
    }
}
