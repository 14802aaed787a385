//! A destination of spans: any exporter, with a bounded buffer and batches.

mod batch;
mod courier;

use super::any_exporter::AnyExporter;
use super::batching::Batching;
use crate::background::complaints::Complaints;
use crate::background::runtime::Runtime;
use crate::gate::Gate;
use crate::pipeline::{Destination, Finished};
use crate::span::weight::{encoded, held};
use crate::stats::{Account, DropReason, Fault, Stats};
use batch::{Item, MAX_BATCH_BYTES};
use courier::Courier;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::Instant;
use tokio::sync::mpsc;

/// What these may weigh: with content on spans they can be large.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// The near end of a destination of spans.
#[derive(Debug)]
pub(crate) struct SpanDestination {
    account: Arc<Account>,
    queued: Arc<Queued>,
    max_queued: u64,
    sender: mpsc::UnboundedSender<Item>,
    /// Whether a span may leave without its content.
    sheds: bool,
    /// Whether spans of a provider of the user's are left to its own exporters.
    own_only: bool,
    stats: Arc<Stats>,
    /// The thread of an exporter that may block: `None` once ended.
    own: Mutex<Option<Runtime>>,
}

/// What the channel holds, whose bound it is; and what is to be said of the far
/// end.
#[derive(Debug, Default)]
struct Queued {
    count: AtomicU64,
    bytes: AtomicUsize,
    /// A flush of the exporter's own, or its end, went wrong.
    has_failed: AtomicBool,
}

impl SpanDestination {
    /// A destination of ours, beside others on a thread.
    pub(crate) fn start(
        account: Arc<Account>,
        exporter: Box<dyn AnyExporter>,
        batching: Batching,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let queued = Arc::<Queued>::default();
        let courier = Courier {
            complaints: Complaints::default(),
            account: Arc::clone(&account),
            queued: Arc::clone(&queued),
            exporter: Arc::from(exporter),
            batching,
            stats: Arc::clone(stats),
        };
        runtime.spawn(stats, courier.run(items));
        Self {
            account,
            queued,
            max_queued: batching.max_queued,
            sender,
            sheds: false,
            own_only: false,
            stats: Arc::clone(stats),
            own: Mutex::default(),
        }
    }

    /// A user's exporter, on a thread of its own: it may block there.
    pub(crate) fn start_apart(
        account: Arc<Account>,
        exporter: Box<dyn AnyExporter>,
        batching: Batching,
        stats: &Arc<Stats>,
    ) -> io::Result<Self> {
        let runtime = Runtime::start("turnspan-exporter")?;
        let destination = Self::start(account, exporter, batching, &runtime, stats);
        Ok(Self {
            own: Mutex::new(Some(runtime)),
            ..destination
        })
    }

    /// For receivers that refuse what is too large: such spans leave without
    /// what was said, rather than not at all.
    pub(crate) fn shedding(mut self) -> Self {
        self.sheds = true;
        self
    }

    /// For what the environment asks for: exporters of a provider of the user's
    /// follow the same variables.
    pub(crate) fn of_own_spans(mut self, own_only: bool) -> Self {
        self.own_only = own_only;
        self
    }
}

impl Destination for SpanDestination {
    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn takes_theirs(&self) -> bool {
        !self.own_only
    }

    fn set_resource(&self, resource: &Resource) {
        if self.takes_theirs() {
            let resource = Box::new(resource.clone());
            drop(self.sender.send(Item::Resource(resource)));
        }
    }

    fn is_due(&self, span: &SpanData) -> bool {
        span.span_context.is_sampled()
    }

    fn take(&self, finished: Finished<'_>) {
        let mut span = finished.span;
        if self.sheds && encoded(&span) > MAX_BATCH_BYTES {
            Gate::without_content().strip(span.to_mut(), true);
            self.stats.fault(Fault::ContentShed);
        }
        let weight = held(&span);
        let queued = self.queued.bytes.load(Relaxed);
        if self.queued.count.load(Relaxed) >= self.max_queued
            || (queued > 0 && queued + weight > MAX_QUEUED_BYTES)
        {
            return self.lose(DropReason::SpoolFull);
        }
        self.queued.bytes.fetch_add(weight, Relaxed);
        self.queued.count.fetch_add(1, Relaxed);
        let span = Box::new(span.into_owned());
        if self.sender.send(Item::Span(span)).is_err() {
            self.lose(DropReason::Shutdown);
        }
    }

    fn flush(&self, done: std_mpsc::Sender<()>) {
        drop(self.sender.send(Item::Flush(done)));
    }

    /// And then the exporter's own end.
    fn shut_down(&self, done: std_mpsc::Sender<()>) {
        drop(self.sender.send(Item::Shutdown(done)));
    }

    fn stop(&self, deadline: Instant) {
        let own = self
            .own
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut runtime) = own {
            runtime.stop(deadline);
        }
    }

    fn take_failure(&self) -> bool {
        self.queued.has_failed.swap(false, Relaxed)
    }
}
