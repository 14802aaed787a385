//! What processes that are gone have left.

use super::Tally;
use crate::spool::LeftOpen;

/// What was taken over.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    /// The oldest first.
    pub(super) rows: Vec<i64>,
    pub(super) items: u64,
    pub(super) open: Vec<LeftOpen>,
    /// What was too old for that.
    pub(super) expired: Tally,
}

impl Adopted {
    pub(super) fn add(&mut self, rows: &[(i64, u64)], open: Vec<LeftOpen>, expired: Tally) {
        self.items += rows.iter().map(|(_, items)| items).sum::<u64>();
        self.rows.extend(rows.iter().map(|(id, _)| id));
        self.open.extend(open);
        self.expired = self.expired.plus(expired);
    }
}
