//! Events leave the spool: attempts, patience, and an honest end.
//!
//! At least once: an event leaves the spool when its receiver acknowledged it
//! or refused it for good. What fails now may not later: a receiver that fails
//! every request pauses the whole destination, and one request at a time asks
//! whether it is over, ever more rarely.

mod attempt;
mod backoff;
mod batch;
mod carrier;
mod ending;
mod http;
mod verdict;

pub(crate) use batch::Pace;
pub(crate) use carrier::{Carrier, Carrying, Outcome};
pub(crate) use http::{Answered, HttpCarrier, Receiver};

use crate::background::came::{Came, CameKind};
use crate::background::complaints::Complaints;
use crate::background::runtime::Runtime;
use crate::background::trouble::{Ends, Items, Trouble};
use crate::spool::{Awaited, Fate, Spool, SpooledEvent, Told};
use crate::stats::{Account, DropReason, Stage, Stats, apart};
use attempt::Attempted;
use backoff::Backoff;
use batch::Batch;
use ending::{Ending, LOOK};
use std::collections::VecDeque;
use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// The near end of a delivery.
#[derive(Debug)]
pub(crate) struct Delivery {
    asked: mpsc::UnboundedSender<Asked>,
}

/// What a delivery is asked for, and who is told then.
#[derive(Debug)]
enum Asked {
    Flush(std_mpsc::Sender<()>),
    End(std_mpsc::Sender<()>),
}

impl Delivery {
    /// Delivers what `spool` holds.
    pub(crate) fn start(
        carrier: Arc<dyn Carrier>,
        pace: Pace,
        spool: Arc<dyn Spool>,
        told: Told,
        runtime: &Runtime,
    ) -> Self {
        let (near, asked) = mpsc::unbounded_channel();
        let courier = Courier {
            backoff: Backoff::new(carrier.most_under_way()),
            carrier,
            spool,
            ready: told.ready,
            account: told.account,
            stats: Arc::clone(&told.stats),
            paused_until: None,
            batch: Batch::new(pace),
            alone: VecDeque::new(),
            in_flight: JoinSet::new(),
            complaints: Complaints::default(),
            is_down: false,
            ending: None,
        };
        runtime.spawn(&told.stats, courier.run(asked));
        Self { asked: near }
    }

    /// `done` is told when all that is here now has come to its end, or dropped if
    /// it never will.
    pub(crate) fn flush(&self, done: std_mpsc::Sender<()>) {
        // The far end is gone only when telemetry has shut down.
        drop(self.asked.send(Asked::Flush(done)));
    }

    /// As [`flush`](Self::flush), and for the last time: `done` is also told when
    /// the last attempt failed and everything is in the file of a spool.
    pub(crate) fn end(&self, done: std_mpsc::Sender<()>) {
        drop(self.asked.send(Asked::End(done)));
    }
}

struct Courier {
    carrier: Arc<dyn Carrier>,
    spool: Arc<dyn Spool>,
    ready: Arc<Notify>,
    account: Arc<Account>,
    stats: Arc<Stats>,
    backoff: Backoff,
    paused_until: Option<Instant>,
    batch: Batch,
    /// Of batches that were refused as a whole: each for itself.
    alone: VecDeque<SpooledEvent>,
    in_flight: JoinSet<Attempted>,
    complaints: Complaints,
    /// The last attempt failed in a way that may pass.
    is_down: bool,
    ending: Option<Ending>,
}

