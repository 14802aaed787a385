//! What is done when the file cannot be written, is damaged or gone.

use super::Writer;
use super::room::Room;
use crate::spool::sqlite::Tally;
use crate::spool::sqlite::file::{self, OpenError};
use crate::spool::sqlite::open_turns::OpenChanges;
use crate::spool::sqlite::standing::Whereabouts;
use crate::spool::sqlite::store::Store;
use crate::spool::{NewEvent, SpooledEvent};
use crate::stats::{DropReason, Fault, Stage, apart};
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
                self.shared.lose(event.stage(), DropReason::SpoolFull, lost);
                continue;
            }
            let account = &self.shared.told.account;
            account.advance(event.stage(), Stage::Spooled, event.items);
            self.shared.ready.add(SpooledEvent {
                row: None,
                made_at: event.made_at,
                body: event.body,
                items: event.items,
            });
        }
        self.shared.tell_ready();
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
        let mut room = Room::new(&self.settings, &self.shared, self.unread_after());
        let written = self.store.begin().and_then(|writing| {
            let fitting = room.make(&writing, &events)?;
            let rows = writing.insert(events.iter().take(fitting))?;
            writing.commit()?;
            Ok(rows)
        });
        room.end(written.is_ok());
        self.has_failed = written.is_err();
        match written {
            Ok(rows) => {
                self.store.know(&rows);
                self.rescued(unsaved, rows);
            }
            Err(_) => self.shared.ready.restore(unsaved),
        }
    }

    /// The first events are in the file now, in these rows; for the others it
    /// had no room.
    fn rescued(&self, unsaved: Vec<SpooledEvent>, rows: Vec<i64>) {
        let shared = &self.shared;
        let lost = Tally::of(unsaved.iter().skip(rows.len()));
        shared.lose(Stage::Spooled, DropReason::SpoolFull, lost);
        shared
            .ready
            .filed(Tally::of(unsaved.iter().take(rows.len())));
        for (event, row) in unsaved.into_iter().zip(rows) {
            // What is in the file now behind others is read with them.
            if !self.has_unread {
                let row = Some(shared.ready.row(row));
                shared.ready.add(SpooledEvent { row, ..event });
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

    /// Somebody may have written over the file in its place. SQLite, which has
    /// most of it at hand, would write on.
    pub(super) fn recognize_file(&mut self) {
        if self.store.is_overwritten() {
            self.begin_anew("it was written over");
        }
    }

    /// The file has another name by now, or none: what is ours in it goes to a
    /// new one, by way of memory.
    fn follow(&mut self) -> Result<(), String> {
        let unread = self.unread();
        self.store.make_way();
        let store = Store::open(&self.path, &self.owner, self.store.number() + 1)?;
        self.go_over(store, unread).leave();
        Ok(())
    }

    /// The file is damaged: what is not in memory is lost with it.
    pub(super) fn begin_anew(&mut self, why: &str) {
        match Store::open(&self.path, &self.owner, self.store.number() + 1) {
            Ok((store, aside)) => {
                self.go_on(store);
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

    /// Of one that is in its place still only tables were missing, which are
    /// there now: what is ours in the others goes along.
    fn go_on(&mut self, store: Store) {
        if self.store.whereabouts() == Whereabouts::Gone {
            drop(self.go_over((store, None), Vec::new()));
            return;
        }
        let unread = self.unread();
        self.go_over((store, None), unread).leave();
    }

    /// What was not read of the file that is open, as far as it can be.
    fn unread(&self) -> Vec<SpooledEvent> {
        let (after, mut adopted) = (self.unread_after(), self.adopted.clone());
        let unread = self.store.unread(after, &mut adopted, MAX_IN_MEMORY);
        unread.unwrap_or_default()
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
        apart(|| {
            tracing::warn!(
                target: "turnspan", %path,
                "the spool, or what belongs to it, was removed or replaced while it was in use; \
                 it is written anew"
            );
        });
    }

    pub(super) fn tell_damaged(&self, aside: &Path) {
        self.shared.told.stats.fault(Fault::SpoolDamaged);
        let aside = aside.display();
        apart(|| {
            tracing::warn!(target: "turnspan", %aside, "the spool was damaged, and is begun anew");
        });
    }

    /// Something could not be done with the file.
    pub(super) fn failed(&mut self, error: &rusqlite::Error) {
        if file::is_damage(error) {
            self.begin_anew(&error.to_string());
        } else {
            self.complain(&error.to_string());
        }
    }

    pub(super) fn complain(&mut self, why: &str) {
        self.shared.told.stats.fault(Fault::SpoolFailed);
        if let Some(times) = self.complaints.due(1, tokio::time::Instant::now()) {
            let path = self.path.display();
            apart(|| {
                tracing::warn!(target: "turnspan", %path, times, why, "the spool cannot be written");
            });
        }
    }
}
