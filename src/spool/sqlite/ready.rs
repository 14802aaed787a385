//! Events that were read ahead, for whoever delivers them, and how many the
//! file has.

use super::Tally;
use crate::spool::{Awaited, Row, SpooledEvent};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many are read ahead, and so many bytes: enough to send from while the
/// thread of the file commits a group.
const MAX_EVENTS: usize = 512;
const MAX_BYTES: usize = 4 << 20;

#[derive(Debug, Default)]
pub(super) struct Ready(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<SpooledEvent>,
    bytes: usize,
    /// The number of the file in use: rows of one before it are in none.
    file: u32,
    /// What waits in that file, whether it was read or not.
    filed: Tally,
    /// The rows of that file that are lent, and their items.
    lent: HashMap<i64, u64>,
    /// How many are lent that the file does not have.
    lent_unfiled: usize,
    /// The file has more than is here.
    has_more: bool,
    /// More was asked for, and did not come yet.
    is_asked: bool,
    /// What whoever delivers waits for.
    awaited: Awaited,
}

impl Ready {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whole after every statement, a panic leaves it not torn.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest, and whether more should be asked for.
    pub(super) fn take(&self) -> (Option<SpooledEvent>, bool) {
        let mut inner = self.inner();
        let event = inner.events.pop_front();
        if let Some(event) = &event {
            inner.bytes -= event.body.len();
            match inner.id_of(event) {
                Some(id) => drop(inner.lent.insert(id, event.items)),
                None => inner.lent_unfiled += 1,
            }
        }
        let asks = inner.has_more && !inner.is_asked && inner.events.len() < MAX_EVENTS / 2;
        inner.is_asked |= asks;
        (event, asks)
    }

    pub(super) fn put_back(&self, mut event: SpooledEvent) {
        let mut inner = self.inner();
        if inner.take_back(&event).is_none() {
            event.row = None;
        }
        inner.bytes += event.body.len();
        inner.events.push_front(event);
    }

    /// An event that was lent came to its end; gives whether the file has it.
    pub(super) fn settled(&self, event: &SpooledEvent) -> bool {
        let mut inner = self.inner();
        let Some(items) = inner.take_back(event) else {
            return false;
        };
        inner.filed = inner.filed.minus(Tally::one(items));
        true
    }

    /// The row of an event, if it is in the file that is in use.
    pub(super) fn id_of(&self, event: &SpooledEvent) -> Option<i64> {
        self.inner().id_of(event)
    }

    /// The file has so much more.
    pub(super) fn filed(&self, events: Tally) {
        let mut inner = self.inner();
        inner.filed = inner.filed.plus(events);
    }

    /// The file has so much less, and these, as far as it had them.
    pub(super) fn unfiled(&self, unread: Tally, read: &[SpooledEvent]) {
        let mut inner = self.inner();
        let of_file = inner.filed_of(read);
        inner.filed = inner.filed.minus(unread).minus(of_file);
    }

    /// What the file has.
    pub(super) fn in_file(&self) -> Tally {
        self.inner().filed
    }

    /// Another file is in use, which is empty: what was read ahead or is lent is
    /// in memory alone. Gives how much more the one before had.
    pub(super) fn begin_anew(&self, file: u32) -> Tally {
        let mut inner = self.inner();
        let unread = inner.unread();
        inner.lent_unfiled += inner.lent.len();
        (inner.filed, inner.lent) = (Tally::default(), HashMap::new());
        inner.file = file;
        for event in &mut inner.events {
            event.row = None;
        }
        unread
    }

    /// These rows of the file are not what they were read as, if they were: that
    /// is in memory alone. Gives whether there was any.
    pub(super) fn forget_rows(&self, is_gone: impl Fn(i64) -> bool) -> bool {
        let mut inner = self.inner();
        let before = inner.filed.events;
        let inner = &mut *inner;
        let lent = inner.lent.extract_if(|id, _| is_gone(*id));
        let mut gone = Tally::of_items(lent.map(|(_, items)| items));
        inner.lent_unfiled += usize::try_from(gone.events).unwrap_or(usize::MAX);
        for event in &mut inner.events {
            let row = event.row.filter(|row| row.file == inner.file);
            if row.is_some_and(|row| is_gone(row.id)) {
                gone = gone.plus(Tally::one(event.items));
                event.row = None;
            }
        }
        inner.filed = inner.filed.minus(gone);
        inner.filed.events < before
    }

    /// Whether the file has what was not read.
    pub(super) fn lacks_rows(&self) -> bool {
        self.inner().unread() != Tally::default()
    }

