//! A spool in a `SQLite` file, which survives the process.
//!
//! One thread owns the connection: what is pushed reaches the file in groups,
//! and what is to be delivered is read ahead, so that neither the pipeline nor
//! the thread of the network ever waits for a disk. Every row belongs to an
//! owner (endpoint and client id) and, while its process lives, to one holder:
//! a process that holds a lock on a lease file. The system frees the lock when
//! the process ends, however it ends, and the next one adopts its rows.

mod adopted;
mod column;
mod file;
mod gate;
mod inspect;
mod kind;
mod lease;
mod open_turns;
mod place;
mod reading;
mod ready;
mod shared;
mod standing;
mod store;
mod tally;
mod system;
mod writer;
mod writing;

pub use inspect::{
    SpoolEvent, SpoolFile, SpoolFileError, SpoolFilter, SpoolHolder, SpoolMove, SpoolOwner,
    SpoolPurge, SpoolRefusal, SpoolState, SpoolStatus,
};

#[cfg(feature = "diagnosis")]
pub(crate) use place::check_place;

use crate::spool::{
    Awaited, Fate, Held, LeftOpen, NewEvent, Owner, Spool, SpoolSettings, SpooledEvent, Told,
};
use crate::stats::{DropReason, Fault};
use bytes::Bytes;
use shared::Shared;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use tally::Tally;
use writer::Writer;

/// What may wait for the disk, in bytes.
const MAX_UNCOMMITTED: u64 = 64 << 20;

/// With so many bytes a group is not waited for to be old.
const MUCH: u64 = 1 << 20;

/// How long opening may take; a network file system can hang.
const OPENING: Duration = Duration::from_secs(5);

/// The near end of a spool in a file.
#[derive(Debug)]
pub(crate) struct SqliteSpool {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    thread: Thread,
    /// Closed when the thread is done.
    ended: Mutex<Receiver<()>>,
}

/// What the thread is asked for.
#[derive(Debug)]
enum Order {
    /// The spool is in use: what others left is to be taken over.
    Begin,
    Push(NewEvent),
    Hold(Held),
    Settle(SpooledEvent, Fate),
    /// Little is ready.
    Refill,
    /// To be told when all before this is settled.
    Flush(Sender<()>),
    Close,
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
        let shared = Arc::new(Shared::new(told));
        let (orders, ordered) = channel();
        let (tell_opened, opened) = channel();
        let (tell_begun, begun) = channel();
        let (ending, ended) = channel();
        let (settings, far_end) = (settings.clone(), Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("turnspan-spool".to_owned())
            .spawn(move || {
                let stats = Arc::clone(&far_end.told.stats);
                stats.guard(Fault::TaskPanicked, || {
                    match Writer::open(&path, settings, &owner, far_end) {
                        Ok(mut writer) => {
                            drop(tell_opened.send(Ok(())));
                            // Whoever waited for too long has another spool by now,
                            // and the same books: nothing may be taken over for it.
                            if matches!(ordered.recv(), Ok(Order::Begin)) {
                                writer.adopt();
                                // Whoever waited may have gone on.
                                tell_begun.send(()).ok();
                                writer.run(&ordered);
                            }
                        }
                        Err(why) => drop(tell_opened.send(Err(why))),
                    }
                });
                // Dropping this end tells whoever waits that the thread is done.
                drop::<Sender<()>>(ending);
            })
            .map_err(|error| error.to_string())?;
        let opened = opened.recv_timeout(OPENING);
        opened.map_err(|_| "opening the file takes too long".to_owned())??;
        drop(orders.send(Order::Begin));
        // What others left is taken over meanwhile; it need not be over.
        let _begun = begun.recv_timeout(OPENING);
        Ok(Self {
            shared,
            orders,
            thread: thread.thread().clone(),
            ended: Mutex::new(ended),
        })
    }

    fn order(&self, order: Order) {
        // The thread is gone only after the end.
        drop(self.orders.send(order));
    }

    /// What cannot wait until a group is whole.
    fn order_at_once(&self, order: Order) {
        self.order(order);
        self.thread.unpark();
    }
}

impl Spool for SqliteSpool {
    fn push(&self, event: NewEvent) {
        let (weight, items, stage) = (weigh(&event.body), event.items, event.stage());
        let uncommitted = self.shared.uncommitted.fetch_add(weight, Relaxed);
        let is_refused = uncommitted + weight > MAX_UNCOMMITTED && uncommitted > 0;
        let lost = if is_refused {
            Some(DropReason::SpoolFull)
        } else {
            let pushed = self.orders.send(Order::Push(event));
            pushed.err().map(|_| DropReason::Shutdown)
        };
        if let Some(reason) = lost {
            self.shared.uncommitted.fetch_sub(weight, Relaxed);
            self.shared.lose(stage, reason, Tally::one(items));
        } else if uncommitted < MUCH && uncommitted + weight >= MUCH {
            self.thread.unpark();
        }
    }

    fn keeps_open_turns(&self) -> bool {
        true
    }

    fn hold(&self, turn: Held) {
        let weight = weigh(&turn.body);
        let uncommitted = self.shared.uncommitted.fetch_add(weight, Relaxed);
        if uncommitted + weight > MAX_UNCOMMITTED && uncommitted > 0 {
            self.shared.uncommitted.fetch_sub(weight, Relaxed);
            return self.shared.has_lost_open.store(true, Relaxed);
        }
        self.shared.unsaved.fetch_add(1, Relaxed);
        self.order(Order::Hold(turn));
    }

    fn has_lost_open_turns(&self) -> bool {
        self.shared.has_lost_open.swap(false, Relaxed)
    }

    fn recovered(&self) -> Vec<LeftOpen> {
        let mut recovered = self
            .shared
            .recovered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut recovered)
    }

    fn take(&self) -> Option<SpooledEvent> {
        let (event, asks) = self.shared.ready.take();
        if asks {
            self.order_at_once(Order::Refill);
        }
        event
    }

    fn wait_for(&self, awaited: Awaited) {
        if self.shared.ready.wait_for(awaited) {
            self.shared.told.ready.notify_one();
        }
    }

    fn put_back(&self, event: SpooledEvent) {
        self.shared.ready.put_back(event);
    }

    fn settle(&self, mut event: SpooledEvent, fate: Fate) {
        let is_in_file = self.shared.ready.settled(&event);
        if !is_in_file {
            event.row = None;
        }
        self.shared.settle(&event, &fate, is_in_file);
        self.order(Order::Settle(event, fate));
    }

    fn kept(&self) -> u64 {
        self.shared.kept()
    }

    fn flush(&self, done: Sender<()>) {
        self.shared.flushes.fetch_add(1, Relaxed);
        self.order_at_once(Order::Flush(done));
    }

    fn is_flushing(&self) -> bool {
        self.shared.flushes.load(Relaxed) > 0
    }

    fn close(&self, deadline: Instant) {
        self.order_at_once(Order::Close);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        // A disk that hangs is left to itself.
        let _ended = ended.recv_timeout(patience.max(GRACE));
        self.shared.give_up();
    }
}

/// What the last commit may take, however late it is.
const GRACE: Duration = Duration::from_millis(500);

fn weigh(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
