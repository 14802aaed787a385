//! Counts of events.

use crate::spool::SpooledEvent;

/// Events, and the items of the books that they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) items: u64,
}

impl Tally {
    pub(super) fn one(items: u64) -> Self {
        Self { events: 1, items }
    }

    pub(super) fn of<'a>(events: impl IntoIterator<Item = &'a SpooledEvent>) -> Self {
        Self::of_items(events.into_iter().map(|event| event.items))
    }

    /// Of events that stand for so many items each.
    pub(super) fn of_items(items: impl Iterator<Item = u64>) -> Self {
        items.fold(Self::default(), |all, items| all.plus(Self::one(items)))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            items: self.items + other.items,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            events: self.events.saturating_sub(other.events),
            items: self.items.saturating_sub(other.items),
        }
    }
}
