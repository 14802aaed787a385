//! The one queue and the one thread that finished spans pass.
//!
//! Ending a span moves it, with the content that belongs to it, into a queue
//! that is bounded by count and by bytes; a full queue drops and counts. The
//! thread behind it converts for TES, then takes out what span destinations
//! may not see, then forwards.

mod callers;
mod destinations;
mod far;

pub(crate) use destinations::Destinations;

use super::tes::{ByHand, TesLane};
use crate::operation::{Content, OpenCall, Outlet};
use crate::stats::{DropReason, Fault, Stage, Stats};
use crate::turn::Turn;
use destinations::Finished;
use far::Far;
use opentelemetry::Context;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Spans on their way to the pipeline: twice what OpenTelemetry's own batch
/// processor holds, as nothing waits here for the network.
const MAX_QUEUED: usize = 4096;

/// Content that the queue keeps alive.
const MAX_QUEUED_BYTES: usize = 64 << 20;

thread_local! {
    /// What the recording on this thread says belongs to the span it ends next.
    static OFFERED: Cell<Option<Content>> = const { Cell::new(None) };
}

/// The near end of the pipeline: span processor and outlet in one.
#[derive(Debug)]
pub(crate) struct Pipeline {
    sender: SyncSender<Message>,
    queued_bytes: Arc<AtomicUsize>,
    destinations: Arc<Destinations>,
    stats: Arc<Stats>,
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

impl Pipeline {
    pub(crate) fn start(destinations: Destinations, stats: Arc<Stats>) -> io::Result<Arc<Self>> {
        let (sender, receiver) = sync_channel(MAX_QUEUED);
        let destinations = Arc::new(destinations);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let far = Far::new(
            Arc::clone(&destinations),
            Arc::clone(&queued_bytes),
            Arc::clone(&stats),
        );
        let (ending, ended) = channel();
        let thread = thread::Builder::new()
            .name("turnspan-pipeline".to_owned())
            .spawn(move || {
                far.run(&receiver);
                // Dropping this end tells whoever waits that the thread is done.
                drop::<Sender<()>>(ending);
            })?;
        let thread = Mutex::new(Some(thread));
        Ok(Arc::new(Self {
            sender,
            queued_bytes,
            destinations,
            stats,
            thread,
            ended: Mutex::new(ended),
        }))
    }

    pub(crate) fn destinations(&self) -> &Destinations {
        &self.destinations
    }

    /// Has everything that is queued now leave; `done` is told by every
    /// destination, and dropped by one that is gone.
    pub(crate) fn flush(&self, done: Sender<()>) {
        self.say(Message::Flush(done));
    }

    /// Ends open calls, then empties the queue and ends the thread.
    pub(crate) fn shut_down(&self, done: Sender<()>) {
        self.say(Message::Shutdown(done));
    }

    /// May wait for room, and wakes the thread: not for a caller's hot path.
    fn say(&self, message: Message) {
        drop(self.sender.send(message));
        if let Some(thread) = &*self.thread.lock().unwrap_or_else(PoisonError::into_inner) {
            thread.thread().unpark();
        }
    }

    /// Waits for the thread until `deadline`. One that is held up, by a logger
    /// of the user's, is left to itself.
    pub(crate) fn join(&self, deadline: Instant) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        let ended = ended.recv_timeout(patience.max(GRACE)) == Err(RecvTimeoutError::Disconnected);
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
        let weight = said.weight();
        let queued = self.queued_bytes.fetch_add(weight, Relaxed);
        let fits = queued + weight <= MAX_QUEUED_BYTES || queued == 0;
        let message = Message::ByHand(Box::new(said));
        let refused = match fits.then(|| self.sender.try_send(message)) {
            Some(Ok(())) => return,
            Some(Err(TrySendError::Disconnected(_))) => DropReason::Shutdown,
            None | Some(Err(TrySendError::Full(_))) => DropReason::QueueFull,
        };
        self.queued_bytes.fetch_sub(weight, Relaxed);
        tes.account().enqueue();
        tes.account().lose(Stage::Queued, refused, 1);
    }

