//! Events that were read ahead, for whoever delivers them.

use super::Tally;
use crate::export::spool::SpooledEvent;
use std::collections::VecDeque;
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
    lent: Tally,
    /// The file has more than is here.
    has_more: bool,
    /// More was asked for, and did not come yet.
    is_asked: bool,
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
            inner.lent = inner.lent.plus(Tally::one(event.items));
        }
        let asks = inner.has_more && !inner.is_asked && inner.events.len() < MAX_EVENTS / 2;
        inner.is_asked |= asks;
        (event, asks)
    }

    pub(super) fn put_back(&self, event: SpooledEvent) {
        let mut inner = self.inner();
        inner.lent = inner.lent.minus(Tally::one(event.items));
        inner.bytes += event.body.len();
        inner.events.push_front(event);
    }

    pub(super) fn settled(&self, event: &SpooledEvent) {
        let mut inner = self.inner();
        inner.lent = inner.lent.minus(Tally::one(event.items));
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

    /// What is here or lent: what is known of without the file.
    pub(super) fn known(&self) -> Tally {
        let inner = self.inner();
        inner.lent.plus(Tally::of(&inner.events))
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

    pub(super) fn change(&self, change: impl Fn(&mut SpooledEvent)) {
        self.inner().events.iter_mut().for_each(change);
    }
}
