//! The queue between callers and the pipeline's thread.
//!
//! What is due has a bound in bytes, which counts everything; word of a flush or
//! of the end always has room, so that nobody waits to say it.

use super::Message;
use super::rest::{Sleeper, Waking};
use crate::stats::DropReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};

/// What the queue keeps alive. A number of spans would say nothing of that, and
/// calls that end together are many.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// What a message takes beside what it weighs itself.
const EACH: usize = 128;

/// The near end.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Sender<Message>,
    held: Arc<Held>,
    /// After the sender.
    waking: Waking,
}

/// What is in the queue.
#[derive(Debug, Default)]
pub(super) struct Held {
    count: AtomicUsize,
    bytes: AtomicUsize,
}

/// Whether something finds room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    No,
    Yes,
    /// And from now on a quarter of the room is taken.
    Filling,
}

impl Queue {
    pub(super) fn new(sleeper: Arc<Sleeper>) -> (Self, Receiver<Message>) {
        let (sender, receiver) = channel();
        let queue = Self {
            sender,
            held: Arc::default(),
            waking: Waking(sleeper),
        };
        (queue, receiver)
    }

    /// What the far end takes out of.
    pub(super) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held)
    }

    /// Sends a message if there is room for it; gives it back if not. The thread
    /// comes for it soon: at once, if it is as far as that the queue fills.
    pub(super) fn offer(&self, message: Message) -> Result<(), (Message, DropReason)> {
        let weight = message.weight();
        let fits = self.held.add(weight);
        if fits == Fits::No {
            self.waking.0.shake();
            return Err((message, DropReason::QueueFull));
        }
        let is_due = !matches!(message, Message::Opened(..));
        self.sender.send(message).map_err(|SendError(message)| {
            self.held.remove(weight);
            (message, DropReason::Shutdown)
        })?;
        if fits == Fits::Filling {
            self.waking.0.shake();
        } else if is_due {
            self.waking.0.call();
        }
        Ok(())
    }

    /// Sends what always has room, and wakes the thread: not for a caller's hot
    /// path. A thread that is gone hears nothing.
    pub(super) fn say(&self, message: Message) {
        drop(self.sender.send(message));
        self.waking.0.shake();
    }
}

impl Held {
    /// One message fits, however heavy it is.
    fn add(&self, weight: usize) -> Fits {
        let weight = weight.saturating_add(EACH);
        self.count.fetch_add(1, Relaxed);
        let before = self.bytes.fetch_add(weight, Relaxed);
        let after = before.saturating_add(weight);
        if before > 0 && after > MAX_QUEUED_BYTES {
            self.count.fetch_sub(1, Relaxed);
            self.bytes.fetch_sub(weight, Relaxed);
            Fits::No
        } else if (before..after).contains(&(MAX_QUEUED_BYTES / 4)) {
            Fits::Filling
        } else {
            Fits::Yes
        }
    }

    pub(super) fn remove(&self, weight: usize) {
        self.count.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(weight.saturating_add(EACH), Relaxed);
    }

    /// How many messages there are, about.
    pub(super) fn count(&self) -> usize {
        self.count.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::OpenCall;
    use std::sync::Weak;
    use std::thread;

    struct Call;

    impl OpenCall for Call {
        fn end_for_shutdown(&self) {}
    }

    fn opened() -> Message {
        let nobody: Weak<dyn OpenCall> = Weak::<Call>::new();
        Message::Opened(nobody, None)
    }

    #[test]
    fn messages_without_content_have_a_weight_too() {
        let (queue, messages) = Queue::new(Arc::default());
        for _ in 0..MAX_QUEUED_BYTES / EACH {
            queue.offer(opened()).map_err(|(_, reason)| reason).unwrap();
        }
        let refused = queue.offer(opened()).map_err(|(_, reason)| reason);
        assert_eq!(refused, Err(DropReason::QueueFull));
        drop(messages);
        queue.held().remove(0);
        let refused = queue.offer(opened()).map_err(|(_, reason)| reason);
        assert_eq!(refused, Err(DropReason::Shutdown));
    }

    #[test]
    fn one_message_fits_however_heavy_it_is_and_threads_that_race_take_no_more_room() {
        let held = Held::default();
        assert_ne!(held.add(2 * MAX_QUEUED_BYTES), Fits::No);
        held.remove(2 * MAX_QUEUED_BYTES);
        let heavy = MAX_QUEUED_BYTES / 8 - EACH;
        let fitting: usize = thread::scope(|scope| {
            let adding: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..4).filter(|_| held.add(heavy) != Fits::No).count()))
                .collect();
            adding.into_iter().map(|it| it.join().unwrap()).sum()
        });
        assert!(fitting <= 8, "{fitting}");
        assert_eq!(held.count(), fitting);
    }

    #[test]
    fn the_thread_is_woken_once_on_the_way_to_a_full_queue() {
        let held = Held::default();
        let added: Vec<Fits> = (0..9)
            .map(|_| held.add(MAX_QUEUED_BYTES / 8 - EACH))
            .collect();
        let filling: Vec<usize> = (0..9).filter(|at| added[*at] == Fits::Filling).collect();
        assert_eq!((filling, added[8]), (vec![2], Fits::No));
    }
}
