//! What is done when the file cannot be written, is damaged or gone.

use super::Writer;
use crate::export::spool::sqlite::Tally;
use crate::export::spool::sqlite::file::OpenError;
use crate::export::spool::sqlite::open_turns::OpenChanges;
use crate::export::spool::sqlite::standing::Whereabouts;
use crate::export::spool::sqlite::store::Store;
use crate::export::spool::{NewEvent, SpooledEvent};
use crate::stats::{DropReason, Fault, Stage};
use std::path::{Path, PathBuf};
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
        let unsaved = self.shared.ready.extract_unfiled();
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
        if written.is_ok() {
            self.shared.ready.filed(Tally::of(&unsaved));
        }
        let rows = written.unwrap_or_default();
        let rows = rows.into_iter().map(|id| Some(self.shared.ready.row(id)));
        let rows: Vec<_> = rows.collect();
        let rows = rows.into_iter().chain(std::iter::repeat(None));
        for (event, row) in unsaved.into_iter().zip(rows) {
            // What is in the file now behind others is read with them.
            if row.is_none() || !self.has_unread {
                self.shared.ready.add(SpooledEvent { row, ..event });
            }
        }
    }

    /// The file that is open is in its place, or another is open then.
    pub(super) fn find_file(&mut self) -> Result<(), OpenError> {
        let whereabouts = self.store.whereabouts();
        if whereabouts == Whereabouts::InPlace {
            return Ok(());
        }
        self.shared.is_away.store(true, Relaxed);
        match whereabouts {
            Whereabouts::Gone => self.follow().map_err(OpenError::Unusable)?,
            _ => self.store.reopen()?,
        }
        self.shared.is_away.store(false, Relaxed);
        self.tell_gone();
        Ok(())
    }

    /// The file has another name by now, or none: what is ours in it goes to a
    /// new one, by way of memory.
    fn follow(&mut self) -> Result<(), String> {
        let after = self.unread_after();
        let unread = self
            .store
            .unread(after, &mut self.adopted.clone(), MAX_IN_MEMORY);
        self.store.make_way();
        let store = Store::open(&self.path, &self.owner, self.store.number() + 1)?;
        self.go_over(store, unread.unwrap_or_default()).leave();
        Ok(())
    }

    /// The file is damaged: what is not in memory is lost with it.
    pub(super) fn begin_anew(&mut self, why: &str) {
        match Store::open(&self.path, &self.owner, self.store.number() + 1) {
            Ok((store, aside)) => {
                drop(self.go_over((store, None), Vec::new()));
                self.shared.is_away.store(false, Relaxed);
                let aside = aside.unwrap_or_else(|| self.path.clone());
                self.tell_damaged(&aside);
            }
            Err(error) => {
                self.shared.is_away.store(true, Relaxed);
                self.complain(&format!("{why}; {error}"));
            }
        }
    }

    /// Goes on with another file, with these events of the one before, which is
    /// given back. What of that was not read and is not among them is lost.
    fn go_over(
        &mut self,
        (store, aside): (Store, Option<PathBuf>),
        unread: Vec<SpooledEvent>,
    ) -> Store {
        let left = self.shared.ready.begin_anew(store.number());
        let lost = left.minus(Tally::of(&unread));
        self.shared
            .lose(Stage::Spooled, DropReason::SpoolDamaged, lost);
        for event in unread {
            self.shared.ready.add(SpooledEvent { row: None, ..event });
        }
        if let Some(aside) = aside {
            self.tell_damaged(&aside);
        }
        self.open = OpenChanges::default();
        self.shared.has_lost_open.store(true, Relaxed);
        self.has_failed = true;
        self.settled.clear();
        self.adopted.clear();
        (self.cursor, self.has_unread) = (0, false);
        std::mem::replace(&mut self.store, store)
    }

    fn tell_gone(&self) {
        self.shared.told.stats.fault(Fault::SpoolGone);
        let path = self.path.display();
        tracing::warn!(
            target: "turnspan", %path,
            "the spool, or what belongs to it, was removed or replaced while it was in use; it is \
             written anew"
        );
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
