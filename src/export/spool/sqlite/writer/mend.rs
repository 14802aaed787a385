//! What is done when the file cannot be written, or is damaged.

use super::Writer;
use crate::export::spool::sqlite::Tally;
use crate::export::spool::sqlite::open_turns::OpenChanges;
use crate::export::spool::sqlite::store::Store;
use crate::export::spool::{NewEvent, Row, SpooledEvent};
use crate::stats::{DropReason, Fault, Stage};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

/// What may wait in memory when the disk takes nothing.
const MAX_IN_MEMORY: usize = 64 << 20;

impl Writer {
    /// The disk does not take them: they wait in memory, within its bound.
    pub(super) fn keep_in_memory(&mut self, pending: Vec<NewEvent>) {
        self.has_failed = true;
        self.forget_uncommitted(&pending);
        for event in pending {
            if self.shared.ready.bytes() > MAX_IN_MEMORY {
                let lost = Tally::one(event.items);
                self.shared.lose(Stage::Queued, DropReason::SpoolFull, lost);
                continue;
            }
            let account = &self.shared.told.account;
            account.advance(Stage::Queued, Stage::Spooled, event.items);
            self.shared.ready.add(SpooledEvent {
                row: None,
                made_at: event.made_at,
                body: event.body,
                items: event.items,
            });
        }
        self.shared.told.ready.notify_one();
    }

    /// Once the disk takes events again: those that wait in memory.
    pub(super) fn rescue(&mut self) {
        if !self.has_failed {
            return;
        }
        let unsaved = self.shared.ready.extract(|event| event.row.is_none());
        let events: Vec<NewEvent> = unsaved
            .iter()
            .map(|event| NewEvent {
                made_at: event.made_at,
                body: event.body.clone(),
                items: event.items,
                closes: None,
            })
            .collect();
        let written = self.store.begin().and_then(|writing| {
            let rows = writing.insert(events.iter())?;
            writing.commit()?;
            Ok(rows)
        });
        self.has_failed = written.is_err();
        let file = self.store.number();
        let rows = written.unwrap_or_default();
        let rows = rows.into_iter().map(|id| Some(Row { file, id }));
        let rows = rows.chain(std::iter::repeat(None));
        for (event, row) in unsaved.into_iter().zip(rows) {
            // What is in the file now behind others is read with them.
            if row.is_none() || !self.has_unread {
                self.shared.ready.add(SpooledEvent { row, ..event });
            }
        }
    }

    /// The file is damaged: what is not in memory is lost with it.
    pub(super) fn begin_anew(&mut self, why: &str, pending: usize) {
        let opened = Store::open(&self.path, &self.owner, self.store.number() + 1);
        let known = self.shared.ready.known();
        let pending = u64::try_from(pending).unwrap_or(u64::MAX);
        let held = self.shared.held.load(Relaxed);
        let spooled = self.shared.told.account.at(Stage::Spooled);
        let lost = Tally {
            events: held.saturating_sub(pending).saturating_sub(known.events),
            items: spooled.saturating_sub(known.items),
        };
        self.shared
            .lose(Stage::Spooled, DropReason::SpoolDamaged, lost);
        self.shared.ready.change(|event| event.row = None);
        self.open = OpenChanges::default();
        self.shared.has_lost_open.store(true, Relaxed);
        self.adopted.clear();
        (self.cursor, self.has_unread) = (0, false);
        match opened {
            Ok((store, aside)) => {
                self.store = store;
                self.shared.file.store(self.store.number(), Relaxed);
                let aside = aside.unwrap_or_else(|| self.path.clone());
                self.tell_damaged(&aside);
            }
            Err(error) => self.complain(&format!("{why}; {error}")),
        }
    }

    pub(super) fn tell_damaged(&self, aside: &Path) {
        self.shared.told.stats.fault(Fault::SpoolDamaged);
        let aside = aside.display();
        tracing::warn!(target: "turnspan", %aside, "the spool was damaged, and is begun anew");
    }

    pub(super) fn complain(&mut self, why: &str) {
        self.shared.told.stats.fault(Fault::SpoolFailed);
        if let Some(times) = self.complaints.due(1, tokio::time::Instant::now()) {
            let path = self.path.display();
            tracing::warn!(target: "turnspan", %path, times, why, "the spool cannot be written");
        }
    }
}
