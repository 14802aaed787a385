//! What is asked of the file, as statements.

use super::lease::Lease;
use super::{NewEvent, file};
use crate::export::spool::{self, Fate, Owner, SpooledEvent};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const WAITING: i64 = 0;
const DEAD: i64 = 1;

/// The file, and who we are in it.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
    /// Which file of this process it is: rows of one that was set aside must
    /// not be taken for rows of the next.
    number: u32,
    owner: i64,
    holder: i64,
    lease: Lease,
}

impl Store {
    /// Opens the file; the second value is where a damaged one went.
    pub(super) fn open(
        path: &Path,
        owner: &Owner,
        number: u32,
    ) -> Result<(Self, Option<PathBuf>), String> {
        let (connection, lease, aside) = file::open(path)?;
        let ids = enter(&connection, owner, &lease.name);
        let (owner, holder) = ids.map_err(|error| format!("{}: {error}", path.display()))?;
        let store = Self {
            connection,
            path: path.to_owned(),
            number,
            owner,
            holder,
            lease,
        };
        Ok((store, aside))
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn begin(&mut self) -> rusqlite::Result<Writing<'_>> {
        let (owner, holder) = (self.owner, self.holder);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Writing {
            transaction,
            owner,
            holder,
        })
    }

    /// Events of ours after a row, the oldest first, as many as fit.
    pub(super) fn load(
        &self,
        after: i64,
        count: usize,
        bytes: usize,
    ) -> rusqlite::Result<Vec<SpooledEvent>> {
        let mut statement = self.connection.prepare(
            "SELECT id, made_at, body FROM event
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

    pub(super) fn load_row(&self, id: i64) -> rusqlite::Result<Option<SpooledEvent>> {
        let found = self.connection.query_row(
            "SELECT id, made_at, body FROM event WHERE id = ?1 AND holder = ?2 AND state = ?3",
            params![id, self.holder, WAITING],
            |row| event(row, self.number),
        );
        found.optional()
    }

    /// How many events of ours wait in the file.
    pub(super) fn waiting(&self) -> rusqlite::Result<u64> {
        let count: i64 = self.connection.query_row(
            "SELECT count(*) FROM event WHERE holder = ?1 AND state = ?2",
            params![self.holder, WAITING],
            |row| row.get(0),
        )?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Takes over what processes that are gone have left to our owner.
    pub(super) fn adopt(&mut self, max_age: Duration) -> rusqlite::Result<Adopted> {
        let mut adopted = Adopted::default();
        for (holder, lease) in self.other_holders()? {
            let lease = match lease.map(|name| Lease::of_the_dead(&self.path, &name)) {
                Some(Ok(None) | Err(_)) => continue,
                Some(Ok(Some(lease))) => Some(lease),
                None => None,
            };
            let writing = self.begin()?;
            let expired = writing.expire_of(holder, max_age)?;
            let rows = writing.adopt_from(holder)?;
            let is_over = writing.is_over(holder)?;
            writing.commit()?;
            adopted.rows.extend(rows);
            adopted.expired += expired;
            if let Some(lease) = lease.filter(|_| is_over) {
                lease.end();
            }
        }
        adopted.rows.sort_unstable();
        Ok(adopted)
    }

    /// Those with rows of our owner, and what they hold by; `None` are rows
    /// that were given back.
    fn other_holders(&self) -> rusqlite::Result<Vec<(Option<i64>, Option<String>)>> {
        let mut statement = self.connection.prepare(
            "SELECT DISTINCT event.holder, lease FROM event LEFT JOIN holder ON holder.id = event.holder
             WHERE owner = ?1 AND state = ?2 AND event.holder IS NOT ?3",
        )?;
        let rows = statement.query_map(params![self.owner, WAITING, self.holder], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect()
    }

    /// Ends our part: the lease, if nothing is held by it, and what the file
    /// has of room that is not used.
    pub(super) fn close(self) {
        let Self {
            connection,
            holder,
            lease,
            ..
        } = self;
        let ended = connection.execute(
            "DELETE FROM holder WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE holder = ?1)",
            [holder],
        );
        // A file that cannot be tidied is one that the next process tidies.
        let tidied =
            connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);");
        drop(tidied);
        drop(connection);
        if ended == Ok(1) {
            lease.end();
        }
    }
}

/// What was taken over.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    /// The oldest first.
    pub(super) rows: Vec<i64>,
    /// What was too old for that.
    pub(super) expired: usize,
}

/// Who we are in the file: the rows of owner and holder.
fn enter(connection: &Connection, owner: &Owner, lease: &str) -> rusqlite::Result<(i64, i64)> {
    connection.execute(
        "INSERT INTO owner (endpoint, client_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![owner.endpoint, owner.client_id],
    )?;
    let owner = connection.query_row(
        "SELECT id FROM owner WHERE endpoint = ?1 AND client_id = ?2",
        params![owner.endpoint, owner.client_id],
        |row| row.get(0),
    )?;
    connection.execute("INSERT INTO holder (lease) VALUES (?1)", [lease])?;
    Ok((owner, connection.last_insert_rowid()))
}

fn event(row: &Row<'_>, file: u32) -> rusqlite::Result<SpooledEvent> {
    Ok(SpooledEvent {
        row: Some(spool::Row {
            file,
            id: row.get(0)?,
        }),
        made_at: of_milliseconds(row.get(1)?),
        body: Bytes::from(row.get::<_, Vec<u8>>(2)?),
    })
}

/// Changes that the file takes together or not at all.
pub(super) struct Writing<'a> {
    transaction: Transaction<'a>,
    owner: i64,
    holder: i64,
}

