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
mod ready;
mod standing;
mod store;
mod system;
mod writer;
mod writing;

pub use inspect::{
    SpoolEvent, SpoolFile, SpoolFileError, SpoolFilter, SpoolHolder, SpoolOwner, SpoolPurge,
    SpoolRefusal, SpoolState, SpoolStatus,
};

#[cfg(feature = "cli")]
pub(crate) use place::check_place;

use crate::export::spool::{
    Fate, Held, LeftOpen, NewEvent, Owner, Spool, SpoolSettings, SpooledEvent, Told,
};
use crate::stats::{DropReason, Stage};
use bytes::Bytes;
use ready::Ready;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
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
    /// Words of open turns that are not in the file yet.
    unsaved: AtomicU64,
    /// Something of open turns was not kept: they are to be written anew.
    has_lost_open: AtomicBool,
    /// The disk took nothing last time.
    is_failing: AtomicBool,
    /// The file is not in its place any more, and there is no other.
    is_away: AtomicBool,
    /// Open turns that other processes left.
    recovered: Mutex<Vec<LeftOpen>>,
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
        thread::Builder::new()
            .name("turnspan-spool".to_owned())
            .spawn(move || {
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
            ended: Mutex::new(ended),
        })
    }

    fn order(&self, order: Order) {
        // The thread is gone only after the end.
        drop(self.orders.send(order));
    }
}

impl Spool for SqliteSpool {
    fn push(&self, event: NewEvent) {
        let (weight, items) = (weigh(&event.body), event.items);
        let uncommitted = self.shared.uncommitted.fetch_add(weight, Relaxed);
        let is_refused = uncommitted + weight > MAX_UNCOMMITTED && uncommitted > 0;
        self.shared.held.fetch_add(1, Relaxed);
        if is_refused || self.orders.send(Order::Push(event)).is_err() {
            self.shared.uncommitted.fetch_sub(weight, Relaxed);
            self.shared
                .lose(Stage::Queued, DropReason::SpoolFull, Tally::one(items));
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
            self.order(Order::Refill);
        }
        event
    }

    fn put_back(&self, event: SpooledEvent) {
        self.shared.ready.put_back(event);
    }

    fn settle(&self, event: SpooledEvent, fate: Fate) {
        let is_in_file = self.shared.ready.settled(&event);
        self.shared.settle(&event, &fate, is_in_file);
        self.order(Order::Settle(event, fate));
    }

    fn kept(&self) -> u64 {
        self.shared.kept()
    }

    fn is_empty(&self) -> bool {
        self.shared.held.load(Relaxed) == 0 && self.shared.unsaved.load(Relaxed) == 0
    }

    fn close(&self, deadline: Instant) {
        self.order(Order::Close);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        // A disk that hangs is left to itself.
        let _ended = ended.recv_timeout(patience.max(GRACE));
        self.shared.give_up();
    }
}

/// What the last commit may take, however late it is.
const GRACE: Duration = Duration::from_millis(500);

impl Shared {
    fn new(told: Told) -> Self {
        Self {
            told,
            ready: Ready::default(),
            held: AtomicU64::new(0),
            uncommitted: AtomicU64::new(0),
            unsaved: AtomicU64::new(0),
            has_lost_open: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
            recovered: Mutex::default(),
        }
    }

    /// The books of an event that came to its end. One in memory alone cannot
    /// be kept when it is refused.
    fn settle(&self, event: &SpooledEvent, fate: &Fate, is_in_file: bool) {
        self.let_go(1);
        let account = &self.told.account;
        match fate {
            Fate::Delivered => account.deliver(Stage::Spooled, event.items),
            Fate::Refused(..) if is_in_file => account.bury(Stage::Spooled, event.items),
            Fate::Refused(reason, _) => account.lose(Stage::Spooled, *reason, event.items),
        }
    }

    /// How many items are in the file and have not come to their end.
    fn kept(&self) -> u64 {
        self.kept_events() + self.kept_open()
    }

    fn kept_events(&self) -> u64 {
        if self.is_away.load(Relaxed) {
            0
        } else {
            self.ready.in_file().items
        }
    }

    /// None, as long as something of open turns is not: it may be of any.
    fn kept_open(&self) -> u64 {
        let [is_failing, is_away, is_lost] =
            [&self.is_failing, &self.is_away, &self.has_lost_open].map(|it| it.load(Relaxed));
        if is_failing || is_away || is_lost || self.unsaved.load(Relaxed) > 0 {
            0
        } else {
            self.told.account.at(Stage::Open)
        }
    }

    /// What the file does not have is lost with the process.
    fn give_up(&self) {
        let account = &self.told.account;
        for (stage, kept) in [
            (Stage::Spooled, self.kept_events()),
            (Stage::Open, self.kept_open()),
        ] {
            let lost = account.at(stage).saturating_sub(kept);
            account.lose(stage, DropReason::Shutdown, lost);
        }
    }

    /// After damage nobody knows exactly how many there were: a flush that ends
    /// early is better than one that never does.
    fn let_go(&self, events: u64) {
        let less = |held: u64| Some(held.saturating_sub(events));
        // It always changes something.
        let _before = self.held.fetch_update(Relaxed, Relaxed, less);
    }

    fn lose(&self, stage: Stage, reason: DropReason, lost: Tally) {
        self.let_go(lost.events);
        self.told.account.lose(stage, reason, lost.items);
    }
}

/// Events, and the items of the books that they stand for.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    events: u64,
    items: u64,
}

impl Tally {
    fn one(items: u64) -> Self {
        Self { events: 1, items }
    }

    fn of<'a>(events: impl IntoIterator<Item = &'a SpooledEvent>) -> Self {
        let events = events.into_iter();
        events.fold(Self::default(), |lost, event| {
            lost.plus(Self::one(event.items))
        })
    }

    fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            items: self.items + other.items,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            events: self.events.saturating_sub(other.events),
            items: self.items.saturating_sub(other.items),
        }
    }
}

fn weigh(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
