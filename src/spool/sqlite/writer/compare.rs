//! What is known of the file, held against what it has: anybody can open it and
//! delete from it.

use super::Writer;
use crate::spool::sqlite::Tally;
use crate::stats::{DropReason, Stage};
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;

impl Writer {
    /// What has gone from the file is in memory alone, or lost.
    pub(super) fn compare(&mut self) {
        if let Err(error) = self.compare_events().and_then(|()| self.compare_open()) {
            self.failed(&error);
        }
    }

    fn compare_events(&mut self) -> rusqlite::Result<()> {
        // What is settled meanwhile is in the file still.
        let known = self.shared.ready.in_file();
        if self.store.count()? == known {
            return Ok(());
        }
        let rows = self.store.rows()?;
        self.forget_rows(|id| !rows.contains_key(&id));
        self.lose_unread_but(&rows);
        Ok(())
    }

    /// Whoever gathers turns has all of them.
    fn compare_open(&self) -> rusqlite::Result<()> {
        if self.store.count_open()? < self.open.known() {
            self.shared.has_lost_open.store(true, Relaxed);
        }
        Ok(())
    }

    fn forget_rows(&mut self, is_gone: impl Fn(i64) -> bool) {
        if self.shared.ready.forget_rows(is_gone) {
            self.has_failed = true;
            self.tell_damaged(&self.path);
        }
    }

    /// Of what was not read the file has no more than is among these rows.
    pub(super) fn lose_unread_but(&self, rows: &HashMap<i64, u64>) {
        let gone = self.shared.ready.lose_unread_but(rows);
        if gone != Tally::default() {
            self.shared
                .lose(Stage::Spooled, DropReason::SpoolDamaged, gone);
            self.tell_damaged(&self.path);
        }
    }
}
