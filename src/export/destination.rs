//! A destination of spans: any exporter, with a bounded buffer and batches.

use super::complaints::Complaints;
use super::gate::Gate;
use super::runtime::Runtime;
use super::weight::{encoded, held};
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use crate::urls;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// What these may weigh: with content on spans they can be large.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// What these may weigh together. Collectors refuse messages of more than
/// 4 MiB by default, and what is weighed here grows a little when encoded.
const MAX_BATCH_BYTES: usize = 3 << 20;

/// How spans are gathered for a destination (`OTEL_BSP_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batching {
    /// Spans that wait for one destination (`OTEL_BSP_MAX_QUEUE_SIZE`).
    pub(crate) max_queued: u64,
    /// Spans of one export (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`).
    pub(crate) max_batch: usize,
    /// How long a span waits for company (`OTEL_BSP_SCHEDULE_DELAY`). The
    /// default is a fifth of OpenTelemetry's: what waits is lost with the process.
    pub(crate) delay: Duration,
    /// The longest that one export may take (`OTEL_BSP_EXPORT_TIMEOUT`).
    pub(crate) export_timeout: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            max_queued: 2048,
            max_batch: 512,
            delay: Duration::from_secs(1),
            export_timeout: Duration::from_secs(30),
        }
    }
}

/// An export under way.
pub(crate) type Exporting<'a> = Pin<Box<dyn Future<Output = OTelSdkResult> + Send + 'a>>;

/// An exporter behind a pointer: `SpanExporter` itself is not object safe.
pub(crate) trait AnyExporter: Debug + Send + Sync {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_>;

    /// How many spans of the last export that went well were refused.
    fn rejected(&self) -> u64 {
        0
    }

    fn set_resource(&mut self, resource: &Resource);

    /// May block, as `shutdown` may.
    fn force_flush(&self) -> OTelSdkResult;
    fn shutdown(&self) -> OTelSdkResult;
}

impl<E: SpanExporter> AnyExporter for E {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_> {
        Box::pin(SpanExporter::export(self, batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }

    fn force_flush(&self) -> OTelSdkResult {
        SpanExporter::force_flush(self)
    }

    fn shutdown(&self) -> OTelSdkResult {
        SpanExporter::shutdown(self)
    }
}

/// The near end of a destination of spans.
#[derive(Debug)]
pub(crate) struct SpanDestination {
    account: Arc<Account>,
    queued: Arc<Queued>,
    max_queued: u64,
    sender: mpsc::UnboundedSender<Item>,
    /// Where it is counted that a span left without its content, if it may.
    shed: Option<Arc<Stats>>,
}

/// What the channel holds, whose bound it is.
#[derive(Debug, Default)]
struct Queued {
    count: AtomicU64,
    bytes: AtomicUsize,
}

#[derive(Debug)]
enum Item {
    Span(Box<SpanData>),
    Flush(std_mpsc::Sender<()>),
    Shutdown(std_mpsc::Sender<()>),
}

impl SpanDestination {
    pub(crate) fn start(
        account: Arc<Account>,
        exporter: Box<dyn AnyExporter>,
        batching: Batching,
        runtime: &Runtime,
    ) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let queued = Arc::<Queued>::default();
        let far = Far {
            complaints: Complaints::default(),
            account: Arc::clone(&account),
            queued: Arc::clone(&queued),
            exporter: Arc::from(exporter),
            batching,
        };
        runtime.spawn(far.run(items));
        Self {
            account,
            queued,
            max_queued: batching.max_queued,
            sender,
            shed: None,
        }
    }

