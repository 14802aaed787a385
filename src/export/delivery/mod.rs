//! Events leave the spool: attempts, patience, and an honest end.
//!
//! At least once: an event leaves the spool when its receiver acknowledged it
//! or refused it for good. A failure that may pass pauses the whole
//! destination, so that a dead receiver is asked ever more rarely.

mod backoff;
mod verdict;

use super::complaints::Complaints;
use super::innermost;
use super::runtime::Runtime;
use super::spool::{Spool, SpooledEvent};
use crate::stats::{Account, DropReason};
use backoff::Backoff;
use http::HeaderMap;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use url::Url;
use verdict::Verdict;

/// Requests under way at once, over kept-alive connections.
const MAX_IN_FLIGHT: usize = 4;

/// The time limit of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Where and how to post events.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// Reads the body of a 2xx answer.
    pub(crate) accepts: fn(&[u8]) -> Result<(), DropReason>,
}

/// The near end of a delivery.
#[derive(Debug)]
pub(crate) struct Delivery {
    sender: mpsc::UnboundedSender<Word>,
}

#[derive(Debug)]
enum Word {
    /// Something was pushed into the spool.
    Pushed,
    /// Tell when the spool is empty.
    Flush(std_mpsc::Sender<()>),
}

impl Delivery {
    pub(crate) fn start(
        route: Route,
        spool: Arc<dyn Spool>,
        account: Arc<Account>,
        client: reqwest::Client,
        runtime: &Runtime,
    ) -> Self {
        let (sender, words) = mpsc::unbounded_channel();
        let courier = Courier {
            route: Arc::new(route),
            spool,
            account,
            client,
            backoff: Backoff::default(),
            paused_until: None,
            flushes: Vec::new(),
            in_flight: JoinSet::new(),
            complaints: Complaints::default(),
        };
        runtime.spawn(courier.run(words));
        Self { sender }
    }

    /// Says that there is something to deliver.
    pub(crate) fn pushed(&self) {
        // The far end is gone only when telemetry has shut down.
        drop(self.sender.send(Word::Pushed));
    }

    /// `done` is told when the spool is empty, or dropped if it never will be.
    pub(crate) fn flush(&self, done: std_mpsc::Sender<()>) {
        drop(self.sender.send(Word::Flush(done)));
    }
}

struct Courier {
    route: Arc<Route>,
    spool: Arc<dyn Spool>,
    account: Arc<Account>,
    client: reqwest::Client,
    backoff: Backoff,
    paused_until: Option<Instant>,
    flushes: Vec<std_mpsc::Sender<()>>,
    in_flight: JoinSet<Attempted>,
    complaints: Complaints,
}

/// What came of sending one event.
struct Attempted {
    row: u64,
    verdict: Verdict,
    /// What the receiver or the network said, for people.
    why: String,
}

impl Courier {
    async fn run(mut self, mut words: mpsc::UnboundedReceiver<Word>) {
        loop {
            self.send_what_waits();
            self.tell_flushed();
            let pause = self.paused_until.unwrap_or_else(Instant::now);
            tokio::select! {
                word = words.recv() => match word {
                    Some(Word::Pushed) => {}
                    Some(Word::Flush(done)) => self.flushes.push(done),
                    None => return,
                },
                Some(ended) = self.in_flight.join_next() => {
                    if let Ok(attempted) = ended {
                        self.settle(attempted);
                    }
                }
                () = sleep_until(pause), if self.paused_until.is_some() => self.paused_until = None,
            }
        }
    }

    fn send_what_waits(&mut self) {
        while self.paused_until.is_none() && self.in_flight.len() < MAX_IN_FLIGHT {
            let Some(event) = self.spool.take() else {
                return;
            };
            let attempt = attempt(Arc::clone(&self.route), self.client.clone(), event);
            self.in_flight.spawn(attempt);
        }
    }

    fn tell_flushed(&mut self) {
        if self.spool.is_empty() {
            for done in self.flushes.drain(..) {
                done.send(()).ok();
            }
        }
    }

    fn settle(&mut self, attempted: Attempted) {
        let Attempted { row, verdict, why } = attempted;
        match verdict {
            Verdict::Delivered => {
                self.spool.remove(row);
                self.account.deliver(1);
                self.backoff.reset();
            }
            Verdict::Refused(reason) => {
                self.spool.remove(row);
                self.account.drop_queued(reason, 1);
                self.complain("events are refused and lost", &why);
            }
            Verdict::Later { retry_after } => {
                self.spool.put_back(row);
                self.complain("events wait: the receiver does not take them", &why);
                self.pause(retry_after);
            }
        }
    }

    fn complain(&mut self, what: &str, why: &str) {
        if let Some(times) = self.complaints.due(1, Instant::now()) {
            let (destination, queued) = (self.account.name(), self.account.queued());
            tracing::warn!(target: "turnspan", destination, times, queued, why, "{what}");
        }
    }

    /// Attempts that fail together count as one failure.
    fn pause(&mut self, retry_after: Option<Duration>) {
        let until = match (retry_after, self.paused_until) {
            (None, Some(_)) => return,
            (Some(wait), _) => Instant::now() + wait.min(backoff::CAP),
            (None, None) => Instant::now() + self.backoff.next(),
        };
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
        tracing::debug!(target: "turnspan", destination = self.account.name(), "delivery paused");
    }
}

async fn attempt(route: Arc<Route>, client: reqwest::Client, event: SpooledEvent) -> Attempted {
    let request = client
        .post(route.url.clone())
        .headers(route.headers.clone())
        .timeout(REQUEST_TIMEOUT)
        .body(event.body);
    let (verdict, why) = match request.send().await {
        Err(unsent) => (Verdict::Later { retry_after: None }, innermost(&unsent)),
        Ok(answer) => {
            let (status, headers) = (answer.status(), answer.headers().clone());
            // A 2xx whose body breaks off was received all the same.
            let body = answer.bytes().await.unwrap_or_default();
            let verdict = verdict::of(status, &headers, || (route.accepts)(&body));
            (verdict, format!("HTTP status {status}"))
        }
    };
    Attempted {
        row: event.row,
        verdict,
        why,
    }
}
