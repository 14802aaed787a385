//! Log records leave: our own logger provider.

use super::Otlp;
use crate::config::ConfigError;
use crate::stats::{Account, Stats};
use opentelemetry::InstrumentationScope;
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
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
        stats: &Arc<Stats>,
    ) -> Option<Result<Self, ConfigError>> {
        let provider = SdkLoggerProvider::builder().with_resource(resource);
        let provider = otlp.loggers(provider, runtime, account, stats)?;
        Some(provider.map(|provider| Self {
            provider: provider.build(),
        }))
    }

    pub(crate) fn logger(&self, scope: InstrumentationScope) -> SdkLogger {
        self.provider.logger_with_scope(scope)
    }

    /// Has what was told leave now; `done` is told then. What did not leave is on
    /// the books.
    pub(crate) fn flush(&self, done: Sender<()>) {
        let provider = self.provider.clone();
        aside(move || {
            drop(provider.force_flush());
            done.send(()).ok();
        });
    }

    /// Ends the provider, without waiting for that.
    pub(crate) fn shut_down(&self) {
        let provider = self.provider.clone();
        aside(move || drop(provider.shutdown()));
    }
}

/// The SDK waits as long as it likes, so a thread does.
fn aside(wait: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name("turnspan-logs".to_owned());
    drop(thread.spawn(wait));
}
