//! Log records leave: our own logger provider, and the books of its exporter.

use super::otlp::{Answers, Otlp};
use crate::config::ConfigError;
use crate::stats::{Account, DropReason};
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogger, SdkLoggerProvider};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;

/// A logger provider whose records go by OTLP.
#[derive(Debug)]
pub(crate) struct OwnLogs {
    provider: SdkLoggerProvider,
}

impl OwnLogs {
    /// Nothing if log records go nowhere.
    pub(crate) fn start(
        otlp: &Otlp,
        runtime: &Handle,
        resource: Resource,
        account: &Arc<Account>,
    ) -> Option<Result<Self, ConfigError>> {
        let provider = SdkLoggerProvider::builder().with_resource(resource);
        let provider = otlp.loggers(provider, runtime, account)?;
        Some(provider.map(|provider| Self {
            provider: provider.build(),
        }))
    }

    pub(crate) fn logger(&self, scope: InstrumentationScope) -> SdkLogger {
        self.provider.logger_with_scope(scope)
    }

    /// Has what was told leave now; `done` is dropped then.
    pub(super) fn flush(&self, done: Sender<()>) {
        let provider = self.provider.clone();
        aside(move || {
            drop(provider.force_flush());
            drop(done);
        });
    }

    /// Ends the provider, without waiting for that.
    pub(super) fn shut_down(&self) {
        let provider = self.provider.clone();
        aside(move || drop(provider.shutdown()));
    }
}

/// The SDK waits as long as it likes, so a thread does.
fn aside(wait: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name("turnspan-logs".to_owned());
    drop(thread.spawn(wait));
}

/// Keeps the books of an exporter of log records.
#[derive(Debug)]
pub(crate) struct Accounted<E> {
    pub(crate) exporter: E,
    pub(crate) answers: Arc<Answers>,
    pub(crate) account: Arc<Account>,
}

impl<E: LogExporter> LogExporter for Accounted<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let count = u64::try_from(batch.iter().count()).unwrap_or(u64::MAX);
        // What an export that was given up may have left.
        self.answers.take_rejected();
        let exported = self.exporter.export(batch).await;
        match &exported {
            Ok(()) => {
                let rejected = self.answers.take_rejected().min(count);
                self.account.deliver(count - rejected);
                self.account.drop_queued(DropReason::Rejected, rejected);
            }
            Err(_) => self.account.drop_queued(DropReason::Unreachable, count),
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
