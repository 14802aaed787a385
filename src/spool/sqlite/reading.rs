//! What is read from the file of what is ours.

use super::column::{WAITING, count, items, of_milliseconds};
use super::store::Store;
use super::tally::Tally;
use crate::spool::{self, SpooledEvent};
use bytes::Bytes;
use rusqlite::{OptionalExtension as _, Row, params};
use std::collections::{HashMap, VecDeque};

impl Store {
    /// Events of ours that were not read, as many as fit.
    pub(super) fn unread(
        &self,
        after: i64,
        adopted: &mut VecDeque<i64>,
        bytes: usize,
    ) -> rusqlite::Result<Vec<SpooledEvent>> {
        let mut events = self.load_rows(adopted, (usize::MAX, bytes))?;
        let size: usize = events.iter().map(|event| event.body.len()).sum();
        events.extend(self.load(after, usize::MAX, bytes.saturating_sub(size))?);
        Ok(events)
    }

    /// Events of ours after a row, the oldest first, as many as fit.
    pub(super) fn load(
        &self,
        after: i64,
        count: usize,
        bytes: usize,
    ) -> rusqlite::Result<Vec<SpooledEvent>> {
        let mut statement = self.connection.prepare(
            "SELECT id, made_at, items, body FROM event
             WHERE id > ?1 AND holder = ?2 AND state = ?3 ORDER BY id LIMIT ?4",
        )?;
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![after, self.holder, WAITING, limit])?;
        let (mut events, mut size) = (Vec::new(), 0);
        while size < bytes {
            let Some(row) = rows.next()? else { break };
            let event = event(row, self.number)?;
            size += event.body.len();
            events.push(event);
        }
        Ok(events)
    }

    /// Of these rows, the events that are still ours to send, as many as fit;
    /// the rows that were looked at are taken out.
    pub(super) fn load_rows(
        &self,
        rows: &mut VecDeque<i64>,
        (count, bytes): (usize, usize),
    ) -> rusqlite::Result<Vec<SpooledEvent>> {
        let mut statement = self.connection.prepare(
            "SELECT id, made_at, items, body FROM event
             WHERE id = ?1 AND holder = ?2 AND state = ?3",
        )?;
        let (mut events, mut size) = (Vec::new(), 0);
        while events.len() < count && size < bytes {
            let Some(id) = rows.front() else { break };
            let found = statement.query_row(params![id, self.holder, WAITING], |row| {
                event(row, self.number)
            });
            let found = found.optional()?;
            rows.pop_front();
            if let Some(event) = found {
                size += event.body.len();
                events.push(event);
            }
        }
        Ok(events)
    }

    /// How many events of ours wait in the file, and for how many items.
    pub(super) fn count(&self) -> rusqlite::Result<Tally> {
        self.connection.query_row(
            "SELECT count(*), coalesce(sum(min(max(items, 0), ?3)), 0) FROM event
             WHERE holder = ?1 AND state = ?2",
            params![self.holder, WAITING, u32::MAX],
            |row| {
                let (events, items) = (count(row.get(0)?), count(row.get(1)?));
                Ok(Tally { events, items })
            },
        )
    }

    /// The rows of those events, and for how many items each stands.
    pub(super) fn rows(&self) -> rusqlite::Result<HashMap<i64, u64>> {
        let mut statement = self
            .connection
            .prepare("SELECT id, items FROM event WHERE holder = ?1 AND state = ?2")?;
        let rows = statement.query_map(params![self.holder, WAITING], |row| {
            Ok((row.get(0)?, items(row.get(1)?)))
        })?;
        rows.collect()
    }

    /// How many open turns of ours are in the file.
    pub(super) fn count_open(&self) -> rusqlite::Result<u64> {
        let turns = self.connection.query_row(
            "SELECT count(*) FROM open_turn WHERE holder = ?1",
            [self.holder],
            |row| row.get(0),
        )?;
        Ok(count(turns))
    }
}

fn event(row: &Row<'_>, file: u32) -> rusqlite::Result<SpooledEvent> {
    Ok(SpooledEvent {
        row: Some(spool::Row {
            file,
            id: row.get(0)?,
        }),
        made_at: of_milliseconds(row.get(1)?),
        items: items(row.get(2)?),
        body: Bytes::from(row.get::<_, Vec<u8>>(3)?),
    })
}
