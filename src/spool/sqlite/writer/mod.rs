//! The thread that owns the file.

mod ahead;
mod compare;
mod entered;
mod flushes;
mod mend;
mod room;
mod sweep;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod open_tests;

use crate::background::complaints::Complaints;
use crate::spool::sqlite::file::OpenError;
use crate::spool::sqlite::open_turns::OpenChanges;
use crate::spool::sqlite::store::Store;
use crate::spool::sqlite::{Order, Shared, Tally, weigh};
use crate::spool::{Fate, Held, NewEvent, Owner, SpoolSettings, SpooledEvent};
use crate::stats::{DropReason, Stage};
use flushes::Flush;
use room::Room;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// A group is committed when it is so old, or so large.
const GROUP_AGE: Duration = Duration::from_millis(20);
const GROUP_SIZE: usize = 100;

/// How often what is old, and what others have left, is looked for.
const SWEEP: Duration = Duration::from_secs(30);

pub(super) struct Writer {
    store: Store,
    path: PathBuf,
    owner: Owner,
    settings: SpoolSettings,
    shared: Arc<Shared>,
    pending: Vec<NewEvent>,
    settled: Vec<(i64, Fate)>,
    open: OpenChanges,
    group_since: Option<Instant>,
    /// Rows of others, to be read before those after the cursor.
    adopted: VecDeque<i64>,
    /// Our rows up to this one are read, settled or adopted.
    cursor: i64,
    /// There are rows after the cursor.
    has_unread: bool,
    swept: Instant,
    /// Both clocks, when events' times were right by them.
    timed: (Instant, SystemTime),
    has_failed: bool,
    flushes: Vec<Flush>,
    complaints: Complaints,
}

