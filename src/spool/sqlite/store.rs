//! What is asked of the file, as statements.

use super::adopted::Adopted;
use super::column::WAITING;
use super::file::{self, OpenError, Opened};
use super::lease::Lease;
use super::place::{Place, about};
use super::standing::{Standing, Whereabouts};
use super::writing::Writing;
use crate::spool::Owner;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file, and who we are in it.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) connection: Connection,
    place: Place,
    /// Which file of this process it is: rows of one that was set aside must
    /// not be taken for rows of the next.
    pub(super) number: u32,
    owner: i64,
    pub(super) holder: i64,
    /// The greatest number that a row of ours has had.
    greatest: i64,
    lease: Lease,
    /// The files as they were when they were opened.
    opened: Standing,
}

impl Store {
    /// Opens the file; the second value is where a damaged one went.
    pub(super) fn open(
        path: &Path,
        owner: &Owner,
        number: u32,
    ) -> Result<(Self, Option<PathBuf>), String> {
        let Opened {
            connection,
            lease,
            place,
            aside,
        } = file::open(path)?;
        let ids = enter(&connection, owner, &lease.name);
        let (owner, holder) = ids.map_err(|error| about(path, error))?;
        let store = Self {
            opened: Standing::of(&place),
            connection,
            place,
            number,
            owner,
            holder,
            greatest: 0,
            lease,
        };
        Ok((store, aside))
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The greatest number that a row of ours has had.
    pub(super) fn greatest(&self) -> i64 {
        self.greatest
    }

    /// Where the files are that are open.
    pub(super) fn whereabouts(&self) -> Whereabouts {
        self.opened.whereabouts(&Standing::of(&self.place))
    }

    /// Whether the file that is open is none of ours any more.
    pub(super) fn is_overwritten(&self) -> bool {
        self.whereabouts() == Whereabouts::InPlace && self.place.is_foreign()
    }

    /// Opens the file anew whose log has gone: all that was in that is written to
    /// the file first.
    pub(super) fn reopen(&mut self) -> Result<(), OpenError> {
        tidy(&self.connection)?;
        // Closed first, as connections of one process share what is beside a file.
        self.connection = Connection::open_in_memory()?;
        self.connection = file::connect(&self.place)?;
        self.opened = Standing::of(&self.place);
        Ok(())
    }

    /// Another file is to be opened under the name: logs that are left there
    /// would be taken for those of that one.
    pub(super) fn make_way(&self) {
        self.opened.remove_logs(&self.place);
    }

    /// Leaves a file that has another name by now, or none. What was ours in it
    /// is in the next.
    pub(super) fn leave(self) {
        let Self {
            connection,
            holder,
            lease,
            ..
        } = self;
        for table in ["event", "open_turn"] {
            let ours = format!("DELETE FROM {table} WHERE holder = ?1");
            // Of a file that cannot be written a process may send things again.
            drop(connection.execute(&ours, [holder]));
        }
        drop(connection.execute("DELETE FROM holder WHERE id = ?1", [holder]));
        drop(tidy(&connection));
        lease.end();
    }

    /// Whether this process is one that holds: others find its lease, and by
    /// that its rows.
    pub(super) fn is_entered(&self) -> rusqlite::Result<bool> {
        let known = "SELECT EXISTS (SELECT 1 FROM holder WHERE id = ?1 AND lease = ?2)";
        let (holder, lease) = (self.holder, &self.lease.name);
        let is_known = self
            .connection
            .query_row(known, params![holder, lease], |row| row.get(0))?;
        Ok(is_known && self.lease.is_in_place())
    }

    /// Goes on as another holder, with what others have not taken over: gives the
    /// rows of that.
    pub(super) fn enter_anew(&mut self, owner: &Owner) -> Result<HashMap<i64, u64>, String> {
        let lease = Lease::take(&self.place).map_err(|error| error.to_string())?;
        match self.become_another(owner, &lease.name) {
            Ok((owner, holder)) => {
                (self.owner, self.holder) = (owner, holder);
                std::mem::replace(&mut self.lease, lease).end();
                self.rows().map_err(|error| error.to_string())
            }
            Err(error) => {
                lease.end();
                Err(error.to_string())
            }
        }
    }

    fn become_another(&mut self, owner: &Owner, lease: &str) -> rusqlite::Result<(i64, i64)> {
        let before = self.holder;
        let writing = self.begin()?;
        let (owner, holder) = enter(&writing.transaction, owner, lease)?;
        for table in ["event", "open_turn"] {
            let ours = format!("UPDATE {table} SET holder = ?1 WHERE holder = ?2");
            writing.transaction.execute(&ours, [holder, before])?;
        }
        writing
            .transaction
            .execute("DELETE FROM holder WHERE id = ?1", [before])?;
        writing.commit()?;
        Ok((owner, holder))
    }

    pub(super) fn begin(&mut self) -> rusqlite::Result<Writing<'_>> {
        let (owner, holder, greatest) = (self.owner, self.holder, self.greatest);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Writing {
            transaction,
            owner,
            holder,
            greatest,
        })
    }

    /// These rows are ours, and their numbers are not for others that we write.
    pub(super) fn know(&mut self, rows: &[i64]) {
        let all = rows.iter().copied();
        self.greatest = all.fold(self.greatest, i64::max);
    }

    /// Takes over what processes that are gone have left to our owner, and ends
    /// what they have left to anybody and is too old.
    /// What was taken over before an error is ours all the same.
    pub(super) fn adopt(&mut self, max_age: Duration) -> (Adopted, rusqlite::Result<()>) {
        let mut adopted = Adopted::default();
        let over = self.take_over_all(max_age, &mut adopted);
        adopted.rows.sort_unstable();
        (adopted, over)
    }

    fn take_over_all(&mut self, max_age: Duration, adopted: &mut Adopted) -> rusqlite::Result<()> {
        for (holder, lease) in self.other_holders()? {
            self.take_over(holder, lease, max_age, adopted)?;
        }
        Ok(())
    }

    fn take_over(
        &mut self,
        holder: Option<i64>,
        lease: Option<String>,
        max_age: Duration,
        adopted: &mut Adopted,
    ) -> rusqlite::Result<()> {
        let lease = match lease.map(|name| Lease::of_the_dead(&self.place, &name)) {
            Some(Ok(None) | Err(_)) => return Ok(()),
            Some(Ok(Some(lease))) => Some(lease),
            None => None,
        };
        let writing = self.begin()?;
        // Another process may have been faster, and a third one may have the
        // number by now.
        let is_still = match &lease {
            Some(lease) => writing.is_holder(holder, &lease.name)?,
            None => true,
        };
        if is_still {
            let expired = writing.expire_of(holder, max_age)?;
            let rows = writing.adopt_from(holder)?;
            adopted.add(&rows, writing.adopt_open_from(holder)?, expired);
        }
        let is_over = !is_still || writing.is_over(holder)?;
        writing.commit()?;
        if let Some(lease) = lease.filter(|_| is_over) {
            lease.end();
        }
        Ok(())
    }

    /// All but us, and what they hold by; `None` are rows that were given back.
    fn other_holders(&self) -> rusqlite::Result<Vec<(Option<i64>, Option<String>)>> {
        let mut statement = self.connection.prepare(
            "SELECT held.holder, lease FROM (
                 SELECT holder FROM event WHERE state = ?1 AND holder IS NOT ?2
                 UNION SELECT holder FROM open_turn WHERE holder IS NOT ?2
                 UNION SELECT id FROM holder WHERE id <> ?2
             ) AS held LEFT JOIN holder ON holder.id = held.holder",
        )?;
        let rows = statement.query_map(params![WAITING, self.holder], |row| {
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
            "DELETE FROM holder WHERE id = ?1
             AND NOT EXISTS (SELECT 1 FROM event WHERE holder = ?1)
             AND NOT EXISTS (SELECT 1 FROM open_turn WHERE holder = ?1)",
            [holder],
        );
        // A file that cannot be tidied is one that the next process tidies.
        drop(tidy(&connection));
        drop(connection);
        if ended == Ok(1) {
            lease.end();
        }
    }
}