    fn finish(&self, span: SpanData) {
        let content = OFFERED.take();
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
        let weight = finished.weight();
        let refused = match self.queued_bytes.fetch_add(weight, Relaxed) {
            queued if queued + weight > MAX_QUEUED_BYTES && queued > 0 => {
                Some((finished, DropReason::QueueFull))
            }
            _ => self.try_send(finished),
        };
        if let Some((finished, reason)) = refused {
            self.queued_bytes.fetch_sub(weight, Relaxed);
            for account in self.destinations.due(&finished) {
                account.lose(Stage::Queued, reason, 1);
            }
            if let Some(logs) = self
                .destinations
                .logs
                .as_ref()
                .filter(|_| finished.due_as_log)
            {
                logs.refused(reason);
            }
        }
    }

    fn try_send(&self, finished: Finished) -> Option<(Finished, DropReason)> {
        let (message, reason) = match self.sender.try_send(Message::Finished(Box::new(finished))) {
            Ok(()) => return None,
            Err(TrySendError::Full(message)) => (message, DropReason::QueueFull),
            Err(TrySendError::Disconnected(message)) => (message, DropReason::Shutdown),
        };
        match message {
            Message::Finished(finished) => Some((*finished, reason)),
            Message::ByHand(_) | Message::Opened(..) | Message::Flush(_) | Message::Shutdown(_) => {
                None
            }
        }
    }
}

impl Outlet for Pipeline {
    fn wants_content(&self) -> bool {
        let destinations = &self.destinations;
        let tes = destinations.tes.as_ref();
        let logs = destinations.logs.as_ref();
        tes.is_some_and(TesLane::wants_content) || logs.is_some_and(|logs| logs.details)
    }

    fn opened(&self, call: Weak<dyn OpenCall>, within: Option<[u8; 8]>) {
        let within = within.map(SpanId::from_bytes);
        if self.sender.try_send(Message::Opened(call, within)).is_err() {
            self.stats.fault(Fault::OpenCallUnlisted);
        }
    }

    fn offer(&self, content: Content) {
        let destinations = &self.destinations;
        let is_wanted = destinations.tes.is_some() || destinations.logs.is_some();
        OFFERED.set((is_wanted || content.repeats_a_secret).then_some(content));
    }

    fn withdraw(&self) {
        if OFFERED.take().is_some() {
            self.stats.fault(Fault::ContentOrphaned);
        }
    }
}

/// A pipeline as the span processor of a provider; none if telemetry is off.
#[derive(Debug)]
pub(crate) struct Processor(pub(crate) Option<Arc<Pipeline>>);

impl SpanProcessor for Processor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if let Some(pipeline) = &self.0 {
            pipeline.finish(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        let Some(pipeline) = &self.0 else {
            return Ok(());
        };
        let (done, flushed) = channel();
        pipeline.flush(done);
        wait_for_all(&flushed, Instant::now() + FLUSH_TIMEOUT)
            .then_some(())
            .ok_or(OTelSdkError::Timeout(FLUSH_TIMEOUT))
    }

    /// The pipeline is shut down by the telemetry that owns it.
    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.force_flush()
    }
}

/// What a thread with nothing left to do needs to notice that.
const GRACE: Duration = Duration::from_millis(100);

/// What `force_flush`, which has no deadline of its own, may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until every sender of `done` has spoken or is gone.
pub(crate) fn wait_for_all(done: &Receiver<()>, deadline: Instant) -> bool {
    use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
    loop {
        let patience = deadline.saturating_duration_since(Instant::now());
        match done.recv_timeout(patience) {
            Ok(()) => {}
            Err(Disconnected) => return true,
            Err(Timeout) => return false,
        }
    }
}
