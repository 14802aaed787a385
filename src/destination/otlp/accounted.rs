//! The books of exporters that the SDK drives: of log records and of metrics.

use super::Answers;
use crate::background::caught::{Panicked, caught};
use crate::background::complaints::Complaints;
use crate::background::trouble::{Ends, Items, Trouble};
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use crate::urls;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
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
    /// One item: `log record`.
    unit: &'static str,
    answers: Arc<Answers>,
    complaints: Mutex<Complaints>,
    stats: Arc<Stats>,
}

impl Books {
    pub(super) fn new(
        account: &Arc<Account>,
        unit: &'static str,
        answers: Arc<Answers>,
        stats: &Arc<Stats>,
    ) -> Self {
        Self {
            account: Arc::clone(account),
            unit,
            answers,
            complaints: Mutex::default(),
            stats: Arc::clone(stats),
        }
    }

    /// Items that are on their way leave; what an export before these left
    /// unsaid is forgotten.
    fn leaving(&self) {
        self.answers.take_rejected();
        self.answers.take_trouble();
    }

    /// The SDK's thread must outlive a panic, or nothing would leave by it again.
    async fn caught(&self, export: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
        let exported = caught(export).await;
        exported.unwrap_or_else(|Panicked| {
            self.stats.fault(Fault::ExporterPanicked);
            Err(OTelSdkError::InternalFailure(
                "the exporter panicked".to_owned(),
            ))
        })
    }

    fn left(&self, count: u64, exported: &OTelSdkResult) {
        let Err(error) = exported else {
            let rejected = self.answers.take_rejected().min(count);
            self.account.deliver(Stage::Queued, count - rejected);
            return self
                .account
                .lose(Stage::Queued, DropReason::Rejected, rejected);
        };
        let trouble = self.answers.take_trouble();
        let trouble = trouble.unwrap_or_else(|| Trouble {
            sent: String::new(),
            said: urls::without_secrets(&error.to_string()),
            cure: None,
            reason: DropReason::ExporterFailed,
        });
        self.account.lose(Stage::Queued, trouble.reason, count);
        let items = Items {
            destination: self.account.name(),
            count,
            unit: self.unit,
            ends: Ends::Lost,
        };
        if trouble.reason == DropReason::Unsupported {
            self.answers.turn_off();
            // It is said once, whatever was said before.
            return Complaints::default().tell(&trouble, items);
        }
        let complaints = self.complaints.lock();
        let mut complaints = complaints.unwrap_or_else(PoisonError::into_inner);
        complaints.tell(&trouble, items);
    }

    /// Whether nothing is sent any more. Then these items are lost, and nothing
    /// is said of that again, also not by the SDK.
    fn is_off(&self, count: u64) -> bool {
        let is_off = self.answers.is_off();
        if is_off {
            self.account
                .lose(Stage::Queued, DropReason::Unsupported, count);
        }
        is_off
    }
}

impl<E: LogExporter> LogExporter for Accounted<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let count = u64::try_from(batch.iter().count()).unwrap_or(u64::MAX);
        if self.books.is_off(count) {
            return Ok(());
        }
        self.books.leaving();
        let exported = self.books.caught(self.exporter.export(batch)).await;
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
        if self.books.is_off(1) {
            return Ok(());
        }
        self.books.leaving();
        let exported = self.books.caught(self.exporter.export(metrics)).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::runtime::Runtime;
    use std::panic::resume_unwind;
    use std::sync::mpsc::channel;

    #[derive(Debug)]
    struct Panicking;

    impl PushMetricExporter for Panicking {
        async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
            resume_unwind(Box::new("on purpose"))
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }

        fn temporality(&self) -> Temporality {
            Temporality::Cumulative
        }
    }

    #[test]
    fn a_panic_costs_its_export_and_not_the_thread_of_the_sdk() {
        let account = Account::new("metrics");
        let stats = Arc::<Stats>::default();
        let accounted = Accounted {
            exporter: Panicking,
            books: Books::new(&account, "export", Arc::default(), &stats),
        };
        let runtime = Runtime::start("test").unwrap();
        let (done, exported) = channel();
        runtime.spawn(&stats, async move {
            for _ in 0..2 {
                let export = accounted.export(&ResourceMetrics::default()).await;
                done.send(export.is_err()).unwrap();
            }
        });
        assert_eq!(exported.iter().collect::<Vec<_>>(), [true, true]);
        let books = account.snapshot();
        assert_eq!((books.made, books.dropped_total()), (2, 2));
        assert_eq!(
            stats.snapshot(&[]).faults,
            [(Fault::ExporterPanicked, 2)].into()
        );
    }
}
