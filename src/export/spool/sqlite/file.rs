//! The file of a spool: whose it is, where it lies, and what to do with one
//! that is damaged.

use super::lease::Lease;
use rusqlite::{Connection, ErrorCode};
use std::env;
use std::fs::{self, DirBuilder, OpenOptions};
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
#[derive(Debug)]
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

/// Opens the file, and sets it aside first if it is damaged. The second value
/// is where that lies then.
pub(super) fn open(path: &Path) -> Result<(Connection, Lease, Option<PathBuf>), String> {
    let say = |error: io::Error| format!("{}: {error}", path.display());
    make_folder(path).map_err(say)?;
    // One process at a time opens it: of two that find it damaged, the second
    // would set aside what the first has begun anew.
    let gate = for_the_user_alone()
        .create(true)
        .open(beside(path, "-lock"))
        .map_err(say)?;
    gate.lock().map_err(say)?;
    let lease = Lease::take(path).map_err(say)?;
    let opened = match open_file(path, &lease) {
        Ok(connection) => Ok((connection, None)),
        Err(OpenError::Unusable(why)) => Err(why),
        Err(OpenError::Damaged(_)) => {
            let aside = set_aside(path).map_err(say)?;
            match open_file(path, &lease) {
                Ok(connection) => Ok((connection, Some(aside))),
                Err(OpenError::Damaged(why) | OpenError::Unusable(why)) => Err(why),
            }
        }
    };
    match opened {
        Ok((connection, aside)) => {
            let is_known = |name: &str| knows(&connection, name).unwrap_or(true);
            // One that stays is an empty file, which the next process removes.
            drop(Lease::remove_unknown(path, is_known));
            Ok((connection, lease, aside))
        }
        Err(why) => {
            lease.end();
            Err(format!("{}: {why}", path.display()))
        }
    }
}

fn knows(connection: &Connection, lease: &str) -> rusqlite::Result<bool> {
    let known = "SELECT EXISTS (SELECT 1 FROM holder WHERE lease = ?1)";
    connection.query_row(known, [lease], |row| row.get(0))
}

fn open_file(path: &Path, lease: &Lease) -> Result<Connection, OpenError> {
    let unusable = |error: io::Error| OpenError::Unusable(error.to_string());
    make_file(path).map_err(unusable)?;
    refuse_a_strangers(path, lease)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    refuse_another_kind(&connection)?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(OpenError::Damaged(check));
    }
    connection.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;",
    )?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let why = "the file system cannot share memory between processes (a network one?)";
        return Err(OpenError::Unusable(why.to_owned()));
    }
    connection.execute_batch(SCHEMA)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
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
        return Err(OpenError::Unusable(
            "is a database, and no spool".to_owned(),
        ));
    }
    if number("user_version")? > VERSION {
        return Err(OpenError::Unusable(
            "is of a later version of turnspan".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(unix)]
fn refuse_a_strangers(path: &Path, lease: &Lease) -> Result<(), OpenError> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let unusable = |error: io::Error| OpenError::Unusable(error.to_string());
    let (theirs, ours) = (
        fs::metadata(path).map_err(unusable)?,
        lease.metadata().map_err(unusable)?,
    );
    if theirs.uid() != ours.uid() {
        return Err(OpenError::Unusable("belongs to another user".to_owned()));
    }
    if theirs.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(unusable)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_a_strangers(_: &Path, _: &Lease) -> Result<(), OpenError> {
    Ok(())
}

/// Renames a damaged file, and what belongs to it. A process that has it open
/// finds the same, and begins anew too.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let suffix = format!("-damaged-{}", now.as_millis());
    let aside = beside(path, &suffix);
    fs::rename(path, &aside)?;
    for belonging in ["-wal", "-shm"] {
        let from = beside(path, belonging);
        if from.exists() {
            fs::rename(from, beside(&aside, belonging))?;
        }
    }
    Ok(aside)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// How files are opened here: made with mode 0600.
pub(super) fn for_the_user_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file whose name begins with that of another.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether an error says that the file itself is damaged.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
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
