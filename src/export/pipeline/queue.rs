//! The queue between callers and the pipeline's thread.
//!
//! What is due has a bound, by count and by bytes; word of a flush or of the end
//! always has room, so that nobody waits to say it.

use super::Message;
use crate::stats::DropReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};

/// Spans on their way to the pipeline: twice what OpenTelemetry's own batch
/// processor holds, as nothing waits here for the network.
pub(super) const MAX_QUEUED: usize = 4096;

/// Content that the queue keeps alive.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// The near end.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Sender<Message>,
    held: Arc<Held>,
}

/// What is in the queue.
#[derive(Debug, Default)]
pub(super) struct Held {
    count: AtomicUsize,
    bytes: AtomicUsize,
}

impl Queue {
    pub(super) fn new() -> (Self, Receiver<Message>) {
        let (sender, receiver) = channel();
        let held = Arc::default();
        (Self { sender, held }, receiver)
    }

    /// What the far end takes out of.
    pub(super) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held)
    }

    /// Sends a message if there is room for it; gives it back if not.
    pub(super) fn offer(&self, message: Message) -> Result<(), (Message, DropReason)> {
        let weight = message.weight();
        if !self.held.add(weight) {
            return Err((message, DropReason::QueueFull));
        }
        self.sender.send(message).map_err(|SendError(message)| {
            self.held.remove(weight);
            (message, DropReason::Shutdown)
        })
    }

    /// Sends what always has room. A thread that is gone hears nothing.
    pub(super) fn say(&self, message: Message) {
        drop(self.sender.send(message));
    }
}

impl Held {
    /// Whether there was room. One message fits, however heavy it is.
    fn add(&self, weight: usize) -> bool {
        let count = self.count.fetch_add(1, Relaxed);
        let bytes = self.bytes.fetch_add(weight, Relaxed);
        let fits = count < MAX_QUEUED && (bytes == 0 || bytes + weight <= MAX_QUEUED_BYTES);
        if !fits {
            self.remove(weight);
        }
        fits
    }

    pub(super) fn remove(&self, weight: usize) {
        self.count.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(weight, Relaxed);
    }
}
