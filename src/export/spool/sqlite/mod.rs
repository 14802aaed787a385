//! A spool in a `SQLite` file, which survives the process.
//!
//! One thread owns the connection: what is pushed reaches the file in groups,
//! and what is to be delivered is read ahead, so that neither the pipeline nor
//! the thread of the network ever waits for a disk. Every row belongs to an
//! owner (endpoint and client id) and, while its process lives, to one holder:
//! a process that holds a lock on a lease file. The system frees the lock when
//! the process ends, however it ends, and the next one adopts its rows.

mod file;
mod lease;
mod ready;
mod store;
mod writer;

use crate::export::spool::{Fate, Owner, Spool, SpoolSettings, SpooledEvent, Told};
use crate::stats::{DropReason, Stage};
use bytes::Bytes;
use ready::Ready;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use writer::Writer;

/// What may wait for the disk, in bytes.
const MAX_UNCOMMITTED: u64 = 64 << 20;

/// How long opening may take; a network file system can hang.
const OPENING: Duration = Duration::from_secs(5);

/// The near end of a spool in a file.
#[derive(Debug)]
pub(crate) struct SqliteSpool {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    /// Closed when the thread is done.
    ended: Mutex<Receiver<()>>,
}

/// What both ends know.
#[derive(Debug)]
struct Shared {
    told: Told,
    ready: Ready,
    /// Events of this process that are not settled.
    held: AtomicU64,
    /// Bytes on their way to the file.
    uncommitted: AtomicU64,
}

/// What the thread is asked for.
#[derive(Debug)]
enum Order {
    Push(NewEvent),
    Settle(SpooledEvent, Fate),
    /// Little is ready.
    Refill,
    Close,
}

/// An event that is not in the file yet.
#[derive(Debug, Clone)]
struct NewEvent {
    made_at: SystemTime,
    body: Bytes,
}

impl SqliteSpool {
    /// Opens the file, on the thread that goes on to own it.
    pub(crate) fn start(
        settings: &SpoolSettings,
        owner: Owner,
        told: Told,
    ) -> Result<Self, String> {
        let path = settings
            .path
            .clone()
            .or_else(file::default_path)
            .ok_or("there is no home directory: name a file with TES_SPOOL_PATH")?;
        let shared = Arc::new(Shared {
            told,
            ready: Ready::default(),
            held: AtomicU64::new(0),
            uncommitted: AtomicU64::new(0),
        });
        let (orders, ordered) = channel();
        let (tell_opened, opened) = channel();
        let (ending, ended) = channel();
        let (settings, far_end) = (settings.clone(), Arc::clone(&shared));
        thread::Builder::new()
            .name("turnspan-spool".to_owned())
            .spawn(move || {
                match Writer::open(&path, settings, &owner, far_end) {
                    Ok(writer) => {
                        drop(tell_opened.send(Ok(())));
                        writer.run(&ordered);
                    }
                    Err(why) => drop(tell_opened.send(Err(why))),
                }
                // Dropping this end tells whoever waits that the thread is done.
                drop::<Sender<()>>(ending);
            })
            .map_err(|error| error.to_string())?;
        let opened = opened.recv_timeout(OPENING);
        opened.map_err(|_| "opening the file takes too long".to_owned())??;
        shared.told.account.keeps_what_is_spooled();
        Ok(Self {
            shared,
            orders,
            ended: Mutex::new(ended),
        })
    }

    fn order(&self, order: Order) {
        // The thread is gone only after the end.
        drop(self.orders.send(order));
    }
}

impl Spool for SqliteSpool {
    fn push(&self, body: Bytes) {
        let weight = weigh(&body);
        let uncommitted = self.shared.uncommitted.fetch_add(weight, Relaxed);
        let event = NewEvent {
            made_at: SystemTime::now(),
            body,
        };
        let is_refused = uncommitted + weight > MAX_UNCOMMITTED && uncommitted > 0;
        self.shared.held.fetch_add(1, Relaxed);
        if is_refused || self.orders.send(Order::Push(event)).is_err() {
            self.shared.uncommitted.fetch_sub(weight, Relaxed);
            self.shared.lose(Stage::Queued, DropReason::SpoolFull, 1);
        }
    }

    fn take(&self) -> Option<SpooledEvent> {
        let (event, asks) = self.shared.ready.take();
        if asks {
            self.order(Order::Refill);
        }
        event
    }

    fn put_back(&self, event: SpooledEvent) {
        self.shared.ready.put_back(event);
    }

    fn settle(&self, event: SpooledEvent, fate: Fate) {
        self.shared.ready.settled();
        self.shared.settle(&event, &fate);
        self.order(Order::Settle(event, fate));
    }

    fn is_empty(&self) -> bool {
        self.shared.held.load(Relaxed) == 0
    }

    fn close(&self, deadline: Instant) {
        self.order(Order::Close);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        // A disk that hangs is left to itself.
        let _ended = ended.recv_timeout(patience.max(GRACE));
    }
}

/// What the last commit may take, however late it is.
const GRACE: Duration = Duration::from_millis(500);

impl Shared {
    /// The books of an event that came to its end. One in memory alone cannot
    /// be kept when it is refused.
    fn settle(&self, event: &SpooledEvent, fate: &Fate) {
        self.held.fetch_sub(1, Relaxed);
        let account = &self.told.account;
        match fate {
            Fate::Delivered => account.deliver(Stage::Spooled, 1),
            Fate::Refused(..) if event.row.is_some() => account.bury(Stage::Spooled, 1),
            Fate::Refused(reason, _) => account.lose(Stage::Spooled, *reason, 1),
        }
    }

    fn lose(&self, stage: Stage, reason: DropReason, count: u64) {
        self.held.fetch_sub(count, Relaxed);
        self.told.account.lose(stage, reason, count);
    }
}

fn weigh(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
