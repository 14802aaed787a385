//! Events leave the spool: attempts, patience, and an honest end.
//!
//! At least once: an event leaves the spool when its receiver acknowledged it
//! or refused it for good. A failure that may pass pauses the whole
//! destination; while it lasts one request at a time asks whether it is over,
//! ever more rarely.

mod attempt;
mod backoff;
mod batch;
mod verdict;

pub(crate) use attempt::{Answered, Receiver, Route};
pub(crate) use batch::Pace;

use super::complaints::Complaints;
use super::runtime::Runtime;
use super::spool::{Fate, Spool, SpooledEvent, Told};
use crate::stats::{Account, Stage};
use attempt::{Attempted, Outcome};
use backoff::Backoff;
use batch::Batch;
use std::collections::VecDeque;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Requests under way at once, over kept-alive connections.
const MAX_IN_FLIGHT: usize = 4;

/// The near end of a delivery.
#[derive(Debug)]
pub(crate) struct Delivery {
    flushes: mpsc::UnboundedSender<std_mpsc::Sender<()>>,
}

impl Delivery {
    /// Delivers what `spool` holds.
    pub(crate) fn start(
        route: Route,
        pace: Pace,
        spool: Arc<dyn Spool>,
        told: Told,
        runtime: &Runtime,
    ) -> Self {
        let (flushes, asked) = mpsc::unbounded_channel();
        let courier = Courier {
            route: Arc::new(route),
            spool,
            ready: told.ready,
            account: told.account,
            backoff: Backoff::default(),
            paused_until: None,
            flushes: Vec::new(),
            batch: Batch::new(pace),
            alone: VecDeque::new(),
            in_flight: JoinSet::new(),
            complaints: Complaints::default(),
        };
        runtime.spawn(courier.run(asked));
        Self { flushes }
    }

    /// `done` is told when the spool is empty, or dropped if it never will be.
    pub(crate) fn flush(&self, done: std_mpsc::Sender<()>) {
        // The far end is gone only when telemetry has shut down.
        drop(self.flushes.send(done));
    }
}

struct Courier {
    route: Arc<Route>,
    spool: Arc<dyn Spool>,
    ready: Arc<Notify>,
    account: Arc<Account>,
    backoff: Backoff,
    paused_until: Option<Instant>,
    flushes: Vec<std_mpsc::Sender<()>>,
    batch: Batch,
    /// Of batches that were refused as a whole: each for itself.
    alone: VecDeque<SpooledEvent>,
    in_flight: JoinSet<Attempted>,
    complaints: Complaints,
}

impl Courier {
    async fn run(mut self, mut asked: mpsc::UnboundedReceiver<std_mpsc::Sender<()>>) {
        loop {
            self.send_what_is_due();
            self.tell_flushed();
            let has_room = self.in_flight.len() < self.allowed();
            let batch = self.batch.due().filter(|_| has_room);
            let wake = self.paused_until.or(batch);
            tokio::select! {
                done = asked.recv() => match done {
                    Some(done) => self.flushes.push(done),
                    None => return,
                },
                () = self.ready.notified() => {}
                Some(ended) = self.in_flight.join_next() => {
                    if let Ok(attempted) = ended {
                        self.settle(attempted);
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                    self.paused_until = None;
                }
            }
        }
    }

    fn send_what_is_due(&mut self) {
        while self.paused_until.is_none() && self.in_flight.len() < self.allowed() {
            let Some(events) = self.next() else { return };
            let attempt = attempt::make(Arc::clone(&self.route), events);
            self.in_flight.spawn(attempt);
        }
    }

    /// After a failure one request asks whether it has passed.
    fn allowed(&self) -> usize {
        if self.backoff.has_failures() {
            1
        } else {
            MAX_IN_FLIGHT
        }
    }

    fn next(&mut self) -> Option<Vec<SpooledEvent>> {
        if let Some(event) = self.alone.pop_front() {
            return Some(vec![event]);
        }
        let is_asked = !self.flushes.is_empty();
        self.batch.fill(self.spool.as_ref());
        self.batch.take_if_due(Instant::now(), is_asked)
    }

    fn tell_flushed(&mut self) {
        if !self.flushes.is_empty() && self.spool.is_empty() {
            for done in self.flushes.drain(..) {
                // Nobody waits any more: a deadline has passed.
                done.send(()).ok();
            }
        }
    }

    fn settle(&mut self, attempted: Attempted) {
        let Attempted { events, outcome } = attempted;
        match outcome {
            Outcome::Fates(fates) => {
                self.backoff.reset();
                for (event, fate) in events.into_iter().zip(fates) {
                    if let Fate::Refused(reason, why) = &fate {
                        // A receiver's words may repeat what was said.
                        tracing::debug!(target: "turnspan", reason = reason.as_str(), length = why.len(), "refused");
                        self.complain("events are refused", reason.as_str());
                    }
                    self.spool.settle(event, fate);
                }
            }
            Outcome::Apart => {
                self.backoff.reset();
                self.alone.extend(events);
            }
            Outcome::Later { retry_after, why } => {
                for event in events.into_iter().rev() {
                    self.spool.put_back(event);
                }
                self.complain("events wait: the receiver does not take them", &why);
                self.pause(retry_after);
            }
        }
    }

    fn complain(&mut self, what: &str, why: &str) {
        if let Some(times) = self.complaints.due(1, Instant::now()) {
            let destination = self.account.name();
            let waiting = self.account.at(Stage::Spooled);
            tracing::warn!(target: "turnspan", destination, times, waiting, why, "{what}");
        }
    }

    /// Attempts that fail together count as one failure.
    fn pause(&mut self, retry_after: Option<Duration>) {
        let until = match (retry_after, self.paused_until) {
            (None, Some(_)) => return,
            // A clock that is ahead of the receiver's makes every date the past.
            (Some(wait), _) => Instant::now() + wait.min(backoff::CAP).max(self.backoff.next()),
            (None, None) => Instant::now() + self.backoff.next(),
        };
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
        tracing::debug!(target: "turnspan", destination = self.account.name(), "delivery paused");
    }
}
