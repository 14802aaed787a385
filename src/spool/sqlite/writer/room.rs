//! The bound of the file, and what is dropped for it.

use crate::spool::sqlite::writing::Writing;
use crate::spool::sqlite::{Shared, Tally, weigh};
use crate::spool::{NewEvent, SpoolSettings, SpooledEvent, WhenFull};
use crate::stats::{DropReason, Stage};

/// What an event adds to a page beyond its bytes.
const ROW_OVERHEAD: u64 = 48;

/// What a file without events has, in bytes: a page a table and an index.
const EMPTY_FILE: u64 = 40 << 10;

/// What SQLite writes at a time.
const PAGE: u64 = 4 << 10;

/// Rows that are dropped at a time to make room.
const AT_A_TIME: usize = 16;

/// Room for one group of events.
pub(super) struct Room<'a> {
    settings: &'a SpoolSettings,
    shared: &'a Shared,
    /// Rows after this one are nowhere but in the file.
    unread_after: i64,
    /// What was dropped of those that were read ahead, and how many others.
    evicted: Vec<SpooledEvent>,
    evicted_unread: Tally,
}

impl<'a> Room<'a> {
    pub(super) fn new(settings: &'a SpoolSettings, shared: &'a Shared, unread_after: i64) -> Self {
        Self {
            settings,
            shared,
            unread_after,
            evicted: Vec::new(),
            evicted_unread: Tally::default(),
        }
    }

    /// How many of the events fit, from the first on.
    pub(super) fn make(
        &mut self,
        writing: &Writing<'_>,
        pending: &[NewEvent],
    ) -> rusqlite::Result<usize> {
        let mut needed: u64 = pending.iter().map(weight).sum();
        while self.lacks(writing, needed)? && writing.delete_dead(AT_A_TIME)? > 0 {}
        let may_evict = self.settings.when_full == WhenFull::DropOldest;
        while may_evict && self.lacks(writing, needed)? && self.evict(writing)? {}
        let mut fitting = pending.len();
        while let Some(last) = fitting.checked_sub(1).and_then(|last| pending.get(last)) {
            if !self.lacks(writing, needed)? {
                break;
            }
            needed -= weight(last);
            fitting -= 1;
        }
        Ok(fitting)
    }

    /// The group is in the file, or is not: then nothing was dropped for it.
    pub(super) fn end(self, is_committed: bool) {
        if is_committed {
            let evicted = Tally::of(&self.evicted).plus(self.evicted_unread);
            self.shared
                .ready
                .unfiled(self.evicted_unread, &self.evicted);
            self.shared
                .lose(Stage::Spooled, DropReason::SpoolFull, evicted);
        } else {
            self.shared.ready.restore(self.evicted);
        }
    }

    fn lacks(&self, writing: &Writing<'_>, needed: u64) -> rusqlite::Result<bool> {
        Ok(needed > 0 && writing.used_bytes()? + needed > self.settings.max_bytes)
    }

    /// Drops some of the oldest, if there are any. Those that were read ahead
    /// are older than all others.
    fn evict(&mut self, writing: &Writing<'_>) -> rusqlite::Result<bool> {
        let of_ready = self.shared.ready.evict(AT_A_TIME);
        if of_ready.is_empty() {
            let evicted = writing.delete_oldest(self.unread_after, AT_A_TIME)?;
            self.evicted_unread = self.evicted_unread.plus(evicted);
            return Ok(evicted.events > 0);
        }
        let rows: Vec<i64> = of_ready
            .iter()
            .filter_map(|event| self.shared.ready.id_of(event))
            .collect();
        self.evicted.extend(of_ready);
        writing.delete(&rows)?;
        Ok(true)
    }
}

/// Whether there can never be room for it: all others would go, and in vain.
pub(super) fn is_too_large(event: &NewEvent, settings: &SpoolSettings) -> bool {
    weight(event) + EMPTY_FILE > settings.max_bytes
}

fn weight(event: &NewEvent) -> u64 {
    let bytes = weigh(&event.body);
    // What does not fit into one has the last of its pages for itself.
    let rest_of_page = if bytes > PAGE / 2 { PAGE } else { 0 };
    bytes + ROW_OVERHEAD + rest_of_page
}
