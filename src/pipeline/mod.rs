//! The one queue and the one thread that finished spans pass.
//!
//! Ending a span moves it, with the content that belongs to it, into a queue
//! that is bounded by bytes; a full queue drops and counts. The thread behind it
//! takes out what a destination may not see, and hands on. It knows destinations
//! by what they do for it alone, and none of them by name.

mod callers;
mod destination;
mod due;
mod ended;
mod handover;
mod processor;
mod queue;
mod rest;
mod seat;
mod seats;
mod view;
mod worker;

pub(crate) use destination::{Destination, Finished, Want};
pub(crate) use processor::{Origin, Processor};
pub(crate) use seat::{Policy, Seat};
pub(crate) use seats::Seats;

use crate::once;
use crate::operation::{Content, OpenCall, Outlet};
use crate::process::Process;
use crate::stats::{DropReason, Fault, Stats, Warning};
use crate::turn::Reported;
use ended::Ended;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use queue::Queue;
use rest::Sleeper;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime};
use worker::Worker;

/// The near end of the pipeline: span processor and outlet in one.
#[derive(Debug)]
pub(crate) struct Pipeline {
    queue: Queue,
    seats: Arc<Seats>,
    stats: Arc<Stats>,
    /// Where its thread is.
    process: Process,
    is_fork_told: AtomicBool,
    /// When its end was asked for: what comes after that is lost.
    ended_at: OnceLock<SystemTime>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Closed when the thread is done.
    ended: Mutex<Receiver<()>>,
}

enum Message {
    /// A call, and the span that it is made within.
    Opened(Weak<dyn OpenCall>, Option<SpanId>),
    Ended(Box<Ended>),
    /// What is reported without a span.
    Reported(Box<Reported>),
    /// A line for the log.
    Warn(String),
    /// A log is listening: what was kept since the start can be written.
    Speak,
    Flush(Sender<()>),
    Shutdown(Sender<()>),
}

impl Message {
    /// Whether the queue's bounds count it.
    fn is_due(&self) -> bool {
        !matches!(self, Self::Speak | Self::Flush(_) | Self::Shutdown(_))
    }

    /// What the queue's bound in bytes counts.
    fn weight(&self) -> usize {
        match self {
            Self::Ended(ended) => ended.weight(),
            Self::Reported(reported) => reported.weight(),
            Self::Warn(line) => line.len(),
            Self::Opened(..) | Self::Speak | Self::Flush(_) | Self::Shutdown(_) => 0,
        }
    }
}

impl Pipeline {
    pub(crate) fn start(seats: Seats, stats: Arc<Stats>) -> io::Result<Arc<Self>> {
        let sleeper = Arc::<Sleeper>::default();
        let (queue, receiver) = Queue::new(Arc::clone(&sleeper));
        let seats = Arc::new(seats);
        let worker = Worker::new(Arc::clone(&seats), queue.held(), Arc::clone(&stats));
        let (ending, ended) = channel();
        let thread = thread::Builder::new()
            .name("turnspan-pipeline".to_owned())
            .spawn(move || {
                worker.run(&receiver, sleeper);
                // Dropping this end tells whoever waits that the thread is done.
                drop::<Sender<()>>(ending);
            })?;
        Ok(Arc::new(Self {
            queue,
            seats,
            stats,
            process: Process::this(),
            is_fork_told: AtomicBool::new(false),
            ended_at: OnceLock::new(),
            thread: Mutex::new(Some(thread)),
            ended: Mutex::new(ended),
        }))
    }

    pub(crate) fn seats(&self) -> &Seats {
        &self.seats
    }

    /// Whether this is a forked child, which has no thread of the pipeline. It
    /// says so once.
    pub(crate) fn is_forked(&self) -> bool {
        let is_forked = self.process.is_left();
        if is_forked && !self.is_fork_told.swap(true, Relaxed) {
            once::warn_on_a_thread(FORKED.to_owned());
        }
        is_forked
    }

    /// Whether there is anything to wait for.
    pub(crate) fn is_running(&self) -> bool {
        !self.is_ended() && !self.is_forked()
    }

    fn is_ended(&self) -> bool {
        self.ended_at.get().is_some()
    }