impl Writing<'_> {
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.transaction.commit()
    }

    /// Adds events; gives their rows.
    pub(super) fn insert<'e>(
        &self,
        events: impl Iterator<Item = &'e NewEvent>,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.transaction.prepare(
            "INSERT INTO event (owner, holder, state, made_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        events
            .map(|event| {
                let made_at = in_milliseconds(event.made_at);
                statement.insert(params![
                    self.owner,
                    self.holder,
                    WAITING,
                    made_at,
                    event.body.as_ref()
                ])
            })
            .collect()
    }

    /// Takes out what came to its end, and keeps what was refused.
    pub(super) fn settle(&self, settled: &[(i64, Fate)]) -> rusqlite::Result<()> {
        let mut delete = self
            .transaction
            .prepare("DELETE FROM event WHERE id = ?1")?;
        for (id, fate) in settled {
            match fate {
                Fate::Delivered => delete.execute([id])?,
                Fate::Refused(reason, why) => self.transaction.execute(
                    "UPDATE event SET state = ?2, holder = NULL, reason = ?3, why = ?4, ended_at = ?5
                     WHERE id = ?1",
                    params![id, DEAD, reason.as_str(), why, in_milliseconds(SystemTime::now())],
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
            .prepare("DELETE FROM event WHERE id = ?1")?;
        for id in ids {
            delete.execute([id])?;
        }
        Ok(())
    }

    /// Deletes our oldest events after a row; gives how many.
    pub(super) fn delete_oldest(&self, after: i64, count: usize) -> rusqlite::Result<usize> {
        self.transaction.execute(
            "DELETE FROM event WHERE id IN (SELECT id FROM event
             WHERE id > ?1 AND holder = ?2 AND state = ?3 ORDER BY id LIMIT ?4)",
            params![
                after,
                self.holder,
                WAITING,
                i64::try_from(count).unwrap_or(i64::MAX)
            ],
        )
    }

    /// Deletes what is older than `age`: our events after a row, and dead
    /// letters of anybody. Gives how many events.
    pub(super) fn expire(&self, after: i64, age: Duration) -> rusqlite::Result<usize> {
        let Some(before) = SystemTime::now().checked_sub(age).map(in_milliseconds) else {
            return Ok(0);
        };
        self.transaction.execute(
            "DELETE FROM event WHERE state = ?1 AND ended_at < ?2",
            params![DEAD, before],
        )?;
        self.transaction.execute(
            "DELETE FROM event WHERE id > ?1 AND holder = ?2 AND state = ?3 AND made_at < ?4",
            params![after, self.holder, WAITING, before],
        )
    }

    /// The clock was set: our events were made by the new one.
    pub(super) fn shift(&self, milliseconds: i64) -> rusqlite::Result<usize> {
        self.transaction.execute(
            "UPDATE event SET made_at = made_at + ?1 WHERE holder = ?2",
            params![milliseconds, self.holder],
        )
    }

    fn expire_of(&self, holder: Option<i64>, age: Duration) -> rusqlite::Result<usize> {
        let Some(before) = SystemTime::now().checked_sub(age).map(in_milliseconds) else {
            return Ok(0);
        };
        self.transaction.execute(
            "DELETE FROM event WHERE owner = ?1 AND state = ?2 AND holder IS ?3 AND made_at < ?4",
            params![self.owner, WAITING, holder, before],
        )
    }

    fn adopt_from(&self, holder: Option<i64>) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.transaction.prepare(
            "UPDATE event SET holder = ?1 WHERE owner = ?2 AND state = ?3 AND holder IS ?4 RETURNING id",
        )?;
        let rows = statement
            .query_map(params![self.holder, self.owner, WAITING, holder], |row| {
                row.get(0)
            })?;
        rows.collect()
    }

    /// Whether a holder has nothing left; then it is forgotten.
    fn is_over(&self, holder: Option<i64>) -> rusqlite::Result<bool> {
        let forgotten = self.transaction.execute(
            "DELETE FROM holder WHERE id IS ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE holder IS ?1)",
            [holder],
        )?;
        Ok(forgotten > 0)
    }
}

/// Since 1970; the clocks of machines without a battery begin there.
pub(super) fn in_milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn of_milliseconds(milliseconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
}
