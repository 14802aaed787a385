//! The books of exporters that the SDK drives: of log records and of metrics.

use super::complaints::Complaints;
use super::otlp::Answers;
use crate::stats::{Account, DropReason, Stage};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// An exporter whose every export is accounted for.
#[derive(Debug)]
pub(super) struct Accounted<E> {
    pub(super) exporter: E,
    pub(super) books: Books,
}

#[derive(Debug)]
pub(super) struct Books {
    account: Arc<Account>,
    answers: Arc<Answers>,
    complaints: Mutex<Complaints>,
}

impl Books {
    pub(super) fn new(account: &Arc<Account>, answers: Arc<Answers>) -> Self {
        Self {
            account: Arc::clone(account),
            answers,
            complaints: Mutex::default(),
        }
    }

    /// Items that are on their way leave; what an export before these left
    /// unsaid is forgotten.
    fn leaving(&self) {
        self.answers.take_rejected();
        self.answers.take_failure();
    }

    fn left(&self, count: u64, exported: &OTelSdkResult) {
        let Err(error) = exported else {
            let rejected = self.answers.take_rejected().min(count);
            self.account.deliver(Stage::Queued, count - rejected);
            return self
                .account
                .lose(Stage::Queued, DropReason::Rejected, rejected);
        };
        self.account
            .lose(Stage::Queued, DropReason::Unreachable, count);
        let failure = self.answers.take_failure();
        let failure = failure.unwrap_or_else(|| error.to_string());
        let complaints = self.complaints.lock();
        let mut complaints = complaints.unwrap_or_else(PoisonError::into_inner);
        complaints.tell(self.account.name(), count, &failure);
    }
}

impl<E: LogExporter> LogExporter for Accounted<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let count = u64::try_from(batch.iter().count()).unwrap_or(u64::MAX);
        self.books.leaving();
        let exported = self.exporter.export(batch).await;
        self.books.left(count, &exported);
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Of metrics an export is one item: what it had is in the next one too,
/// unless it goes by differences.
impl<E: PushMetricExporter> PushMetricExporter for Accounted<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.books.account.enqueue();
        self.books.leaving();
        let exported = self.exporter.export(metrics).await;
        // Points that were refused are not the export.
        self.books.answers.take_rejected();
        self.books.left(1, &exported);
        exported
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
