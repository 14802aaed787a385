//! The one queue and the one thread that finished spans pass.
//!
//! Ending a span moves it, with the content that belongs to it, into a queue
//! that is bounded by count and by bytes; a full queue drops and counts. The
//! thread behind it converts for TES, then takes out what span destinations
//! may not see, then forwards.

mod callers;
mod destinations;
mod far;
mod handover;
mod processor;
mod queue;

pub(crate) use destinations::Destinations;
pub(crate) use processor::Processor;

use super::tes::{ByHand, TesLane};
use crate::operation::{Content, OpenCall, Outlet};
use crate::process::Process;
use crate::stats::{DropReason, Fault, Stage, Stats};
use crate::turn::Turn;
use destinations::Finished;
use far::Far;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use queue::Queue;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// The near end of the pipeline: span processor and outlet in one.
#[derive(Debug)]
pub(crate) struct Pipeline {
    queue: Queue,
    destinations: Arc<Destinations>,
    stats: Arc<Stats>,
    /// Where its thread is.
    process: Process,
    is_fork_told: AtomicBool,
    /// Its end was asked for: what comes now is lost.
    is_ended: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Closed when the thread is done.
    ended: Mutex<Receiver<()>>,
}

enum Message {
    /// A call, and the span that it is made within.
    Opened(Weak<dyn OpenCall>, Option<SpanId>),
    Finished(Box<Finished>),
    ByHand(Box<ByHand>),
    Flush(Sender<()>),
    Shutdown(Sender<()>),
}

impl Message {
    /// What the queue's bound in bytes counts.
    fn weight(&self) -> usize {
        match self {
            Self::Finished(finished) => finished.weight(),
            Self::ByHand(said) => said.weight(),
            Self::Opened(..) | Self::Flush(_) | Self::Shutdown(_) => 0,
        }
    }
}

impl Pipeline {
    pub(crate) fn start(destinations: Destinations, stats: Arc<Stats>) -> io::Result<Arc<Self>> {
        let (queue, receiver) = Queue::new();
        let destinations = Arc::new(destinations);
        let far = Far::new(Arc::clone(&destinations), queue.held(), Arc::clone(&stats));
        let (ending, ended) = channel();
        let thread = thread::Builder::new()
            .name("turnspan-pipeline".to_owned())
            .spawn(move || {
                far.run(&receiver);
                // Dropping this end tells whoever waits that the thread is done.
                drop::<Sender<()>>(ending);
            })?;
        Ok(Arc::new(Self {
            queue,
            destinations,
            stats,
            process: Process::this(),
            is_fork_told: AtomicBool::new(false),
            is_ended: AtomicBool::new(false),
            thread: Mutex::new(Some(thread)),
            ended: Mutex::new(ended),
        }))
    }

    pub(crate) fn destinations(&self) -> &Destinations {
        &self.destinations
    }

    /// Whether this is a forked child, which has no thread of the pipeline. It
    /// says so once.
    pub(crate) fn is_forked(&self) -> bool {
        let is_forked = self.process.is_left();
        if is_forked && !self.is_fork_told.swap(true, Relaxed) {
            tell_of_fork();
        }
        is_forked
    }

    /// Whether there is anything to wait for.
    pub(crate) fn is_running(&self) -> bool {
        !self.is_ended.load(Relaxed) && !self.is_forked()
    }

    /// Has everything that is queued now leave; `done` is told by every
    /// destination, and dropped by one that is gone.
    pub(crate) fn flush(&self, done: Sender<()>) {
        self.say(Message::Flush(done));
    }

    /// Ends open calls, then empties the queue and ends the thread.
    pub(crate) fn shut_down(&self, done: Sender<()>) {
        self.is_ended.store(true, Relaxed);
        self.say(Message::Shutdown(done));
    }

