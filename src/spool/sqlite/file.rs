//! The file of a spool, and what to do with one that is damaged.

use super::gate::Gate;
use super::kind::Kind;
use super::lease::Lease;
use super::place::{LOGS, Place, about, beside, for_the_user_alone};
#[cfg(unix)]
use super::system::identity;
use rusqlite::ffi::SQLITE_ERROR;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Marks the file as one of ours ("TSPS").
pub(super) const APPLICATION_ID: i64 = 0x5453_5053;

/// The layout that this code reads and writes.
pub(super) const VERSION: i64 = 2;

/// How long a statement waits for another process.
pub(super) const BUSY: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS owner (
        id INTEGER PRIMARY KEY,
        endpoint TEXT NOT NULL,
        client_id TEXT NOT NULL,
        UNIQUE (endpoint, client_id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS holder (
        id INTEGER PRIMARY KEY,
        lease TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE IF NOT EXISTS event (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL,
        holder INTEGER,
        state INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        items INTEGER NOT NULL,
        body BLOB NOT NULL,
        reason TEXT,
        why TEXT,
        ended_at INTEGER
    ) STRICT;
    CREATE TABLE IF NOT EXISTS open_turn (
        key INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL,
        holder INTEGER,
        items INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS open_round (
        id INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL,
        after INTEGER NOT NULL,
        items INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (turn, after)
    ) STRICT;
    CREATE TRIGGER IF NOT EXISTS open_turn_is_over AFTER DELETE ON open_turn
    BEGIN DELETE FROM open_round WHERE turn = old.key; END;";

/// Why a file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum OpenError {
    /// It is to be set aside.
    Damaged(String),
    /// It is somebody else's, or cannot be written.
    Unusable(String),
}

/// `turnspan/spool.db` where the system keeps the state of programs.
pub(super) fn default_path() -> Option<PathBuf> {
    let of_variable = |name| env::var_os(name).map(PathBuf::from);
    let home = |below| env::home_dir().map(|home| home.join(below));
    let state = if cfg!(windows) {
        of_variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        of_variable("XDG_STATE_HOME").or_else(|| home(".local/state"))
    };
    let state = state.filter(|state| state.is_absolute())?;
    Some(state.join("turnspan").join("spool.db"))
}

/// A file that is open.
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) lease: Lease,
    pub(super) place: Place,
    /// Where one lies that was damaged, and was in its place.
    pub(super) aside: Option<PathBuf>,
}

/// Opens the file, and sets it aside first if it is damaged.
pub(super) fn open(path: &Path) -> Result<Opened, String> {
    let place = Place::make(path)?;
    // Before a lock is made beside what is somebody else's, and behind it.
    place.admit()?;
    let mut gate = Gate::take(&place)?;
    if place.admit()? == Kind::Nothing {
        place.remove_logs();
    }
    let say = |error: io::Error| about(path, error);
    gate.mark().map_err(say)?;
    let lease = Lease::take(&place).map_err(say)?;
    match open_or_set_aside(&place) {
        Ok((connection, aside)) => {
            let is_known = |name: &str| knows(&connection, name).unwrap_or(true);
            // One that stays is an empty file, which the next process removes.
            drop(Lease::remove_unknown(&place, is_known));
            Ok(Opened {
                connection,
                lease,
                place,
                aside,
            })
        }
        Err(why) => {
            lease.end();
            Err(about(path, why))
        }
    }
}

fn open_or_set_aside(place: &Place) -> Result<(Connection, Option<PathBuf>), String> {
    let damaged = match open_file(place) {
        Err(OpenError::Damaged(_)) => set_aside(place),
        Err(OpenError::Unusable(why)) => return Err(why),
        Ok(connection) => return Ok((connection, None)),
    };
    let aside = damaged.map_err(|error| error.to_string())?;
    match open_file(place) {
        Ok(connection) => Ok((connection, Some(aside))),
        Err(OpenError::Damaged(why) | OpenError::Unusable(why)) => Err(why),
    }
}

fn knows(connection: &Connection, lease: &str) -> rusqlite::Result<bool> {
    let known = "SELECT EXISTS (SELECT 1 FROM holder WHERE lease = ?1)";
    connection.query_row(known, [lease], |row| row.get(0))
}

fn open_file(place: &Place) -> Result<Connection, OpenError> {
    make_file(place.path()).map_err(|error| OpenError::Unusable(error.to_string()))?;
    connect(place)
}

/// Opens a file that is there.
pub(super) fn connect(place: &Place) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(place.path(), flags)?;
    connection.busy_timeout(BUSY)?;
    refuse_another_kind(&connection)?;
    refuse_a_lost_log(&connection, place)?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(OpenError::Damaged(check));
    }
    // The id first, which then is in the file itself, whatever its log becomes.
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;",
    )?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let why = "the file system cannot share memory between processes (a network one?)";
        return Err(OpenError::Unusable(why.to_owned()));
    }
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    place.close_to_others().map_err(OpenError::Unusable)?;
    Ok(connection)
}

/// A file that is there is not opened but by SQLite: closing it again would
/// take away the locks that this process has on it
/// (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
fn make_file(path: &Path) -> io::Result<()> {
    match for_the_user_alone().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// A file that is a database of somebody else's, or of a later version, stays
/// as it is.
fn refuse_another_kind(connection: &Connection) -> Result<(), OpenError> {
    let number = |pragma: &str| -> rusqlite::Result<i64> {
        connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
    };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && number("application_id")? != APPLICATION_ID {
        let why = "is a database of another program";
        return Err(OpenError::Unusable(why.to_owned()));
    }
    if number("user_version")? > VERSION {
        return Err(OpenError::Unusable(
            "is of a later version of turnspan".to_owned(),
        ));
    }
    Ok(())
}

/// Connections of one process share what SQLite has beside a file, also if that
/// was removed: what they wrote would be in no log that others find.
#[cfg(unix)]
fn refuse_a_lost_log(connection: &Connection, place: &Place) -> Result<(), OpenError> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" && identity(&place.beside("-shm")).is_none() {
        let why = "its log was removed, and this process has it open still";
        return Err(OpenError::Unusable(why.to_owned()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_a_lost_log(_: &Connection, _: &Place) -> Result<(), OpenError> {
    Ok(())
}

/// Renames a damaged file, and what belongs to it. A process that has it open
/// finds the same, and begins anew too.
fn set_aside(place: &Place) -> io::Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let aside = place.beside(&format!("-damaged-{}", now.as_millis()));
    fs::rename(place.path(), &aside)?;
    for log in LOGS {
        match fs::rename(place.beside(log), beside(&aside, log)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Whether an error says that the file itself is damaged, or has not the tables
/// that our statements are for.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    let error = error.sqlite_error();
    error.is_some_and(|error| {
        error.extended_code == SQLITE_ERROR
            || matches!(
                error.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            )
    })
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        if is_damage(&error) {
            Self::Damaged(error.to_string())
        } else {
            Self::Unusable(error.to_string())
        }
    }
}
