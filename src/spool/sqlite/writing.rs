//! Changes to the file.

use super::Tally;
use super::column::{DEAD, WAITING, in_milliseconds, items, number};
use crate::spool::{Fate, NewEvent};
use rusqlite::{Params, Transaction, params};
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

/// Changes that the file takes together or not at all.
pub(super) struct Writing<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) owner: i64,
    pub(super) holder: i64,
    /// The greatest number that a row of ours has had.
    pub(super) greatest: i64,
}

impl Writing<'_> {
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.transaction.commit()
    }

    /// Adds events; gives their rows. SQLite would give the numbers again of rows
    /// that are gone, whoever has deleted them, and may be lent still.
    pub(super) fn insert<'e>(
        &self,
        events: impl Iterator<Item = &'e NewEvent>,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.transaction.prepare(
            "INSERT INTO event (owner, holder, state, made_at, items, body, id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let greatest: i64 = self.transaction.query_row(
            "SELECT max(coalesce(max(id), 0), ?1) FROM event",
            [self.greatest],
            |row| row.get(0),
        )?;
        let mut numbers = greatest..i64::MAX;
        numbers.next();
        events
            .map(|event| {
                let made_at = in_milliseconds(event.made_at);
                statement.insert(params![
                    self.owner,
                    self.holder,
                    WAITING,
                    made_at,
                    number(event.items),
                    event.body.as_ref(),
                    numbers.next()
                ])
            })
            .collect()
    }

    /// Takes out what came to its end, and keeps what was refused.
    pub(super) fn settle(&self, settled: &[(i64, Fate)]) -> rusqlite::Result<()> {
        let mut delete = self
            .transaction
            .prepare("DELETE FROM event WHERE id = ?1 AND holder = ?2")?;
        for (id, fate) in settled {
            match fate {
                Fate::Delivered => delete.execute([id, &self.holder])?,
                Fate::Refused(reason, why) => self.transaction.execute(
                    "UPDATE event SET state = ?2, holder = NULL, reason = ?3, why = ?4, ended_at = ?5
                     WHERE id = ?1 AND holder = ?6",
                    params![
                        id,
                        DEAD,
                        reason.as_str(),
                        why,
                        in_milliseconds(SystemTime::now()),
                        self.holder
                    ],
                )?,
            };
        }
        Ok(())
    }

    /// The bytes of the pages in use.
    pub(super) fn used_bytes(&self) -> rusqlite::Result<u64> {
        let number = |pragma: &str| -> rusqlite::Result<i64> {
            self.transaction
                .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
        };
        let pages = number("page_count")? - number("freelist_count")?;
        Ok(u64::try_from(pages * number("page_size")?).unwrap_or_default())
    }

    /// Deletes the oldest dead letters; gives how many.
    pub(super) fn delete_dead(&self, count: usize) -> rusqlite::Result<usize> {
        self.transaction.execute(
            "DELETE FROM event WHERE id IN
             (SELECT id FROM event WHERE state = ?1 ORDER BY ended_at LIMIT ?2)",
            params![DEAD, i64::try_from(count).unwrap_or(i64::MAX)],
        )
    }

    pub(super) fn delete(&self, ids: &[i64]) -> rusqlite::Result<()> {
        let mut delete = self
            .transaction
            .prepare("DELETE FROM event WHERE id = ?1 AND holder = ?2")?;
        for id in ids {
            delete.execute([id, &self.holder])?;
        }
        Ok(())
    }

    /// Deletes our oldest events after a row.
    pub(super) fn delete_oldest(&self, after: i64, limit: usize) -> rusqlite::Result<Tally> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.lose(
            "DELETE FROM event WHERE id IN (SELECT id FROM event
             WHERE id > ?1 AND holder = ?2 AND state = ?3 ORDER BY id LIMIT ?4) RETURNING items",
            params![after, self.holder, WAITING, limit],
        )
    }

    fn lose(&self, statement: &str, values: impl Params) -> rusqlite::Result<Tally> {
        let mut statement = self.transaction.prepare(statement)?;
        let mut rows = statement.query(values)?;
        let mut lost = Tally::default();
        while let Some(row) = rows.next()? {
            lost = lost.plus(Tally::one(items(row.get(0)?)));
        }
        Ok(lost)
    }

    /// Deletes what is older than `age`: our events after a row, and dead
    /// letters of anybody.
    pub(super) fn expire(&self, after: i64, age: Duration) -> rusqlite::Result<Tally> {
        let Some(before) = SystemTime::now().checked_sub(age).map(in_milliseconds) else {
            return Ok(Tally::default());
        };
        self.transaction.execute(
            "DELETE FROM event WHERE state = ?1 AND ended_at < ?2",
            params![DEAD, before],
        )?;
        self.lose(
            "DELETE FROM event WHERE id > ?1 AND holder = ?2 AND state = ?3 AND made_at < ?4
             RETURNING items",
            params![after, self.holder, WAITING, before],
        )
    }

    /// The clock was set: our events were made so much later, but for those
    /// that were made since.
    pub(super) fn shift(
        &self,
        milliseconds: i64,
        since: &RangeInclusive<SystemTime>,
    ) -> rusqlite::Result<usize> {
        let (from, until) = (
            in_milliseconds(*since.start()),
            in_milliseconds(*since.end()),
        );
        self.transaction.execute(
            "UPDATE event SET made_at = made_at + ?1
             WHERE holder = ?2 AND made_at NOT BETWEEN ?3 AND ?4",
            params![milliseconds, self.holder, from, until],
        )
    }

    /// Whoever they are for: nobody else may ever come for events of an
    /// endpoint or a client that is not used any more.
    pub(super) fn expire_of(&self, holder: Option<i64>, age: Duration) -> rusqlite::Result<Tally> {
        let Some(before) = SystemTime::now().checked_sub(age).map(in_milliseconds) else {
            return Ok(Tally::default());
        };
        self.lose(
            "DELETE FROM event WHERE state = ?1 AND holder IS ?2 AND made_at < ?3
             RETURNING items",
            params![WAITING, holder, before],
        )
    }

    pub(super) fn adopt_from(&self, holder: Option<i64>) -> rusqlite::Result<Vec<(i64, u64)>> {
        let mut statement = self.transaction.prepare(
            "UPDATE event SET holder = ?1 WHERE owner = ?2 AND state = ?3 AND holder IS ?4
             RETURNING id, items",
        )?;
        let rows = statement
            .query_map(params![self.holder, self.owner, WAITING, holder], |row| {
                Ok((row.get(0)?, items(row.get(1)?)))
            })?;
        rows.collect()
    }

    /// Whether a holder is known by this lease still.
    pub(super) fn is_holder(&self, holder: Option<i64>, lease: &str) -> rusqlite::Result<bool> {
        self.transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM holder WHERE id IS ?1 AND lease = ?2)",
            params![holder, lease],
            |row| row.get(0),
        )
    }

    /// Whether a holder has nothing left; then it is forgotten.
    pub(super) fn is_over(&self, holder: Option<i64>) -> rusqlite::Result<bool> {
        let forgotten = self.transaction.execute(
            "DELETE FROM holder WHERE id IS ?1
             AND NOT EXISTS (SELECT 1 FROM event WHERE holder IS ?1)
             AND NOT EXISTS (SELECT 1 FROM open_turn WHERE holder IS ?1)",
            [holder],
        )?;
        Ok(forgotten > 0)
    }
}
