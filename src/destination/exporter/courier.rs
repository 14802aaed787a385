//! Has an exporter export, one batch after the other.

use super::Queued;
use super::batch::{Item, gather};
use crate::background::caught::{Panicked, caught};
use crate::background::complaints::Complaints;
use crate::background::trouble::{Ends, Items, Trouble};
use crate::destination::any_exporter::AnyExporter;
use crate::destination::batching::Batching;
use crate::stats::{Account, DropReason, Fault, Stage, Stats, apart};
use crate::urls;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The far end: batches, one export after the other.
pub(super) struct Courier {
    pub(super) account: Arc<Account>,
    pub(super) queued: Arc<Queued>,
    pub(super) exporter: Arc<dyn AnyExporter>,
    pub(super) batching: Batching,
    pub(super) complaints: Complaints,
    pub(super) stats: Arc<Stats>,
}

impl Courier {
    pub(super) async fn run(mut self, mut items: mpsc::UnboundedReceiver<Item>) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(item) => Some(item),
                None => items.recv().await,
            };
            let first = match first {
                Some(Item::Resource(resource)) => {
                    self.set_resource(&resource);
                    continue;
                }
                Some(first) => first,
                None => break,
            };
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

    /// Nothing is under way, but for what was given up: that has the exporter
    /// still, and it keeps the resource that it has.
    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            let set = || exporter.set_resource(resource);
            self.stats.guard(Fault::ExporterPanicked, set);
        }
    }

    /// What may block is done beside this thread, on which others may be.
    async fn have_exporter(
        &self,
        act: impl FnOnce(&dyn AnyExporter) -> OTelSdkResult + Send + 'static,
    ) {
        let exporter = Arc::clone(&self.exporter);
        let acted = tokio::task::spawn_blocking(move || apart(|| act(exporter.as_ref())));
        let destination = self.account.name();
        let acted = timeout(self.batching.export_timeout, acted).await;
        if !matches!(acted, Ok(Ok(Some(Ok(()))))) {
            self.queued.has_failed.store(true, Relaxed);
        }
        match acted {
            Ok(Ok(Some(Err(error)))) => {
                let error = urls::without_secrets(&error.to_string());
                apart(|| tracing::debug!(target: "turnspan", destination, error, "exporter"));
            }
            Ok(Ok(None)) => self.stats.fault(Fault::ExporterPanicked),
            // It was left to itself, or the runtime ends.
            Ok(Ok(Some(Ok(()))) | Err(_)) | Err(_) => {}
        }
    }

    async fn export(&mut self, batch: Vec<SpanData>) {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let limit = self.batching.export_timeout;
        // What an export that was given up may have left.
        self.exporter.rejected();
        let exporter = Arc::clone(&self.exporter);
        // Within the future, as also to make one may panic.
        let exporting = caught(async move { exporter.export(batch).await });
        let failed = match timeout(limit, exporting).await {
            Ok(Ok(Ok(()))) => {
                let rejected = self.exporter.rejected().min(count);
                self.account.deliver(Stage::Queued, count - rejected);
                self.account
                    .lose(Stage::Queued, DropReason::Rejected, rejected);
                return;
            }
            Ok(Ok(Err(error))) => match self.exporter.trouble() {
                Some(trouble) => trouble,
                None => of_exporter(urls::without_secrets(&error.to_string())),
            },
            Ok(Err(Panicked)) => {
                self.stats.fault(Fault::ExporterPanicked);
                of_exporter("the exporter panicked".to_owned())
            }
            Err(_elapsed) => self.exporter.trouble().unwrap_or_else(|| late(limit)),
        };
        self.account.lose(Stage::Queued, failed.reason, count);
        let items = Items {
            destination: self.account.name(),
            count,
            unit: "span",
            ends: Ends::Lost,
        };
        self.complaints.tell(&failed, items);
    }
}

/// All that is known of an exporter of the user's is what it says.
fn of_exporter(said: String) -> Trouble {
    Trouble {
        sent: String::new(),
        said,
        cure: None,
        reason: DropReason::ExporterFailed,
    }
}

fn late(limit: Duration) -> Trouble {
    Trouble {
        sent: String::new(),
        said: format!("the exporter did not end within {limit:?}"),
        cure: Some("raise OTEL_BSP_EXPORT_TIMEOUT if it needs more time".to_owned()),
        reason: DropReason::Unreachable,
    }
}