    /// All that the file has of what was not read is among these rows. Gives what
    /// has gone.
    pub(super) fn lose_unread_but(&self, rows: &HashMap<i64, u64>) -> Tally {
        let mut inner = self.inner();
        let here = inner.events.iter().filter_map(|event| inner.id_of(event));
        let read: HashSet<i64> = here.chain(inner.lent.keys().copied()).collect();
        let there = rows.iter().filter(|(id, _)| !read.contains(id));
        let there = Tally::of_items(there.map(|(_, items)| *items));
        let gone = inner.unread().minus(there);
        inner.filed = inner.filed.minus(gone);
        gone
    }

    /// Whether it is here already.
    pub(super) fn wait_for(&self, awaited: Awaited) -> bool {
        self.inner().awaited = awaited;
        self.is_awaited()
    }

    /// Whether what is waited for has come; then it is waited for no longer.
    pub(super) fn is_awaited(&self) -> bool {
        let mut inner = self.inner();
        let mut awaited = inner.awaited;
        // More is not read ahead before some is taken.
        awaited.events = awaited.events.min(MAX_EVENTS / 2);
        awaited.bytes = awaited.bytes.min(MAX_BYTES / 2);
        let has_come = awaited.is_met(inner.events.len(), inner.bytes);
        if has_come {
            inner.awaited = Awaited::default();
        }
        has_come
    }

    /// Whether anything waits here, or is lent, that has a row up to this one or
    /// none.
    pub(super) fn has_until(&self, row: i64) -> bool {
        let inner = self.inner();
        let mut rows = inner.events.iter().map(|event| inner.id_of(event));
        inner.lent_unfiled > 0
            || inner.lent.keys().any(|id| *id <= row)
            || rows.any(|id| id.is_none_or(|id| id <= row))
    }

    /// How many more may be read ahead, and of how many bytes.
    pub(super) fn room(&self) -> (usize, usize) {
        let inner = self.inner();
        (
            MAX_EVENTS.saturating_sub(inner.events.len()),
            MAX_BYTES.saturating_sub(inner.bytes),
        )
    }

    pub(super) fn add(&self, event: SpooledEvent) {
        let mut inner = self.inner();
        inner.bytes += event.body.len();
        inner.events.push_back(event);
    }

    /// What was asked for came, and whether there is more.
    pub(super) fn refilled(&self, has_more: bool) {
        let mut inner = self.inner();
        inner.is_asked = false;
        inner.has_more = has_more;
    }

    /// Takes out what `wanted` says, for the file's own purposes.
    pub(super) fn extract(&self, wanted: impl Fn(&SpooledEvent) -> bool) -> Vec<SpooledEvent> {
        let mut inner = self.inner();
        let (out, kept): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut inner.events)
            .into_iter()
            .partition(wanted);
        inner.events = kept;
        inner.bytes -= out.iter().map(|event| event.body.len()).sum::<usize>();
        out.into()
    }

    /// Takes out what the file does not have.
    pub(super) fn extract_unfiled(&self) -> Vec<SpooledEvent> {
        let file = self.inner().file;
        self.extract(|event| event.row.is_none_or(|row| row.file != file))
    }

    /// The oldest, to be dropped.
    pub(super) fn evict(&self, count: usize) -> Vec<SpooledEvent> {
        let mut inner = self.inner();
        let count = count.min(inner.events.len());
        let evicted: Vec<_> = inner.events.drain(..count).collect();
        inner.bytes -= evicted.iter().map(|event| event.body.len()).sum::<usize>();
        evicted
    }

    /// Takes back what was not dropped after all.
    pub(super) fn restore(&self, events: Vec<SpooledEvent>) {
        let mut inner = self.inner();
        for event in events.into_iter().rev() {
            inner.bytes += event.body.len();
            inner.events.push_front(event);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.inner().bytes
    }

    /// Of rows of the file that is in use.
    pub(super) fn row(&self, id: i64) -> Row {
        let file = self.inner().file;
        Row { file, id }
    }

    pub(super) fn change(&self, change: impl Fn(&mut SpooledEvent)) {
        self.inner().events.iter_mut().for_each(change);
    }
}

impl Inner {
    /// What the file has that was not read.
    fn unread(&self) -> Tally {
        let lent = Tally::of_items(self.lent.values().copied());
        self.filed.minus(self.filed_of(&self.events)).minus(lent)
    }

    /// What was lent is so no longer. Gives its items, if the file has it.
    fn take_back(&mut self, event: &SpooledEvent) -> Option<u64> {
        let items = self.id_of(event).and_then(|id| self.lent.remove(&id));
        if items.is_none() {
            self.lent_unfiled = self.lent_unfiled.saturating_sub(1);
        }
        items
    }

    fn id_of(&self, event: &SpooledEvent) -> Option<i64> {
        let of_file = event.row.filter(|row| row.file == self.file);
        of_file.map(|row| row.id)
    }

    /// Those that the file has.
    fn filed_of<'a>(&self, events: impl IntoIterator<Item = &'a SpooledEvent>) -> Tally {
        let events = events.into_iter();
        Tally::of(events.filter(|event| self.id_of(event).is_some()))
    }
}