/// Gives back room that is not used, and empties the log into the file.
fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")
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
    // A number that nobody has had: rows of a holder that somebody removed may
    // bear any.
    let holder = i64::from(fastrand::u32(1..)) << 20 | i64::from(fastrand::u32(..1 << 20));
    connection.execute(
        "INSERT INTO holder (id, lease) VALUES (?1, ?2)",
        params![holder, lease],
    )?;
    Ok((owner, holder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::NewEvent;
    use crate::spool::sqlite::Tally;
    use bytes::Bytes;
    use std::time::SystemTime;

    #[test]
    fn a_process_whose_lease_was_removed_is_not_taken_for_dead() {
        let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        let path = folder.join("spool.db");
        let owner = Owner {
            endpoint: "e".to_owned(),
            client_id: "c".to_owned(),
        };
        let (mut living, _) = Store::open(&path, &owner, 0).unwrap();
        let before = living.lease.name.clone();
        assert!(living.is_entered().unwrap());
        let lease = living.place.beside(&format!("-lease-{before}"));
        std::fs::remove_file(lease).unwrap();
        assert!(!living.is_entered().unwrap());
        living.enter_anew(&owner).unwrap();
        assert!(living.lease.name != before && living.is_entered().unwrap());
        let event = NewEvent {
            made_at: SystemTime::now(),
            body: Bytes::from_static(b"{}"),
            items: 1,
            closes: None,
        };
        let writing = living.begin().unwrap();
        writing.insert([&event].into_iter()).unwrap();
        writing.commit().unwrap();
        let (mut other, _) = Store::open(&path, &owner, 0).unwrap();
        let (adopted, over) = other.adopt(Duration::MAX);
        over.unwrap();
        assert!(adopted.rows.is_empty());
        // Once it has been, what it held is another's.
        let taken = living
            .place
            .beside(&format!("-lease-{}", living.lease.name));
        std::fs::remove_file(taken).unwrap();
        let (adopted, over) = other.adopt(Duration::MAX);
        over.unwrap();
        assert_eq!(adopted.rows.len(), 1);
        assert!(!living.is_entered().unwrap());
        other.close();
        living.close();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_number_that_a_living_process_has_by_now_is_not_taken_over() {
        let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        let path = folder.join("spool.db");
        let owner = Owner {
            endpoint: "e".to_owned(),
            client_id: "c".to_owned(),
        };
        let (mut living, _) = Store::open(&path, &owner, 0).unwrap();
        let event = NewEvent {
            made_at: SystemTime::now(),
            body: Bytes::from_static(b"{}"),
            items: 1,
            closes: None,
        };
        let writing = living.begin().unwrap();
        writing.insert([&event].into_iter()).unwrap();
        writing.commit().unwrap();
        let (mut other, _) = Store::open(&path, &owner, 0).unwrap();
        let mut adopted = Adopted::default();
        let gone = "0123456789abcdef0123456789abcdef".to_owned();
        let (number, gone) = (Some(living.holder), Some(gone));
        other
            .take_over(number, gone, Duration::MAX, &mut adopted)
            .unwrap();
        assert!(adopted.rows.is_empty());
        assert_eq!(living.count().unwrap(), Tally::one(1));
        other.close();
        living.close();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