impl Courier {
    async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Asked>) {
        loop {
            self.send_what_is_due();
            self.look_at_end();
            let has_room = self.in_flight.len() < self.backoff.most_under_way();
            self.wait_for_more(has_room && self.paused_until.is_none());
            let batch = self.batch.due().filter(|_| has_room);
            let wake = self.paused_until.or(batch);
            tokio::select! {
                done = asked.recv() => match done {
                    Some(Asked::Flush(done)) => self.spool.flush(done),
                    Some(Asked::End(done)) => {
                        self.ending = Some(Ending::begin(self.spool.as_ref(), done));
                    }
                    None => return,
                },
                () = self.ready.notified() => {}
                Some(ended) = self.in_flight.join_next() => {
                    if let Ok(attempted) = ended {
                        self.settle(attempted);
                    }
                }
                () = sleep(LOOK), if self.ending.is_some() => {}
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {
                    self.paused_until = None;
                }
            }
        }
    }

    fn send_what_is_due(&mut self) {
        while self.paused_until.is_none() && self.in_flight.len() < self.backoff.most_under_way() {
            let Some(events) = self.next() else { return };
            let (carrier, stats) = (Arc::clone(&self.carrier), Arc::clone(&self.stats));
            self.in_flight.spawn(attempt::make(carrier, events, stats));
        }
    }

    fn look_at_end(&mut self) {
        let is_down = self.is_down && self.in_flight.is_empty();
        let (spool, account) = (self.spool.as_ref(), self.account.as_ref());
        let ending = self.ending.take();
        self.ending = ending.filter(|it| !it.is_over(is_down, spool, account));
    }

    fn next(&mut self) -> Option<Vec<SpooledEvent>> {
        if let Some(event) = self.alone.pop_front() {
            return Some(vec![event]);
        }
        self.batch.fill(self.spool.as_ref());
        let is_asked = self.spool.is_flushing();
        self.batch.take_if_due(Instant::now(), is_asked)
    }

    /// Nobody wakes this thread for events that could not leave now.
    fn wait_for_more(&self, may_send: bool) {
        let lacking = if may_send { self.batch.lacks() } else { (0, 0) };
        let (events, bytes) = lacking;
        self.spool.wait_for(Awaited { events, bytes });
    }

    fn settle(&mut self, attempted: Attempted) {
        let Attempted { events, outcome } = attempted;
        self.is_down = matches!(outcome, Outcome::Later { .. });
        match outcome {
            Outcome::Fates(fates) => {
                self.backoff.succeeded();
                for (event, fate) in events.into_iter().zip(fates) {
                    if let Fate::Refused(reason, why) = &fate {
                        // A receiver's words may repeat what was said.
                        let (word, length) = (reason.as_str(), why.len());
                        apart(
                            || tracing::debug!(target: "turnspan", reason = word, length, "refused"),
                        );
                        let said = format!("the event was refused ({word})");
                        self.refused(*reason, Came::new(CameKind::Other, said), 1);
                    }
                    self.spool.settle(event, fate);
                }
            }
            Outcome::Refused(reason, came) => {
                self.backoff.succeeded();
                let items = events.iter().map(|event| event.items).sum();
                for event in events {
                    let fate = Fate::Refused(reason, came.said.clone());
                    self.spool.settle(event, fate);
                }
                self.refused(reason, came, items);
            }
            Outcome::Apart => {
                self.backoff.succeeded();
                self.alone.extend(events);
            }
            Outcome::Later { retry_after, came } => {
                for event in events.into_iter().rev() {
                    self.spool.put_back(event);
                }
                self.waits(came);
                self.spare(retry_after);
            }
        }
    }

    /// Says, if it is time, that events wait.
    fn waits(&mut self, came: Came) {
        let ends = if self.spool.keeps_open_turns() {
            Ends::Kept
        } else {
            Ends::Waiting
        };
        let count = self.account.at(Stage::Spooled);
        self.complain(DropReason::Unreachable, came, (count, ends));
    }

    /// Says, if it is time, that items were refused for good.
    fn refused(&mut self, reason: DropReason, came: Came, count: u64) {
        let ends = if self.spool.keeps_open_turns() {
            Ends::DeadLettered
        } else {
            Ends::Lost
        };
        self.complain(reason, came, (count, ends));
    }

    fn complain(&mut self, reason: DropReason, came: Came, (count, ends): (u64, Ends)) {
        let trouble = Trouble {
            sent: format!("turns to {}", self.carrier.place()),
            cure: self.carrier.cure(&came),
            said: came.said,
            reason,
        };
        let items = Items {
            destination: self.account.name(),
            count,
            unit: "event",
            ends,
        };
        self.complaints.tell(&trouble, items);
    }

    /// What failed may be this request's alone, unless the receiver says when to
    /// come again.
    fn spare(&mut self, retry_after: Option<Duration>) {
        let pause = self.backoff.failed(self.in_flight.len());
        let pause = match retry_after {
            // A clock that is ahead of the receiver's makes every date the past.
            Some(wait) => {
                let least = pause.unwrap_or_else(|| self.backoff.pause());
                Some(wait.min(backoff::CAP).max(least))
            }
            None => pause,
        };
        let Some(pause) = pause else { return };
        let until = Instant::now() + pause;
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
        let destination = self.account.name();
        apart(|| tracing::debug!(target: "turnspan", destination, "delivery paused"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::{NewEvent, Owner, SpoolSettings, open};
    use crate::stats::Fault;
    use bytes::Bytes;
    use std::panic::resume_unwind;
    use std::time::SystemTime;

    /// Panics at some events.
    #[derive(Debug)]
    struct Panicking;

    impl Receiver for Panicking {
        fn body(&self, events: &[&[u8]]) -> Option<Bytes> {
            if events.contains(&b"bad".as_slice()) {
                resume_unwind(Box::new("on purpose"));
            }
            None
        }

        fn read(&self, _answer: &[u8], _events: usize) -> Answered {
            Answered::Apart
        }
    }

    fn told() -> Told {
        Told {
            account: Account::new("tes"),
            ready: Arc::default(),
            stats: Arc::default(),
        }
    }

    #[test]
    fn an_event_at_which_sending_panics_costs_itself_alone() {
        let told = told();
        let owner = Owner {
            endpoint: String::new(),
            client_id: String::new(),
        };
        let spool = open(&SpoolSettings::best_effort(), owner, told.clone()).unwrap();
        for body in ["good", "bad", "good"] {
            told.account.enqueue();
            spool.push(NewEvent {
                made_at: SystemTime::now(),
                body: Bytes::from_static(body.as_bytes()),
                items: 1,
                closes: None,
            });
        }
        let carrier = HttpCarrier {
            url: "http://127.0.0.1:9".parse().unwrap(),
            headers: ::http::HeaderMap::new(),
            client: reqwest::Client::new(),
            receiver: Box::new(Panicking),
        };
        let pace = Pace {
            interval: Duration::ZERO,
            max_events: 3,
            max_bytes: 100,
        };
        let runtime = Runtime::start("test").unwrap();
        let delivery = Delivery::start(Arc::new(carrier), pace, spool, told.clone(), &runtime);
        let (done, flushed) = std_mpsc::channel();
        delivery.flush(done);
        flushed.recv().unwrap();
        let books = told.account.snapshot();
        assert_eq!(books.dropped, [(DropReason::Unconvertible, 3)].into());
        let faults = told.stats.snapshot(&[]).faults;
        // Once with the others, once alone.
        assert_eq!(faults, [(Fault::TaskPanicked, 2)].into());
    }
}