    /// For receivers that refuse what is too large: such spans leave without
    /// what was said, rather than not at all.
    pub(crate) fn shedding(mut self, stats: Arc<Stats>) -> Self {
        self.shed = Some(stats);
        self
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Takes a span that the account already counts as queued.
    pub(crate) fn take(&self, mut span: SpanData) {
        let is_heavy = encoded(&span) > MAX_BATCH_BYTES;
        if let Some(stats) = self.shed.as_ref().filter(|_| is_heavy) {
            Gate::without_content().strip(&mut span, true);
            stats.fault(Fault::ContentShed);
        }
        let weight = held(&span);
        // The bound of the channel: its length is the account's.
        let queued = self.queued.bytes.load(Relaxed);
        if self.account.at(Stage::Queued) > self.max_queued
            || (queued > 0 && queued + weight > MAX_QUEUED_BYTES)
        {
            return self.account.lose(Stage::Queued, DropReason::SpoolFull, 1);
        }
        self.queued.bytes.fetch_add(weight, Relaxed);
        self.queued.count.fetch_add(1, Relaxed);
        if self.sender.send(Item::Span(Box::new(span))).is_err() {
            self.account.lose(Stage::Queued, DropReason::Shutdown, 1);
        }
    }

    /// Asks for everything to leave; `done` is dropped or told when it has.
    pub(crate) fn flush(&self, done: std_mpsc::Sender<()>) {
        // A closed channel drops `done`, which wakes whoever waits for it.
        drop(self.sender.send(Item::Flush(done)));
    }

    /// As [`flush`](Self::flush), and then the exporter's own end.
    pub(crate) fn shut_down(&self, done: std_mpsc::Sender<()>) {
        drop(self.sender.send(Item::Shutdown(done)));
    }
}

/// The far end: batches, one export after the other.
struct Far {
    account: Arc<Account>,
    queued: Arc<Queued>,
    exporter: Arc<dyn AnyExporter>,
    batching: Batching,
    complaints: Complaints,
}

/// What leaves together, and who waits for it.
#[derive(Default)]
struct Batch {
    spans: Vec<SpanData>,
    /// When they are encoded.
    bytes: usize,
    /// As they are.
    held: usize,
    flushes: Vec<std_mpsc::Sender<()>>,
    is_last: bool,
}

impl Far {
    async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(item) => Some(item),
                None => items.recv().await,
            };
            let Some(first) = first else { break };
            let (batch, left) = gather(first, &mut items, self.batching).await;
            next = left;
            let count = u64::try_from(batch.spans.len()).unwrap_or_default();
            self.queued.bytes.fetch_sub(batch.held, Relaxed);
            self.queued.count.fetch_sub(count, Relaxed);
            if !batch.spans.is_empty() {
                self.export(batch.spans).await;
            }
            if !batch.flushes.is_empty() {
                self.have_exporter(|exporter| exporter.force_flush()).await;
            }
            if batch.is_last {
                self.have_exporter(|exporter| exporter.shutdown()).await;
            }
            for done in batch.flushes {
                // Nobody waits any more: a deadline has passed.
                done.send(()).ok();
            }
        }
    }

    /// What may block is done beside this thread, on which all destinations are.
    async fn have_exporter(
        &self,
        act: impl FnOnce(&dyn AnyExporter) -> OTelSdkResult + Send + 'static,
    ) {
        let exporter = Arc::clone(&self.exporter);
        let acted = tokio::task::spawn_blocking(move || act(exporter.as_ref()));
        if let Ok(Ok(Err(error))) = timeout(self.batching.export_timeout, acted).await {
            let destination = self.account.name();
            let error = urls::without_secrets(&error.to_string());
            tracing::debug!(target: "turnspan", destination, error, "exporter");
        }
    }

    async fn export(&mut self, batch: Vec<SpanData>) {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let limit = self.batching.export_timeout;
        // What an export that was given up may have left.
        self.exporter.rejected();
        let failed = match timeout(limit, self.exporter.export(batch)).await {
            Ok(Ok(())) => {
                let rejected = self.exporter.rejected().min(count);
                self.account.deliver(Stage::Queued, count - rejected);
                self.account
                    .lose(Stage::Queued, DropReason::Rejected, rejected);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => format!("no answer within {limit:?}"),
        };
        self.account
            .lose(Stage::Queued, DropReason::Unreachable, count);
        self.complaints.tell(self.account.name(), count, &failed);
    }
}

/// A batch ends when it is full, by count or by weight, when its first span
/// has waited long enough, or when a flush is asked for. Gives back what did
/// not fit: one heavy span costs its neighbours nothing.
async fn gather(
    first: Item,
    items: &mut mpsc::UnboundedReceiver<Item>,
    batching: Batching,
) -> (Batch, Option<Item>) {
    let deadline = Instant::now() + batching.delay;
    let mut batch = Batch::default();
    let mut next = Some(first);
    while let Some(item) = next {
        match item {
            Item::Flush(done) => batch.flushes.push(done),
            Item::Shutdown(done) => {
                batch.flushes.push(done);
                batch.is_last = true;
            }
            Item::Span(span) => {
                let weight = encoded(&span);
                if !batch.spans.is_empty() && batch.bytes + weight > MAX_BATCH_BYTES {
                    return (batch, Some(Item::Span(span)));
                }
                batch.bytes += weight;
                batch.held += held(&span);
                batch.spans.push(*span);
            }
        }
        if batch.spans.len() >= batching.max_batch || !batch.flushes.is_empty() {
            break;
        }
        next = timeout_at(deadline, items.recv()).await.ok().flatten();
    }
    (batch, None)
}
