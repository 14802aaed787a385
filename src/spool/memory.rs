//! A spool in memory: lost with the process.

use super::{Awaited, Fate, NewEvent, Row, Spool, SpoolSettings, SpooledEvent, WhenFull};
use crate::stats::{Account, DropReason, Stage};
use bytes::Bytes;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// What an event costs beyond its bytes.
const OVERHEAD: u64 = 128;

/// Events in memory, the oldest first.
#[derive(Debug)]
pub(crate) struct MemorySpool {
    held: Mutex<Held>,
    account: Arc<Account>,
    ready: Arc<Notify>,
    max_bytes: u64,
    max_age: Duration,
    when_full: WhenFull,
}

#[derive(Debug, Default)]
struct Held {
    waiting: VecDeque<SpooledEvent>,
    /// The numbers of all that wait or are lent.
    numbers: BTreeSet<i64>,
    /// The number of the last that came.
    last: i64,
    /// Who waits until all up to a number are settled.
    flushes: Vec<(i64, mpsc::Sender<()>)>,
    /// Of those that wait and those that are lent.
    bytes: u64,
    lent_bytes: u64,
    awaited: Awaited,
}

impl Held {
    /// Whether what is waited for has come; then it is waited for no longer.
    fn is_awaited(&mut self) -> bool {
        let bytes = usize::try_from(self.bytes.saturating_sub(self.lent_bytes));
        let has_come = self
            .awaited
            .is_met(self.waiting.len(), bytes.unwrap_or(usize::MAX));
        if has_come {
            self.awaited = Awaited::default();
        }
        has_come
    }

    fn number(&mut self) -> Row {
        self.last += 1;
        self.numbers.insert(self.last);
        Row {
            file: 0,
            id: self.last,
        }
    }

    fn lend(&mut self, event: &SpooledEvent) {
        self.lent_bytes += weigh(&event.body);
    }

    fn take_back(&mut self, event: &SpooledEvent) {
        self.lent_bytes = self.lent_bytes.saturating_sub(weigh(&event.body));
    }

    /// An event is here no longer, and in the books as what it came to.
    fn let_go(&mut self, event: &SpooledEvent) {
        self.bytes = self.bytes.saturating_sub(weigh(&event.body));
        if let Some(row) = event.row {
            self.numbers.remove(&row.id);
        }
        self.tell_flushed();
    }

    fn tell_flushed(&mut self) {
        let first = self.numbers.first().copied();
        self.flushes.retain(|(last, done)| {
            let is_over = first.is_none_or(|first| first > *last);
            if is_over {
                // Nobody waits any more: a deadline has passed.
                done.send(()).ok();
            }
            !is_over
        });
    }
}

