//! What is looked for at intervals: what is old, and what others have left.

use super::Writer;
use crate::spool::sqlite::Tally;
use crate::spool::sqlite::adopted::Adopted;
use crate::spool::{LeftOpen, SpooledEvent};
use crate::stats::{DropReason, Stage};
use std::ops::RangeInclusive;
use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime};

/// Wall time and the time that passed differ by so much when a clock was set.
const CLOCK_SET: Duration = Duration::from_secs(60);

/// A clock that was set.
#[derive(Debug)]
struct Jump {
    by: Duration,
    is_ahead: bool,
    /// What was made since it was set bears these times, and is right.
    by_the_new: RangeInclusive<SystemTime>,
}

impl Jump {
    /// What happened to the clock between two readings of both clocks.
    fn between(then: (Instant, SystemTime), now: (Instant, SystemTime)) -> Option<Self> {
        let passed = now.0.saturating_duration_since(then.0);
        let expected = then.1.checked_add(passed)?;
        let (by, is_ahead) = match now.1.duration_since(expected) {
            Ok(ahead) => (ahead, true),
            Err(behind) => (behind.duration(), false),
        };
        let by_the_new = now.1.checked_sub(passed)?..=now.1;
        (by >= CLOCK_SET).then_some(Self {
            by,
            is_ahead,
            by_the_new,
        })
    }

    fn milliseconds(&self) -> i64 {
        let by = i64::try_from(self.by.as_millis()).unwrap_or(i64::MAX);
        if self.is_ahead { by } else { -by }
    }

    fn mended(&self, made_at: SystemTime) -> SystemTime {
        let mended = if self.by_the_new.contains(&made_at) {
            None
        } else if self.is_ahead {
            made_at.checked_add(self.by)
        } else {
            made_at.checked_sub(self.by)
        };
        mended.unwrap_or(made_at)
    }
}

impl Writer {
    pub(super) fn sweep(&mut self) {
        self.swept = Instant::now();
        self.recognize_file();
        let is_entered = self.stay_entered();
        self.commit();
        if is_entered {
            self.compare();
        }
        self.rescue();
        if self.mend_clock() {
            self.expire();
        }
        self.adopt();
    }

    /// A clock that was set must not make events old, or young for ever. Gives
    /// whether times are right.
    pub(super) fn mend_clock(&mut self) -> bool {
        let now = (Instant::now(), SystemTime::now());
        let Some(jump) = Jump::between(self.timed, now) else {
            self.timed = now;
            return true;
        };
        let shifted = self.store.begin().and_then(|writing| {
            writing.shift(jump.milliseconds(), &jump.by_the_new)?;
            writing.commit()
        });
        if let Err(error) = shifted {
            // With the next sweep.
            self.failed(&error);
            return false;
        }
        self.timed = now;
        self.shared.ready.change(|event| {
            event.made_at = jump.mended(event.made_at);
        });
        true
    }

    fn expire(&mut self) {
        let age = self.settings.max_age;
        let is_old = |event: &SpooledEvent| {
            let waited = SystemTime::now().duration_since(event.made_at);
            waited.is_ok_and(|waited| waited > age)
        };
        let of_ready = self.shared.ready.extract(is_old);
        let rows: Vec<i64> = of_ready
            .iter()
            .filter_map(|event| self.shared.ready.id_of(event))
            .collect();
        let after = self.unread_after();
        let expired = self.store.begin().and_then(|writing| {
            writing.delete(&rows)?;
            let expired = writing.expire(after, age)?;
            writing.commit()?;
            Ok(expired)
        });
        let unread = match expired {
            Ok(unread) => unread,
            Err(error) => {
                // They are in the file still, and so they wait still.
                self.shared.ready.restore(of_ready);
                return self.failed(&error);
            }
        };
        self.shared.ready.unfiled(unread, &of_ready);
        let expired = Tally::of(&of_ready).plus(unread);
        self.shared
            .lose(Stage::Spooled, DropReason::Expired, expired);
    }

    pub(in crate::spool::sqlite) fn adopt(&mut self) {
        let (adopted, over) = self.store.adopt(self.settings.max_age);
        self.store.know(&adopted.rows);
        let rows = u64::try_from(adopted.rows.len()).unwrap_or(u64::MAX);
        let Adopted { expired, items, .. } = adopted;
        let account = &self.shared.told.account;
        account.recover(Stage::Spooled, items + expired.items);
        let events = rows;
        self.shared.ready.filed(Tally { events, items });
        self.shared
            .lose(Stage::Spooled, DropReason::Expired, expired);
        self.recover_open(adopted.open);
        // Those after the cursor are read with all others there.
        let unread_after = self.unread_after();
        let rows = adopted.rows.into_iter();
        self.adopted.extend(rows.filter(|row| *row <= unread_after));
        if let Err(error) = over {
            self.failed(&error);
        }
        self.refill();
    }

    /// For whoever gathers turns.
    fn recover_open(&mut self, open: Vec<LeftOpen>) {
        for turn in &open {
            self.open.adopt(turn);
        }
        let items = open.iter().map(|turn| turn.items).sum();
        self.shared.told.account.recover(Stage::Open, items);
        let mut recovered = self
            .shared
            .recovered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        recovered.extend(open);
    }
}