    /// Has the lines about the start written: a log is listening.
    pub(crate) fn speak(&self) {
        self.queue.say(Message::Speak);
    }

    /// Has everything that is queued now leave; `done` is told by every
    /// destination, and dropped by one that is gone.
    pub(crate) fn flush(&self, done: Sender<()>) {
        self.queue.say(Message::Flush(done));
    }

    /// Ends open calls, then empties the queue and ends the thread.
    pub(crate) fn shut_down(&self, done: Sender<()>) {
        self.ended_at.get_or_init(SystemTime::now);
        self.queue.say(Message::Shutdown(done));
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

    /// Takes what is reported without a span.
    pub(crate) fn report(&self, reported: Reported) {
        if !self.seats.wants(Want::Turns) {
            return;
        }
        self.seats.of_turns().for_each(Destination::expect);
        if self.is_ended() {
            self.warn_of_the_end();
        }
        if let Err((_, reason)) = self.offer(Message::Reported(Box::new(reported))) {
            self.seats.of_turns().for_each(|it| it.lose(reason));
        }
    }

    /// Something went wrong that is said by hand.
    pub(crate) fn fault(&self, fault: Fault) {
        self.stats.fault(fault);
    }

    fn finish(&self, span: SpanData, origin: Origin) {
        let content = handover::take(self.key(), span.span_context.span_id());
        let due = self.seats.due(&span, origin);
        if !due.is_empty() {
            if self
                .ended_at
                .get()
                .is_some_and(|end| span.start_time > *end)
            {
                self.warn_of_the_end();
            }
            self.enqueue(Ended { span, content, due });
        }
    }

    fn enqueue(&self, ended: Ended) {
        self.seats.expect(&ended.due);
        let offered = self.offer(Message::Ended(Box::new(ended)));
        if let Err((Message::Ended(ended), reason)) = offered {
            self.seats.lose(&ended.due, 0, reason);
        }
    }

    fn offer(&self, message: Message) -> Result<(), (Message, DropReason)> {
        if self.is_forked() {
            return Err((message, DropReason::Forked));
        }
        self.queue.offer(message)
    }

    /// Something began that nothing is left to record.
    fn warn_of_the_end(&self) {
        if self.stats.warn(Warning::GuardDropped) {
            self.warn(AFTER_THE_END.to_owned());
        }
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
        self.seats.wants(Want::Content)
    }

    fn reads_histories(&self) -> bool {
        self.seats.wants(Want::Histories)
    }

    fn opened(&self, call: Weak<dyn OpenCall>, within: Option<[u8; 8]>) {
        // Of a call that is due somewhere its end is the sign.
        if self.is_ended() && self.seats.count() == 0 {
            self.warn_of_the_end();
        }
        let within = within.map(SpanId::from_bytes);
        if self.queue.offer(Message::Opened(call, within)).is_err() {
            self.stats.fault(Fault::OpenCallUnlisted);
        }
    }

    fn warn(&self, line: String) {
        if !self.is_running() {
            return once::warn_on_a_thread(line);
        }
        if let Err((Message::Warn(line), _)) = self.queue.offer(Message::Warn(line)) {
            once::warn_on_a_thread(line);
        }
    }

    fn end_beside(&self, span: [u8; 8], content: Content, end: &mut dyn FnMut()) {
        let span = SpanId::from_bytes(span);
        let is_due = self.seats.wants(Want::Beside) || content.repeats_a_secret;
        let _offered = is_due.then(|| handover::offer(self.key(), span, content, &self.stats));
        end();
    }
}

const FORKED: &str = "telemetry is off in this process: it was forked from the one that started \
    it; call `turnspan::init()` after the fork";

const AFTER_THE_END: &str = "a call is not recorded, because telemetry has ended: keep the guard that \
    `turnspan::init()` returns for as long as its clients and layers are used, in a variable with a \
    name or in an `Arc` (`let _ = turnspan::init()` drops it at once)";

/// Waits until so many have told that what they had has left. One that is gone
/// tells nothing.
pub(crate) fn wait_for_all(done: &Receiver<()>, deadline: Instant, count: usize) -> bool {
    (0..count).all(|_| {
        let patience = deadline.saturating_duration_since(Instant::now());
        done.recv_timeout(patience).is_ok()
    })
}
