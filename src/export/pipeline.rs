//! The one queue and the one thread that finished spans pass.
//!
//! Ending a span moves it, with the content that belongs to it, into a queue
//! that is bounded by count and by bytes; a full queue drops and counts. The
//! thread behind it converts for TES, then takes out what span destinations
//! may not see, then forwards.

use super::destination::SpanDestination;
use super::tes::TesLane;
use super::without_content::Gate;
use crate::operation::{Content, OpenCall, Outlet};
use crate::stats::{Account, DropReason, Fault, Stats};
use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Spans on their way to the pipeline: twice what OpenTelemetry's own batch
/// processor holds, as nothing waits here for the network.
const MAX_QUEUED: usize = 4096;

/// Content that the queue keeps alive.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// Calls that are known to be open before the list is swept.
const SWEEP_AT: usize = 1024;

thread_local! {
    /// What the recording on this thread says belongs to the span it ends next.
    static OFFERED: Cell<Option<Content>> = const { Cell::new(None) };
}

/// Where spans go.
#[derive(Debug)]
pub(crate) struct Destinations {
    pub(crate) tes: Option<TesLane>,
    pub(crate) spans: Vec<SpanDestination>,
    pub(crate) gate: Gate,
}

/// The near end of the pipeline: span processor and outlet in one.
#[derive(Debug)]
pub(crate) struct Pipeline {
    sender: SyncSender<Message>,
    queued_bytes: Arc<AtomicUsize>,
    destinations: Arc<Destinations>,
    stats: Arc<Stats>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Opened(Weak<dyn OpenCall>),
    Finished(Box<Finished>),
    Flush(Sender<()>),
    Shutdown(Sender<()>),
}

/// A finished span, its content, and where it is due.
struct Finished {
    span: SpanData,
    content: Option<Content>,
    due_at_tes: bool,
    due_as_span: bool,
}

impl Destinations {
    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        let tes = self.tes.iter().map(TesLane::account);
        let spans = self.spans.iter().map(SpanDestination::account);
        tes.chain(spans).cloned().collect()
    }

    /// The accounts that a finished span is due to.
    fn due(&self, finished: &Finished) -> impl Iterator<Item = &Arc<Account>> {
        let tes = self
            .tes
            .iter()
            .filter(|_| finished.due_at_tes)
            .map(TesLane::account);
        let as_span = finished.due_as_span;
        tes.chain(
            self.spans
                .iter()
                .filter(move |_| as_span)
                .map(SpanDestination::account),
        )
    }

    fn take(&self, finished: Finished) {
        let Finished {
            mut span,
            content,
            due_at_tes,
            due_as_span,
        } = finished;
        if let Some(tes) = self.tes.as_ref().filter(|_| due_at_tes) {
            tes.take(&span, content);
        }
        if !due_as_span {
            return;
        }
        self.gate.strip(&mut span);
        if let Some((last, others)) = self.spans.split_last() {
            for destination in others {
                destination.take(span.clone());
            }
            last.take(span);
        }
    }
}

