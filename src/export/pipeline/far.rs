//! The pipeline's thread.

use super::Message;
use super::callers::{Callers, Told};
use super::destinations::{Destinations, Finished};
use super::queue::{Held, MAX_QUEUED};
use crate::export::destination::SpanDestination;
use crate::export::tes::ByHand;
use crate::operation::OpenCall;
use crate::stats::{Fault, Stats};
use opentelemetry::Context;
use opentelemetry::trace::SpanId;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

/// Calls that are known to be open before the list is swept.
const SWEEP_AT: usize = 1024;

/// What the thread works with.
pub(super) struct Far {
    destinations: Arc<Destinations>,
    /// What is in the queue, which the near end adds to.
    held: Arc<Held>,
    stats: Arc<Stats>,
    open: Vec<Weak<dyn OpenCall>>,
    sweep_at: usize,
    callers: Callers,
}

impl Far {
    pub(super) fn new(destinations: Arc<Destinations>, held: Arc<Held>, stats: Arc<Stats>) -> Self {
        Self {
            destinations,
            held,
            stats,
            open: Vec::new(),
            sweep_at: SWEEP_AT,
            callers: Callers::default(),
        }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        while let Some(message) = next(messages) {
            self.taken_out(&message);
            match message {
                Message::Opened(call, within) => self.list(call, within),
                Message::Finished(finished) => self.forward(*finished),
                Message::ByHand(said) => self.tell(*said),
                Message::Flush(done) => self.flush(&done),
                Message::Shutdown(done) => return self.shut_down(messages, &done),
            }
        }
    }

    fn taken_out(&self, message: &Message) {
        if !matches!(message, Message::Flush(_) | Message::Shutdown(_)) {
            self.held.remove(message.weight());
        }
    }

    /// Finished calls leave the list when it has doubled since the last sweep.
    fn list(&mut self, call: Weak<dyn OpenCall>, within: Option<SpanId>) {
        if let Some(within) = within {
            self.callers.await_end(within, Told::default());
        }
        self.open.push(call);
        if self.open.len() >= self.sweep_at {
            self.open.retain(|call| call.strong_count() > 0);
            self.sweep_at = SWEEP_AT.max(self.open.len() * 2);
        }
    }

    fn forward(&mut self, finished: Finished) {
        let told = self.callers.told(&finished.span, finished.tells());
        // One span that cannot be handled must not end the thread for all. It
        // stays on the books as queued until the end.
        self.stats.guard(Fault::PipelinePanicked, || {
            self.destinations.take(finished, told);
        });
    }

    fn tell(&self, said: ByHand) {
        let Some(tes) = &self.destinations.tes else {
            return;
        };
        self.stats.guard(Fault::PipelinePanicked, || tes.tell(said));
    }

    fn flush(&self, done: &Sender<()>) {
        self.have_leave(done, SpanDestination::flush);
    }

    fn have_leave(&self, done: &Sender<()>, spans: impl Fn(&SpanDestination, Sender<()>)) {
        for destination in &self.destinations.spans {
            spans(destination, done.clone());
        }
        if let Some(tes) = &self.destinations.tes {
            tes.flush(done.clone());
        }
        if let Some(logs) = &self.destinations.logs {
            logs.flush(done.clone());
        }
    }

    fn shut_down(mut self, messages: &Receiver<Message>, done: &Sender<()>) {
        // Their spans come back through the queue, which is emptied as it fills.
        for call in std::mem::take(&mut self.open) {
            if let Some(call) = call.upgrade() {
                call.end_for_shutdown();
            }
            self.drain(messages);
        }
        self.drain(messages);
        if let Some(tes) = &self.destinations.tes {
            tes.end_turns();
        }
        self.have_leave(done, SpanDestination::shut_down);
    }

    /// What is there now, and not what others may go on to send.
    fn drain(&mut self, messages: &Receiver<Message>) {
        for _ in 0..MAX_QUEUED {
            let Ok(message) = messages.try_recv() else {
                return;
            };
            self.taken_out(&message);
            match message {
                Message::Finished(finished) => self.forward(*finished),
                Message::ByHand(said) => self.tell(*said),
                Message::Opened(call, _) => {
                    if let Some(call) = call.upgrade() {
                        call.end_for_shutdown();
                    }
                }
                Message::Flush(done) | Message::Shutdown(done) => self.flush(&done),
            }
        }
    }
}

/// The next message; none when nobody can send any more.
///
/// Waiting in the channel makes every sender pay for waking the thread, which
/// costs a call more than all the rest of its recording. So the thread looks
/// again after short naps, and waits in the channel only when there was nothing
/// for a while.
fn next(messages: &Receiver<Message>) -> Option<Message> {
    for _ in 0..NAPS {
        match messages.try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => thread::park_timeout(NAP),
        }
    }
    messages.recv().ok()
}

/// Below the 20 ms that a turn may take to reach its spool.
const NAP: Duration = Duration::from_millis(5);

/// A second without calls.
const NAPS: usize = 200;
