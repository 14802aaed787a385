//! Which events are meant.

use super::{SpoolPurge, SpoolState};
use crate::spool::sqlite::column::{count, in_milliseconds};
use rusqlite::{Connection, params};
use std::time::{Duration, SystemTime};

/// Which events of a [`SpoolFile`](crate::SpoolFile) are meant: by default all
/// of them.
///
/// ```
/// use std::time::Duration;
/// use turnspan::{SpoolFilter, SpoolState};
///
/// let old_ones = SpoolFilter::default()
///     .state(SpoolState::Dead)
///     .older_than(Duration::from_secs(24 * 60 * 60))
///     .limit(10);
/// assert_ne!(old_ones, SpoolFilter::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "hand it to a `SpoolFile`"]
pub struct SpoolFilter {
    state: Option<SpoolState>,
    ids: Option<Vec<i64>>,
    older_than: Option<Duration>,
    pub(super) after: i64,
    limit: Option<usize>,
}

/// The ids of events that a filter lets through; its parameters are the first
/// five.
pub(super) const IDS: &str = "SELECT id FROM event WHERE (?1 IS NULL OR state = ?1)
    AND (?2 IS NULL OR made_at < ?2)
    AND (?3 IS NULL OR id IN (SELECT value FROM json_each(?3)))
    AND id > ?4 ORDER BY id LIMIT ?5";

impl SpoolFilter {
    /// Those that wait, or those that were refused.
    pub fn state(mut self, state: SpoolState) -> Self {
        self.state = Some(state);
        self
    }

    /// Those with these ids.
    pub fn ids(mut self, ids: impl IntoIterator<Item = i64>) -> Self {
        self.ids = Some(ids.into_iter().collect());
        self
    }

    /// Those that were made, or put back, longer ago than this.
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Those with a greater id: of many, the next portion.
    pub fn after(mut self, id: i64) -> Self {
        self.after = id;
        self
    }

    /// So many at most, of the lowest ids.
    pub fn limit(mut self, events: usize) -> Self {
        self.limit = Some(events);
        self
    }

    pub(super) fn of_state(&self) -> Option<i64> {
        self.state.map(SpoolState::number)
    }

    pub(super) fn made_before(&self) -> Option<i64> {
        let age = self.older_than?;
        let before = SystemTime::now().checked_sub(age);
        Some(before.map_or(i64::MIN, in_milliseconds))
    }

    pub(super) fn of_ids(&self) -> Option<String> {
        let ids = self.ids.as_ref()?;
        serde_json::to_string(ids).ok()
    }

    /// For SQLite less than 0 is no limit.
    pub(super) fn at_most(&self) -> i64 {
        let limit = self.limit.map(i64::try_from);
        limit.map_or(-1, |limit| limit.unwrap_or(i64::MAX))
    }

    /// Deletes what is let through; `running` are the holders that run, as a
    /// list in JSON.
    pub(super) fn purge(
        &self,
        connection: &Connection,
        running: &str,
    ) -> rusqlite::Result<SpoolPurge> {
        let (state, before, ids) = (self.of_state(), self.made_before(), self.of_ids());
        let matching = connection.query_row(
            &format!("SELECT count(*) FROM ({IDS})"),
            params![state, before, ids, self.after, self.at_most()],
            |row| row.get(0),
        )?;
        let removed = connection.execute(
            &format!(
                "DELETE FROM event WHERE (holder IS NULL
                 OR holder NOT IN (SELECT value FROM json_each(?6))) AND id IN ({IDS})"
            ),
            params![state, before, ids, self.after, self.at_most(), running],
        )?;
        Ok(SpoolPurge::of(count(matching), removed))
    }
}

/// Deletes the turns that go on.
pub(super) fn purge_open(connection: &Connection, running: &str) -> rusqlite::Result<SpoolPurge> {
    let all = connection.query_row("SELECT count(*) FROM open_turn", [], |row| row.get(0))?;
    let removed = connection.execute(
        "DELETE FROM open_turn
         WHERE holder IS NULL OR holder NOT IN (SELECT value FROM json_each(?1))",
        [running],
    )?;
    Ok(SpoolPurge::of(count(all), removed))
}
