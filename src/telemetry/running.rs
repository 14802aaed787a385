//! What runs while telemetry does, and how it ends.

use super::FlushError;
use crate::background::runtime::{Runtime, deadline_in};
use crate::destination::otlp::metrics::OwnMetrics;
use crate::pipeline::{Destination, Pipeline, wait_for_all};
use crate::record::Instrumentation;
use crate::stats::{Account, Stats};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// What of the time of a shutdown is for writing down what could not be delivered.
const FOR_THE_END: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) instrumentation: Arc<Instrumentation>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) own_metrics: Option<OwnMetrics>,
    /// `None` once shut down.
    pub(crate) runtime: Mutex<Option<Runtime>>,
    /// What flushes have said already, by destination.
    pub(crate) told: Mutex<BTreeMap<String, Told>>,
}

/// What was said of a destination.
#[derive(Debug, Default)]
pub(crate) struct Told {
    lost: u64,
    dead_lettered: u64,
}

impl Running {
    pub(super) fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts = self.pipeline.seats().accounts();
        let metrics = self.own_metrics.iter().map(OwnMetrics::account);
        accounts.extend(metrics.cloned());
        accounts
    }

    /// Whether everything has left in time.
    fn leave(
        &self,
        deadline: Instant,
        pipeline: impl FnOnce(&Pipeline, mpsc::Sender<()>),
        metrics: impl FnOnce(&OwnMetrics, mpsc::Sender<()>),
    ) -> bool {
        let (done, flushed) = mpsc::channel();
        pipeline(&self.pipeline, done);
        let count = self.pipeline.seats().count();
        let mut in_time = wait_for_all(&flushed, deadline, count);
        if let Some(own) = &self.own_metrics {
            // After the calls that a shutdown ends, and the books of this very flush.
            let (done, flushed) = mpsc::channel();
            metrics(own, done);
            in_time &= wait_for_all(&flushed, deadline, 1);
        }
        in_time
    }

    pub(super) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.pipeline.is_forked() {
            // What is on its way is the parent's, and on its way there.
            return self.report(|_| false, &BTreeMap::new());
        }
        let in_time = self.leave(deadline_in(timeout), Pipeline::flush, OwnMetrics::flush);
        self.report(
            |seated| !in_time || seated.is_some_and(Destination::may_leave_some),
            &BTreeMap::new(),
        )
    }

    /// What was lost since the last time, and what is left where some may be.
    /// What was given up is left too, though it is lost by now.
    fn report(
        &self,
        may_be_left: impl Fn(Option<&dyn Destination>) -> bool,
        given_up: &BTreeMap<String, u64>,
    ) -> Result<(), FlushError> {
        let mut error = FlushError::default();
        let Some(mut told) = self.told() else {
            return Ok(());
        };
        let mut report = |account: &Account, seated: Option<&dyn Destination>| {
            let given_up = given_up.get(account.name()).copied().unwrap_or_default();
            let mut left = given_up;
            if may_be_left(seated) {
                let under_way = account.under_way();
                let kept = seated.map_or(0, Destination::kept).min(under_way);
                note(&mut error.kept, account, kept);
                left += under_way - kept;
            }
            note(&mut error.left, account, left);
            let told = told.entry(account.name().to_owned()).or_default();
            told.report(&mut error, account, given_up);
            if seated.is_some_and(Destination::take_failure) {
                error.unflushed.insert(account.name().to_owned());
            }
        };
        for destination in self.pipeline.seats().destinations() {
            report(destination.account(), Some(destination));
        }
        if let Some(metrics) = &self.own_metrics {
            report(metrics.account(), None);
        }
        if error.is_nothing() {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// In a forked child a thread that is not there may have the lock.
    fn told(&self) -> Option<MutexGuard<'_, BTreeMap<String, Told>>> {
        if self.pipeline.is_forked() {
            self.told.try_lock().ok()
        } else {
            Some(self.told.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }

    pub(super) fn shut_down(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.pipeline.is_forked() {
            return self.report(|_| false, &BTreeMap::new());
        }
        let taken = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut runtime) = taken else {
            return Ok(());
        };
        let deadline = deadline_in(timeout);
        let for_the_end = (timeout / 4).min(FOR_THE_END);
        let leaving = deadline_in(timeout.saturating_sub(for_the_end));
        self.leave(leaving, Pipeline::shut_down, |own, done| {
            own.shut_down(done, timeout);
        });
        self.pipeline.join(deadline);
        runtime.stop(deadline);
        let given_up = self.close(deadline);
        // Last, as one that blocks takes all the time that is left.
        for destination in self.pipeline.seats().destinations() {
            destination.stop(deadline);
        }
        // Whatever is under way now a spool keeps.
        self.report(|_| true, &given_up)
    }

    /// Ends the books; gives what was lost by that.
    fn close(&self, deadline: Instant) -> BTreeMap<String, u64> {
        let accounts = self.accounts();
        let lost = || {
            accounts
                .iter()
                .map(|it| (it.name().to_owned(), it.told_losses()))
        };
        let before: BTreeMap<_, _> = lost().collect();
        for destination in self.pipeline.seats().destinations() {
            destination.close(deadline);
        }
        if let Some(metrics) = &self.own_metrics {
            metrics.account().close();
        }
        let given_up = lost().map(|(name, lost)| {
            let before = before.get(&name).copied().unwrap_or_default();
            (name, lost.saturating_sub(before))
        });
        given_up.collect()
    }
}

impl Told {
    /// Says what is new, and knows it from now on.
    fn report(&mut self, error: &mut FlushError, account: &Account, given_up: u64) {
        let (lost, dead_lettered) = (account.told_losses(), account.dead_lettered());
        let lost_since = lost.saturating_sub(self.lost).saturating_sub(given_up);
        note(&mut error.lost, account, lost_since);
        let dead_since = dead_lettered.saturating_sub(self.dead_lettered);
        note(&mut error.dead_lettered, account, dead_since);
        *self = Self {
            lost,
            dead_lettered,
        };
    }
}

fn note(counts: &mut BTreeMap<String, u64>, account: &Account, count: u64) {
    if count > 0 {
        counts.insert(account.name().to_owned(), count);
    }
}