impl Writer {
    pub(super) fn open(
        path: &Path,
        settings: SpoolSettings,
        owner: &Owner,
        shared: Arc<Shared>,
    ) -> Result<Self, String> {
        let (store, aside) = Store::open(path, owner, 0)?;
        let writer = Self {
            store,
            path: path.to_owned(),
            owner: owner.clone(),
            settings,
            shared,
            pending: Vec::new(),
            settled: Vec::new(),
            open: OpenChanges::default(),
            group_since: None,
            adopted: VecDeque::new(),
            cursor: 0,
            has_unread: false,
            swept: Instant::now(),
            timed: (Instant::now(), SystemTime::now()),
            has_failed: false,
            flushes: Vec::new(),
            complaints: Complaints::default(),
        };
        if let Some(aside) = aside {
            writer.tell_damaged(&aside);
        }
        Ok(writer)
    }

    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match self.next(orders) {
                Ok(Order::Push(event)) => self.take_in(event),
                Ok(Order::Hold(turn)) => self.hold(turn),
                Ok(Order::Settle(event, fate)) => self.take_out(&event, fate),
                Ok(Order::Refill) => self.refill(),
                Ok(Order::Flush(done)) => self.flush(done),
                Ok(Order::Begin) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::Close) | Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            let is_due = self
                .group_since
                .is_some_and(|since| since.elapsed() >= GROUP_AGE);
            if is_due || self.pending.len() + self.settled.len() >= GROUP_SIZE {
                self.commit();
            }
            if self.swept.elapsed() >= SWEEP {
                self.sweep();
            }
            self.tell_flushed();
        }
    }

    /// While a group is gathered the thread rests: whoever orders would pay for
    /// waking it, each time.
    fn next(&self, orders: &Receiver<Order>) -> Result<Order, RecvTimeoutError> {
        match orders.try_recv() {
            Ok(order) => return Ok(order),
            Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
            Err(TryRecvError::Empty) => {}
        }
        match self.group_since {
            Some(since) => {
                thread::park_timeout(GROUP_AGE.saturating_sub(since.elapsed()));
                Err(RecvTimeoutError::Timeout)
            }
            None => orders.recv_timeout(SWEEP.saturating_sub(self.swept.elapsed())),
        }
    }

    fn take_in(&mut self, event: NewEvent) {
        if let Some(key) = event.closes {
            self.open.close(key);
        }
        self.group_since.get_or_insert_with(Instant::now);
        if room::is_too_large(&event, &self.settings) {
            self.forget_uncommitted(std::slice::from_ref(&event));
            let lost = Tally::one(event.items);
            let stage = event.stage();
            return self.shared.lose(stage, DropReason::SpoolFull, lost);
        }
        self.pending.push(event);
    }

    fn hold(&mut self, turn: Held) {
        self.shared
            .uncommitted
            .fetch_sub(weigh(&turn.body), Relaxed);
        self.open.hold(turn);
        self.group_since.get_or_insert_with(Instant::now);
    }

    /// A row of a file that was set aside is in no file.
    fn take_out(&mut self, event: &SpooledEvent, fate: Fate) {
        if let Some(id) = self.shared.ready.id_of(event) {
            self.settled.push((id, fate));
            self.group_since.get_or_insert_with(Instant::now);
        }
    }

    fn commit(&mut self) {
        self.group_since = None;
        let said_of_open = self.open.take_said();
        let written = self.find_file().and_then(|()| {
            let settled = std::mem::take(&mut self.settled);
            let written = self.write(&settled);
            if written.is_err() {
                self.settled = settled;
            }
            written
        });
        let pending = std::mem::take(&mut self.pending);
        self.shared.is_failing.store(written.is_err(), Relaxed);
        match written {
            Ok(rows) => {
                self.open.written();
                self.store.know(&rows);
                self.committed(pending, rows);
                self.rescue();
            }
            Err(OpenError::Damaged(why)) => {
                self.begin_anew(&why);
                self.keep_in_memory(pending);
                self.rescue();
            }
            Err(OpenError::Unusable(why)) => {
                self.complain(&why);
                self.keep_in_memory(pending);
                if self.open.give_up() {
                    self.shared.has_lost_open.store(true, Relaxed);
                }
            }
        }
        // Saved or not: nobody waits for a disk that does not take it.
        if said_of_open > 0 {
            self.shared.unsaved.fetch_sub(said_of_open, Relaxed);
        }
    }

    /// Gives the rows of those events that there was room for, which are the
    /// first ones.
    fn write(&mut self, settled: &[(i64, Fate)]) -> Result<Vec<i64>, OpenError> {
        let unread = self.unread_after();
        let mut room = Room::new(&self.settings, &self.shared, unread);
        let pending = &self.pending;
        let written = self.store.begin().and_then(|writing| {
            writing.settle(settled)?;
            writing.keep_open(&self.open)?;
            let fitting = room.make(&writing, pending)?;
            let rows = writing.insert(pending.iter().take(fitting))?;
            writing.commit()?;
            Ok(rows)
        });
        room.end(written.is_ok());
        written.map_err(OpenError::from)
    }

    /// The first events are in the file now, in these rows; for the others it
    /// had no room.
    fn committed(&mut self, pending: Vec<NewEvent>, rows: Vec<i64>) {
        self.forget_uncommitted(&pending);
        let (fitting, refused) = pending
            .split_at_checked(rows.len())
            .unwrap_or((&pending, &[]));
        for event in fitting {
            self.shared.ready.filed(Tally::one(event.items));
            let account = &self.shared.told.account;
            account.advance(event.stage(), Stage::Spooled, event.items);
        }
        for event in refused {
            let lost = Tally::one(event.items);
            self.shared.lose(event.stage(), DropReason::SpoolFull, lost);
        }
        for (event, row) in pending.into_iter().zip(rows) {
            if self.has_unread || self.shared.ready.room().0 == 0 {
                if !self.has_unread {
                    self.cursor = row - 1;
                }
                self.has_unread = true;
                continue;
            }
            self.shared.ready.add(SpooledEvent {
                row: Some(self.shared.ready.row(row)),
                made_at: event.made_at,
                body: event.body,
                items: event.items,
            });
        }
        self.refill();
    }

    fn forget_uncommitted(&self, pending: &[NewEvent]) {
        let bytes: u64 = pending.iter().map(|event| weigh(&event.body)).sum();
        self.shared.uncommitted.fetch_sub(bytes, Relaxed);
    }

    /// The last commit. What only memory has is lost with the process.
    fn close(mut self) {
        self.recognize_file();
        let is_entered = self.stay_entered();
        self.commit();
        if is_entered {
            self.compare();
        }
        self.rescue();
        self.shared.give_up();
        self.store.close();
    }
}
