//! A destination of spans: any exporter, with a bounded buffer and batches.

use super::runtime::Runtime;
use crate::stats::{Account, DropReason};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Spans that wait for one destination; the OpenTelemetry default for a queue.
const MAX_QUEUED: u64 = 2048;

/// Spans of one export; the OpenTelemetry default.
const MAX_BATCH: usize = 512;

/// How long a span waits for company.
const BATCH_DELAY: Duration = Duration::from_secs(1);

/// The longest that one export may take; the OTLP default.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// An exporter behind a pointer: `SpanExporter` itself is not object safe.
pub(crate) trait AnyExporter: Debug + Send + Sync {
    fn export(
        &self,
        batch: Vec<SpanData>,
    ) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>>;
    fn set_resource(&mut self, resource: &Resource);
    fn shutdown(&self) -> OTelSdkResult;
}

impl<E: SpanExporter> AnyExporter for E {
    fn export(
        &self,
        batch: Vec<SpanData>,
    ) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>> {
        Box::pin(SpanExporter::export(self, batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }

    fn shutdown(&self) -> OTelSdkResult {
        SpanExporter::shutdown(self)
    }
}

/// The near end of a destination of spans.
#[derive(Debug)]
pub(crate) struct SpanDestination {
    account: Arc<Account>,
    sender: mpsc::UnboundedSender<Item>,
}

#[derive(Debug)]
enum Item {
    Span(Box<SpanData>),
    Flush(std_mpsc::Sender<()>),
}

impl SpanDestination {
    pub(crate) fn start(
        account: Arc<Account>,
        exporter: Box<dyn AnyExporter>,
        runtime: &Runtime,
    ) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        runtime.spawn(run(Arc::clone(&account), exporter, receiver));
        Self { account, sender }
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Takes a span that the account already counts as queued.
    pub(crate) fn take(&self, span: SpanData) {
        // The bound of the channel: its length is the account's.
        if self.account.queued() > MAX_QUEUED {
            self.account.drop_queued(DropReason::SpoolFull, 1);
        } else if self.sender.send(Item::Span(Box::new(span))).is_err() {
            self.account.drop_queued(DropReason::Shutdown, 1);
        }
    }

    /// Asks for everything to leave; `done` is dropped or told when it has.
    pub(crate) fn flush(&self, done: std_mpsc::Sender<()>) {
        // A closed channel drops `done`, which wakes whoever waits for it.
        drop(self.sender.send(Item::Flush(done)));
    }
}

async fn run(
    account: Arc<Account>,
    exporter: Box<dyn AnyExporter>,
    mut items: mpsc::UnboundedReceiver<Item>,
) {
    while let Some(first) = items.recv().await {
        let (batch, flushes) = gather(first, &mut items).await;
        if !batch.is_empty() {
            export(&account, exporter.as_ref(), batch).await;
        }
        for done in flushes {
            // Nobody waits any more: a deadline has passed.
            done.send(()).ok();
        }
    }
    // The exporter's own end; its spans have all left.
    drop(exporter.shutdown());
}

/// A batch ends when it is full, when its first span has waited long enough,
/// or when a flush is asked for.
async fn gather(
    first: Item,
    items: &mut mpsc::UnboundedReceiver<Item>,
) -> (Vec<SpanData>, Vec<std_mpsc::Sender<()>>) {
    let deadline = Instant::now() + BATCH_DELAY;
    let (mut batch, mut flushes) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(item) = next {
        match item {
            Item::Span(span) => batch.push(*span),
            Item::Flush(done) => flushes.push(done),
        }
        if batch.len() >= MAX_BATCH || !flushes.is_empty() {
            break;
        }
        next = timeout_at(deadline, items.recv()).await.ok().flatten();
    }
    (batch, flushes)
}

async fn export(account: &Account, exporter: &dyn AnyExporter, batch: Vec<SpanData>) {
    let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
    match timeout(EXPORT_TIMEOUT, exporter.export(batch)).await {
        Ok(Ok(())) => account.deliver(count),
        Ok(Err(error)) => {
            account.drop_queued(DropReason::Unreachable, count);
            tracing::warn!(target: "turnspan", destination = account.name(), lost = count, %error, "export failed");
        }
        Err(_elapsed) => {
            account.drop_queued(DropReason::Unreachable, count);
            tracing::warn!(target: "turnspan", destination = account.name(), lost = count, "export timed out");
        }
    }
}
