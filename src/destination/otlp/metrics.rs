//! Metrics leave: our own meter provider, or the user's.

use super::Otlp;
use crate::config::ConfigError;
use crate::semconv::{attribute, metric};
use crate::stats::{Account, AccountSnapshot, Stats};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;

/// A meter provider whose metrics go by OTLP, at intervals.
#[derive(Debug)]
pub(crate) struct OwnMetrics {
    provider: SdkMeterProvider,
    account: Arc<Account>,
}

impl OwnMetrics {
    /// Nothing if metrics go nowhere.
    pub(crate) fn start(
        otlp: &Otlp,
        runtime: &Handle,
        resource: Resource,
        stats: &Arc<Stats>,
    ) -> Option<Result<Self, ConfigError>> {
        let account = Account::new("metrics");
        let provider = otlp.meters(runtime, &account, stats)?;
        Some(provider.map(|provider| Self {
            provider: provider.with_resource(resource).build(),
            account,
        }))
    }

    pub(crate) fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// Of exports.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Has what was measured leave now. The SDK waits for that without a
    /// limit, so a thread does, and tells `done` then.
    pub(crate) fn flush(&self, done: Sender<()>) {
        self.aside(done, |provider| drop(provider.force_flush()));
    }

    /// As [`flush`](Self::flush), for the last time.
    pub(crate) fn shut_down(&self, done: Sender<()>, timeout: Duration) {
        self.aside(done, move |provider| {
            drop(provider.shutdown_with_timeout(timeout));
        });
    }

    fn aside(&self, done: Sender<()>, leave: impl FnOnce(&SdkMeterProvider) + Send + 'static) {
        let provider = self.provider.clone();
        let thread = thread::Builder::new().name("turnspan-metrics".to_owned());
        // Without a thread `done` is dropped, which says that nothing leaves.
        drop(thread.spawn(move || {
            leave(&provider);
            done.send(()).ok();
        }));
    }
}

/// Makes what [`Telemetry::stats`](crate::Telemetry::stats) tells metrics too.
pub(crate) fn observe_ourselves(meter: &Meter, stats: &Arc<Stats>, accounts: &[Arc<Account>]) {
    type Count = fn(&AccountSnapshot) -> u64;
    let counts: [(&str, Count); 2] = [
        (metric::TURNSPAN_ITEM_MADE, |account| account.made),
        (metric::TURNSPAN_ITEM_DELIVERED, |account| account.delivered),
    ];
    for (name, count) in counts {
        let accounts = accounts.to_vec();
        let counter = meter.u64_observable_counter(name).with_unit("{item}");
        let counter = counter.with_callback(move |observer| {
            for account in &accounts {
                observer.observe(count(&account.snapshot()), &[destination(account)]);
            }
        });
        counter.build();
    }
    observe_queues(meter, accounts.to_vec());
    observe_losses(meter, accounts.to_vec());
    observe_faults(meter, Arc::clone(stats));
}

fn observe_queues(meter: &Meter, accounts: Vec<Arc<Account>>) {
    let queued = meter.i64_observable_up_down_counter(metric::TURNSPAN_ITEM_QUEUED);
    let queued = queued.with_unit("{item}").with_callback(move |observer| {
        for account in &accounts {
            let queued = i64::try_from(account.under_way()).unwrap_or(i64::MAX);
            observer.observe(queued, &[destination(account)]);
        }
    });
    queued.build();
}

fn observe_losses(meter: &Meter, accounts: Vec<Arc<Account>>) {
    let dropped = meter.u64_observable_counter(metric::TURNSPAN_ITEM_DROPPED);
    let dropped = dropped.with_unit("{item}").with_callback(move |observer| {
        for account in &accounts {
            for (reason, count) in account.snapshot().dropped {
                let reason = KeyValue::new(attribute::TURNSPAN_DROP_REASON, reason.as_str());
                observer.observe(count, &[destination(account), reason]);
            }
        }
    });
    dropped.build();
}

fn observe_faults(meter: &Meter, stats: Arc<Stats>) {
    let unrecognised = Arc::clone(&stats);
    let faults = meter.u64_observable_counter(metric::TURNSPAN_FAULT);
    let faults = faults.with_unit("{fault}").with_callback(move |observer| {
        for (fault, count) in stats.snapshot(&[]).faults {
            let fault = KeyValue::new(attribute::TURNSPAN_FAULT_TYPE, fault.as_str());
            observer.observe(count, &[fault]);
        }
    });
    faults.build();
    let requests = meter.u64_observable_counter(metric::TURNSPAN_REQUEST_UNRECOGNISED);
    let requests = requests
        .with_unit("{request}")
        .with_callback(move |observer| {
            observer.observe(unrecognised.snapshot(&[]).unrecognised, &[]);
        });
    requests.build();
}

fn destination(account: &Account) -> KeyValue {
    KeyValue::new(attribute::TURNSPAN_DESTINATION, account.name().to_owned())
}
