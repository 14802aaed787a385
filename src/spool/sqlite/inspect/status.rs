//! A spool in numbers.

use super::holder::{self, SpoolHolder};
use crate::spool::sqlite::column::{DEAD, WAITING, count, of_milliseconds};
use crate::spool::sqlite::place::Place;
use rusqlite::{Connection, Row, params};
use std::fs;
use std::time::SystemTime;

/// What is in a [`SpoolFile`](crate::SpoolFile), where an example is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolStatus {
    /// What it takes of the disk, in bytes.
    pub bytes: u64,
    /// Whose events there are.
    pub owners: Vec<SpoolOwner>,
    /// Who holds them.
    pub holders: Vec<SpoolHolder>,
}

/// Events for one endpoint and of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolOwner {
    /// Where they are to go.
    pub endpoint: String,
    /// Whose they are.
    pub client_id: String,
    /// How many are still to be delivered.
    pub waiting: u64,
    /// How many were refused for good.
    pub dead: u64,
    /// How many turns go on, and are no events yet.
    pub open: u64,
    /// How many of those that wait or are open a running process holds.
    pub held: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
    /// When the oldest of those that wait was made.
    pub oldest: Option<SystemTime>,
}

impl SpoolStatus {
    /// How many events are still to be delivered.
    pub fn waiting(&self) -> u64 {
        self.owners.iter().map(|owner| owner.waiting).sum()
    }

    /// How many events were refused for good.
    pub fn dead(&self) -> u64 {
        self.owners.iter().map(|owner| owner.dead).sum()
    }

    /// How many turns go on, and are no events yet.
    pub fn open(&self) -> u64 {
        self.owners.iter().map(|owner| owner.open).sum()
    }

    /// When the oldest of the events that wait was made.
    pub fn oldest(&self) -> Option<SystemTime> {
        self.owners.iter().filter_map(|owner| owner.oldest).min()
    }
}

pub(super) fn load(connection: &Connection, spool: &Place) -> rusqlite::Result<SpoolStatus> {
    let mut statement = connection.prepare(
        "SELECT endpoint, client_id, count(*) FILTER (WHERE state = ?1),
         count(*) FILTER (WHERE state = ?2), coalesce(sum(length(body)), 0),
         min(made_at) FILTER (WHERE state = ?1),
         (SELECT count(*) FROM open_turn WHERE open_turn.owner = owner.id),
         count(*) FILTER (WHERE state = ?1 AND holder IN (SELECT value FROM json_each(?3))) +
         (SELECT count(*) FROM open_turn WHERE open_turn.owner = owner.id
          AND holder IN (SELECT value FROM json_each(?3)))
         FROM owner LEFT JOIN event ON event.owner = owner.id GROUP BY owner.id ORDER BY owner.id",
    )?;
    let running = holder::running(connection, spool)?;
    let owners = statement.query_map(params![WAITING, DEAD, running], owner)?;
    let size = |suffix| fs::metadata(spool.beside(suffix)).map_or(0, |file| file.len());
    Ok(SpoolStatus {
        bytes: size("") + size("-wal"),
        owners: owners.collect::<Result<_, _>>()?,
        holders: holder::load(connection, spool)?,
    })
}

fn owner(row: &Row<'_>) -> rusqlite::Result<SpoolOwner> {
    let count = |index| row.get(index).map(count);
    Ok(SpoolOwner {
        endpoint: row.get(0)?,
        client_id: row.get(1)?,
        waiting: count(2)?,
        dead: count(3)?,
        bytes: count(4)?,
        open: count(6)?,
        held: count(7)?,
        oldest: row.get::<_, Option<i64>>(5)?.map(of_milliseconds),
    })
}