impl Pipeline {
    pub(crate) fn start(destinations: Destinations, stats: Arc<Stats>) -> io::Result<Arc<Self>> {
        let (sender, receiver) = sync_channel(MAX_QUEUED);
        let destinations = Arc::new(destinations);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let far = Far {
            destinations: Arc::clone(&destinations),
            queued_bytes: Arc::clone(&queued_bytes),
            open: Vec::new(),
            sweep_at: SWEEP_AT,
        };
        let thread = thread::Builder::new()
            .name("turnspan-pipeline".to_owned())
            .spawn(move || far.run(&receiver))?;
        let thread = Mutex::new(Some(thread));
        Ok(Arc::new(Self {
            sender,
            queued_bytes,
            destinations,
            stats,
            thread,
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

    /// Waits for the thread; only after `shut_down` was acknowledged.
    pub(crate) fn join(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }

    fn finish(&self, span: SpanData) {
        let content = OFFERED.take();
        let finished = Finished {
            due_at_tes: self
                .destinations
                .tes
                .as_ref()
                .is_some_and(|tes| tes.is_due(&span)),
            due_as_span: span.span_context.is_sampled() && !self.destinations.spans.is_empty(),
            span,
            content,
        };
        if finished.due_at_tes || finished.due_as_span {
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
                account.drop_queued(reason, 1);
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
            Message::Opened(_) | Message::Flush(_) | Message::Shutdown(_) => None,
        }
    }
}

impl Outlet for Pipeline {
    fn wants_content(&self) -> bool {
        self.destinations
            .tes
            .as_ref()
            .is_some_and(TesLane::wants_content)
    }

    fn opened(&self, call: Weak<dyn OpenCall>) {
        if self.sender.try_send(Message::Opened(call)).is_err() {
            self.stats.fault(Fault::OpenCallUnlisted);
        }
    }

    fn offer(&self, content: Content) {
        OFFERED.set(Some(content));
    }

    fn withdraw(&self) {
        if OFFERED.take().is_some() {
            self.stats.fault(Fault::ContentOrphaned);
        }
    }
}

/// A pipeline as the span processor of a provider.
#[derive(Debug)]
pub(crate) struct Processor(pub(crate) Arc<Pipeline>);

impl SpanProcessor for Processor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.finish(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        let (done, flushed) = std::sync::mpsc::channel();
        self.0.flush(done);
        wait_for_all(&flushed, std::time::Instant::now() + FLUSH_TIMEOUT)
            .then_some(())
            .ok_or(OTelSdkError::Timeout(FLUSH_TIMEOUT))
    }

    /// The pipeline is shut down by the telemetry that owns it.
    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.force_flush()
    }
}

/// What `force_flush`, which has no deadline of its own, may take.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until every sender of `done` has spoken or is gone.
pub(crate) fn wait_for_all(done: &Receiver<()>, deadline: std::time::Instant) -> bool {
    use std::sync::mpsc::RecvTimeoutError::{Disconnected, Timeout};
    loop {
        let patience = deadline.saturating_duration_since(std::time::Instant::now());
        match done.recv_timeout(patience) {
            Ok(()) => {}
            Err(Disconnected) => return true,
            Err(Timeout) => return false,
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

/// The thread's side.
struct Far {
    destinations: Arc<Destinations>,
    queued_bytes: Arc<AtomicUsize>,
    open: Vec<Weak<dyn OpenCall>>,
    sweep_at: usize,
}

impl Far {
    fn run(mut self, messages: &Receiver<Message>) {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        while let Some(message) = next(messages) {
            match message {
                Message::Opened(call) => self.list(call),
                Message::Finished(finished) => self.forward(*finished),
                Message::Flush(done) => self.flush(&done),
                Message::Shutdown(done) => return self.shut_down(messages, &done),
            }
        }
    }

    /// Finished calls leave the list when it has doubled since the last sweep.
    fn list(&mut self, call: Weak<dyn OpenCall>) {
        self.open.push(call);
        if self.open.len() >= self.sweep_at {
            self.open.retain(|call| call.strong_count() > 0);
            self.sweep_at = SWEEP_AT.max(self.open.len() * 2);
        }
    }

    fn forward(&self, finished: Finished) {
        self.queued_bytes.fetch_sub(finished.weight(), Relaxed);
        self.destinations.take(finished);
    }

    fn flush(&self, done: &Sender<()>) {
        for destination in &self.destinations.spans {
            destination.flush(done.clone());
        }
        if let Some(tes) = &self.destinations.tes {
            tes.flush(done.clone());
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
        self.flush(done);
    }

    fn drain(&mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.try_recv() {
            match message {
                Message::Finished(finished) => self.forward(*finished),
                Message::Opened(call) => {
                    if let Some(call) = call.upgrade() {
                        call.end_for_shutdown();
                    }
                }
                Message::Flush(done) | Message::Shutdown(done) => self.flush(&done),
            }
        }
    }
}

impl Finished {
    /// What the queue's bound in bytes counts.
    fn weight(&self) -> usize {
        self.content.as_ref().map_or(0, |content| content.weight)
    }
}