    /// Wakes the thread: not for a caller's hot path.
    fn say(&self, message: Message) {
        self.queue.say(message);
        if let Some(thread) = &*self.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.thread().unpark();
        }
    }

    /// Waits for the thread until `deadline`. One that is held up, by a logger
    /// of the user's, is left to itself.
    pub(crate) fn join(&self, deadline: Instant) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        let ended = ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread.filter(|_| ended) {
            drop(thread.join());
        }
    }

    /// Takes what was said by hand for TES.
    pub(crate) fn tell(&self, said: ByHand) {
        let Some(tes) = &self.destinations.tes else {
            return;
        };
        if let Some(reason) = self.send(Message::ByHand(Box::new(said))).err() {
            tes.account().enqueue();
            tes.account().lose(Stage::Queued, reason, 1);
        }
    }

    /// Something went wrong that is said by hand.
    pub(crate) fn fault(&self, fault: Fault) {
        self.stats.fault(fault);
    }

    fn finish(&self, span: SpanData) {
        let content = handover::take(self.key(), span.span_context.span_id());
        let is_sampled = span.span_context.is_sampled();
        let finished = Finished {
            due_at_tes: self
                .destinations
                .tes
                .as_ref()
                .is_some_and(|tes| tes.is_due(&span)),
            due_as_log: is_sampled && self.destinations.logs.is_some() && Turn::is_made_of(&span),
            due_as_span: is_sampled && !self.destinations.spans.is_empty(),
            span,
            content,
        };
        if finished.due_at_tes || finished.due_as_log || finished.due_as_span {
            self.enqueue(finished);
        }
    }

    fn enqueue(&self, finished: Finished) {
        for account in self.destinations.due(&finished) {
            account.enqueue();
        }
        let Err((Message::Finished(finished), reason)) =
            self.offer(Message::Finished(Box::new(finished)))
        else {
            return;
        };
        for account in self.destinations.due(&finished) {
            account.lose(Stage::Queued, reason, 1);
        }
        let logs = self.destinations.logs.as_ref();
        if let Some(logs) = logs.filter(|_| finished.due_as_log) {
            logs.refused(reason);
        }
    }

    fn send(&self, message: Message) -> Result<(), DropReason> {
        self.offer(message).map_err(|(_, reason)| reason)
    }

    fn offer(&self, message: Message) -> Result<(), (Message, DropReason)> {
        if self.is_forked() {
            return Err((message, DropReason::Forked));
        }
        self.queue.offer(message)
    }

    /// What tells this pipeline from any other of the process.
    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl Outlet for Pipeline {
    fn is_forked(&self) -> bool {
        self.is_forked()
    }

    fn wants_content(&self) -> bool {
        let destinations = &self.destinations;
        let tes = destinations.tes.as_ref();
        let logs = destinations.logs.as_ref();
        tes.is_some_and(TesLane::wants_content) || logs.is_some_and(|logs| logs.details)
    }

    fn reads_histories(&self) -> bool {
        let tes = self.destinations.tes.as_ref();
        tes.is_some_and(TesLane::gathers)
    }

    fn opened(&self, call: Weak<dyn OpenCall>, within: Option<[u8; 8]>) {
        let within = within.map(SpanId::from_bytes);
        if self.queue.offer(Message::Opened(call, within)).is_err() {
            self.stats.fault(Fault::OpenCallUnlisted);
        }
    }

    fn end_beside(&self, span: [u8; 8], content: Content, end: &mut dyn FnMut()) {
        let destinations = &self.destinations;
        let is_wanted = destinations.tes.is_some() || destinations.logs.is_some();
        let span = SpanId::from_bytes(span);
        let is_due = is_wanted || content.repeats_a_secret;
        let _offered = is_due.then(|| handover::offer(self.key(), span, content, &self.stats));
        end();
    }
}

/// On a thread for this alone: a log may wait, and a caller may not.
fn tell_of_fork() {
    let thread = thread::Builder::new().name("turnspan-fork".to_owned());
    drop(thread.spawn(|| {
        tracing::warn!(
            target: "turnspan",
            "telemetry is off in this process: it was forked from the one that started it; \
             call `turnspan::init()` after the fork",
        );
    }));
}

/// Waits until every sender of `done` has spoken or is gone.
pub(crate) fn wait_for_all(done: &Receiver<()>, deadline: Instant) -> bool {
    loop {
        let patience = deadline.saturating_duration_since(Instant::now());
        match done.recv_timeout(patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return true,
            Err(RecvTimeoutError::Timeout) => return false,
        }
    }
}
