//! Who holds events: processes that run, and such that are gone.

use crate::spool::sqlite::column::{WAITING, count};
use crate::spool::sqlite::lease::{self, Lease};
use crate::spool::sqlite::place::Place;
use rusqlite::Connection;
use std::fs::{File, TryLockError};

/// A process that holds events of a [`SpoolFile`](crate::SpoolFile), or held
/// them when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolHolder {
    /// Whether it runs. What one that does not has left, the next program of
    /// the same owner takes over.
    pub is_running: bool,
    /// Its number, where the system tells it (on Linux, of the same user).
    pub process: Option<u32>,
    /// How many events it holds.
    pub waiting: u64,
    /// How many turns it holds that go on, and are no events yet.
    pub open: u64,
}

pub(super) fn load(connection: &Connection, spool: &Place) -> rusqlite::Result<Vec<SpoolHolder>> {
    let mut statement = connection.prepare(
        "SELECT lease, (SELECT count(*) FROM event WHERE holder = holder.id AND state = ?1),
         (SELECT count(*) FROM open_turn WHERE holder = holder.id)
         FROM holder ORDER BY holder.id",
    )?;
    let holders = statement.query_map([WAITING], |row| {
        let lease: String = row.get(0)?;
        let lock = Lock::of(spool, &lease);
        Ok(SpoolHolder {
            is_running: lock.is_some(),
            process: lock.as_ref().and_then(Lock::process),
            waiting: count(row.get(1)?),
            open: count(row.get(2)?),
        })
    })?;
    holders.collect()
}

/// The rows of holders that run, as a list in JSON.
pub(super) fn running(connection: &Connection, spool: &Place) -> rusqlite::Result<String> {
    let mut statement = connection.prepare("SELECT id, lease FROM holder")?;
    let holders = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let holders: Vec<(i64, String)> = holders.collect::<Result<_, _>>()?;
    let running = holders
        .into_iter()
        .filter(|(_, lease)| Lock::of(spool, lease).is_some())
        .map(|(id, _)| id.to_string());
    Ok(format!("[{}]", running.collect::<Vec<_>>().join(",")))
}

/// Forgets holders that are gone and hold nothing; gives their leases, to be
/// ended once that is written.
pub(super) fn forget(connection: &Connection, spool: &Place) -> rusqlite::Result<Vec<Lease>> {
    let mut statement = connection.prepare(
        "SELECT id, lease FROM holder
         WHERE NOT EXISTS (SELECT 1 FROM event WHERE holder = holder.id)
         AND NOT EXISTS (SELECT 1 FROM open_turn WHERE holder = holder.id)",
    )?;
    let idle = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let idle: Vec<(i64, String)> = idle.collect::<Result<_, _>>()?;
    let mut ended = Vec::new();
    for (id, name) in idle {
        if let Ok(Some(lease)) = Lease::of_the_dead(spool, &name) {
            connection.execute("DELETE FROM holder WHERE id = ?1", [id])?;
            ended.push(lease);
        }
    }
    Ok(ended)
}

/// A lease that somebody has.
struct Lock(File);

impl Lock {
    /// None if nobody has it, as when its file is gone.
    fn of(spool: &Place, lease: &str) -> Option<Self> {
        let file = lease::open(spool, lease).ok()?;
        match file.try_lock() {
            // Given back with the file.
            Ok(()) => None,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Some(Self(file)),
        }
    }

    /// Linux lists locks as `1: FLOCK ADVISORY WRITE 4711 08:01:131 0 EOF`.
    #[cfg(target_os = "linux")]
    fn process(&self) -> Option<u32> {
        use std::os::unix::fs::MetadataExt as _;
        let inode = format!(":{}", self.0.metadata().ok()?.ino());
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        locks.lines().find_map(|lock| {
            let words: Vec<&str> = lock.split_whitespace().collect();
            let [_, "FLOCK", _, "WRITE", process, file, ..] = words.as_slice() else {
                return None;
            };
            let process = file.ends_with(&inode).then(|| process.parse().ok());
            process.flatten()
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn process(&self) -> Option<u32> {
        let _ = &self.0;
        None
    }
}
