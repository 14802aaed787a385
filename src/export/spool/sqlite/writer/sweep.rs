//! What is looked for at intervals: what is old, and what others have left.

use super::Writer;
use crate::export::spool::sqlite::Tally;
use crate::export::spool::sqlite::store::Adopted;
use crate::export::spool::{Held, SpooledEvent};
use crate::stats::{DropReason, Stage};
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

/// Wall time and the time that passed differ by so much when a clock was set.
const CLOCK_SET: Duration = Duration::from_secs(60);

impl Writer {
    pub(super) fn sweep(&mut self) {
        self.mend_clock();
        self.commit();
        self.expire();
        self.adopt();
    }

    /// A clock that was set must not make events old, or young for ever.
    fn mend_clock(&mut self) {
        let (then, wall_then) = self.swept;
        self.swept = (Instant::now(), SystemTime::now());
        let passed = then.elapsed();
        let Some(expected) = wall_then.checked_add(passed) else {
            return;
        };
        let (jump, sign) = match self.swept.1.duration_since(expected) {
            Ok(ahead) => (ahead, 1),
            Err(behind) => (behind.duration(), -1),
        };
        if jump < CLOCK_SET {
            return;
        }
        let milliseconds = sign * i64::try_from(jump.as_millis()).unwrap_or(i64::MAX);
        let shifted = self.store.begin().and_then(|writing| {
            writing.shift(milliseconds)?;
            writing.commit()
        });
        if let Err(error) = shifted {
            self.complain(&error.to_string());
        }
        self.shared.ready.change(|event| {
            let shifted = match sign {
                1 => event.made_at.checked_add(jump),
                _ => event.made_at.checked_sub(jump),
            };
            event.made_at = shifted.unwrap_or(event.made_at);
        });
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
            .filter_map(|event| event.row.map(|row| row.id))
            .collect();
        let after = self.unread_after();
        let expired = self.store.begin().and_then(|writing| {
            writing.delete(&rows)?;
            let expired = writing.expire(after, age)?;
            writing.commit()?;
            Ok(expired)
        });
        let unread = expired.unwrap_or_else(|error| {
            self.complain(&error.to_string());
            Tally::default()
        });
        let expired = Tally::of(&of_ready).plus(unread);
        self.shared
            .lose(Stage::Spooled, DropReason::Expired, expired);
    }

    pub(super) fn adopt(&mut self) {
        match self.store.adopt(self.settings.max_age) {
            Ok(adopted) => {
                let rows = u64::try_from(adopted.rows.len()).unwrap_or(u64::MAX);
                let Adopted { expired, items, .. } = adopted;
                self.shared.held.fetch_add(rows + expired.events, Relaxed);
                let account = &self.shared.told.account;
                account.recover(Stage::Spooled, items + expired.items);
                self.shared
                    .lose(Stage::Spooled, DropReason::Expired, expired);
                self.recover_open(adopted.open);
                // Those after the cursor are read with all others there.
                let unread_after = self.unread_after();
                let rows = adopted.rows.into_iter();
                self.adopted.extend(rows.filter(|row| *row <= unread_after));
                self.refill();
            }
            Err(error) => self.complain(&error.to_string()),
        }
    }

    /// For whoever gathers turns.
    fn recover_open(&self, open: Vec<Held>) {
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
