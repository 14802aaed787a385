//! What is read ahead, for whoever delivers.

use super::Writer;
use std::collections::HashMap;

impl Writer {
    /// Rows after this one are not read yet.
    pub(super) fn unread_after(&self) -> i64 {
        if self.has_unread {
            self.cursor
        } else {
            i64::MAX
        }
    }

    /// Reads ahead as far as there is room.
    pub(super) fn refill(&mut self) {
        let read = self.read_ahead();
        let is_all_read = read.is_ok() && !self.has_unread && self.adopted.is_empty();
        if is_all_read && self.shared.ready.lacks_rows() && self.stay_entered() {
            self.lose_unread_but(&HashMap::new());
        }
        let mut has_more = self.has_unread || !self.adopted.is_empty();
        if let Err(error) = read {
            self.failed(&error);
            // Not at once again: with the next group, or sweep.
            has_more = false;
        }
        self.shared.ready.refilled(has_more);
        self.shared.tell_ready();
    }

    fn read_ahead(&mut self) -> rusqlite::Result<()> {
        let ready = &self.shared.ready;
        if !self.adopted.is_empty() {
            for event in self.store.load_rows(&mut self.adopted, ready.room())? {
                ready.add(event);
            }
        }
        let (count, bytes) = ready.room();
        if !self.has_unread || !self.adopted.is_empty() || count == 0 || bytes == 0 {
            return Ok(());
        }
        let events = self.store.load(self.cursor, count, bytes)?;
        let size: usize = events.iter().map(|event| event.body.len()).sum();
        self.has_unread = events.len() == count || size >= bytes;
        for event in events {
            self.cursor = event.row.map_or(self.cursor, |row| row.id);
            ready.add(event);
        }
        Ok(())
    }
}