impl MemorySpool {
    pub(crate) fn new(settings: &SpoolSettings, account: Arc<Account>, ready: Arc<Notify>) -> Self {
        Self {
            held: Mutex::default(),
            account,
            ready,
            max_bytes: settings.max_bytes,
            max_age: settings.max_age,
            when_full: settings.when_full,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Whole after every statement, a panic leaves it not torn.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for so much more, if need be made at the cost of
    /// the oldest that wait.
    fn make_room(&self, held: &mut Held, weight: u64) -> bool {
        while held.bytes + weight > self.max_bytes {
            let oldest = match self.when_full {
                WhenFull::DropOldest if weight <= self.max_bytes => held.waiting.pop_front(),
                WhenFull::DropOldest | WhenFull::DropNewest => None,
            };
            let Some(oldest) = oldest else { return false };
            let account = &self.account;
            account.lose(Stage::Spooled, DropReason::SpoolFull, oldest.items);
            held.let_go(&oldest);
        }
        true
    }
}

impl Spool for MemorySpool {
    fn push(&self, event: NewEvent) {
        let stage = event.stage();
        let NewEvent {
            made_at,
            body,
            items,
            ..
        } = event;
        let mut held = self.held();
        let weight = weigh(&body);
        if !self.make_room(&mut held, weight) {
            return self.account.lose(stage, DropReason::SpoolFull, items);
        }
        held.bytes += weight;
        let row = Some(held.number());
        held.waiting.push_back(SpooledEvent {
            row,
            made_at,
            body,
            items,
        });
        self.account.advance(stage, Stage::Spooled, items);
        let is_awaited = held.is_awaited();
        drop(held);
        if is_awaited {
            self.ready.notify_one();
        }
    }

    fn wait_for(&self, awaited: Awaited) {
        let mut held = self.held();
        held.awaited = awaited;
        if held.is_awaited() {
            self.ready.notify_one();
        }
    }

    fn take(&self) -> Option<SpooledEvent> {
        let mut held = self.held();
        loop {
            let event = held.waiting.pop_front()?;
            let age = SystemTime::now().duration_since(event.made_at);
            if age.is_ok_and(|age| age > self.max_age) {
                let account = &self.account;
                account.lose(Stage::Spooled, DropReason::Expired, event.items);
                held.let_go(&event);
                continue;
            }
            held.lend(&event);
            return Some(event);
        }
    }

    fn put_back(&self, event: SpooledEvent) {
        let mut held = self.held();
        held.take_back(&event);
        held.waiting.push_front(event);
    }

    fn settle(&self, event: SpooledEvent, fate: Fate) {
        let mut held = self.held();
        held.take_back(&event);
        match fate {
            Fate::Delivered => self.account.deliver(Stage::Spooled, event.items),
            Fate::Refused(reason, _) => {
                self.account.lose(Stage::Spooled, reason, event.items);
            }
        }
        held.let_go(&event);
    }

    fn flush(&self, done: mpsc::Sender<()>) {
        let mut held = self.held();
        let last = held.last;
        held.flushes.push((last, done));
        held.tell_flushed();
    }

    fn is_flushing(&self) -> bool {
        !self.held().flushes.is_empty()
    }

    fn close(&self, _deadline: Instant) {
        *self.held() = Held::default();
        for stage in [Stage::Spooled, Stage::Open] {
            let left = self.account.at(stage);
            self.account.lose(stage, DropReason::Shutdown, left);
        }
    }
}

fn weigh(body: &Bytes) -> u64 {
    u64::try_from(body.len())
        .unwrap_or(u64::MAX)
        .saturating_add(OVERHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(settings: &SpoolSettings) -> (MemorySpool, Arc<Account>) {
        let account = Account::new("tes");
        let spool = MemorySpool::new(settings, Arc::clone(&account), Arc::default());
        (spool, account)
    }

    fn push(spool: &MemorySpool, body: &'static str) {
        spool.account.enqueue();
        spool.push(NewEvent {
            made_at: SystemTime::now(),
            body: Bytes::from_static(body.as_bytes()),
            items: 1,
            closes: None,
        });
    }

    #[test]
    fn an_event_stays_until_it_is_settled() {
        let (spool, account) = spool(&SpoolSettings::best_effort());
        push(&spool, "a");
        push(&spool, "b");
        let first = spool.take().unwrap();
        assert_eq!(first.body, "a");
        spool.put_back(first);
        let first = spool.take().unwrap();
        assert_eq!(first.body, "a");
        spool.settle(first, Fate::Delivered);
        spool.close(Instant::now());
        let books = account.snapshot();
        assert!(books.balances());
        assert_eq!((books.delivered, books.dropped_total()), (1, 1));
    }

    #[test]
    fn a_full_spool_drops_the_oldest_that_waits_or_the_newest() {
        let room_for_two = SpoolSettings::best_effort().max_bytes(2 * (OVERHEAD + 1));
        let (spool, account) = spool(&room_for_two);
        for body in ["a", "b", "c"] {
            push(&spool, body);
        }
        assert_eq!(spool.take().unwrap().body, "b");
        let (spool, newest) = self::spool(&room_for_two.when_full(WhenFull::DropNewest));
        for body in ["a", "b", "c"] {
            push(&spool, body);
        }
        assert_eq!(spool.take().unwrap().body, "a");
        for books in [account.snapshot(), newest.snapshot()] {
            assert_eq!(books.dropped[&DropReason::SpoolFull], 1);
            assert!(books.balances());
        }
    }

    #[test]
    fn what_is_lent_counts_and_is_never_dropped() {
        let (spool, _) = spool(&SpoolSettings::best_effort().max_bytes(OVERHEAD + 1));
        push(&spool, "a");
        let lent = spool.take().unwrap();
        push(&spool, "b");
        assert!(spool.take().is_none());
        let (done, flushed) = mpsc::channel();
        spool.flush(done);
        assert!(flushed.try_recv().is_err());
        spool.settle(lent, Fate::Delivered);
        assert!(flushed.try_recv().is_ok());
    }

    #[test]
    fn a_flush_is_over_when_what_was_there_has_settled() {
        let (spool, _) = spool(&SpoolSettings::best_effort());
        push(&spool, "a");
        push(&spool, "b");
        let (first, second) = (spool.take().unwrap(), spool.take().unwrap());
        let (done, flushed) = mpsc::channel();
        spool.flush(done);
        push(&spool, "c");
        // What comes later may overtake.
        let third = spool.take().unwrap();
        spool.settle(third, Fate::Delivered);
        spool.settle(second, Fate::Delivered);
        spool.put_back(first);
        push(&spool, "d");
        assert!(flushed.try_recv().is_err() && spool.is_flushing());
        let first = spool.take().unwrap();
        spool.settle(first, Fate::Delivered);
        assert!(flushed.try_recv().is_ok() && !spool.is_flushing());
    }

    #[test]
    fn a_flush_of_a_spool_that_ends_is_never_over() {
        let (spool, _) = spool(&SpoolSettings::best_effort());
        push(&spool, "a");
        let (done, flushed) = mpsc::channel();
        spool.flush(done);
        spool.close(Instant::now());
        assert_eq!(flushed.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn what_waited_too_long_is_dropped() {
        let (spool, account) = spool(&SpoolSettings::best_effort().max_age(Duration::ZERO));
        push(&spool, "a");
        while SystemTime::now() == spool.held().waiting[0].made_at {}
        assert!(spool.take().is_none());
        assert_eq!(account.snapshot().dropped[&DropReason::Expired], 1);
    }
}
