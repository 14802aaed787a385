//! What a file is, by its first bytes.

use super::file::{APPLICATION_ID, is_damage};
use super::place::about;
use rusqlite::{Connection, OpenFlags};
use std::fs::Metadata;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No file, or an empty one.
    Nothing,
    Spool,
    /// Of another program.
    Database,
    /// Anything else, as what is left of a spool that is damaged.
    Other,
}

impl Kind {
    pub(super) fn of(path: &Path, there: &Metadata) -> Result<Self, String> {
        if there.len() == 0 {
            return Ok(Self::Nothing);
        }
        let connection = look(path).map_err(|error| about(path, error))?;
        let number = |statement| connection.query_row(statement, [], |row| row.get::<_, i64>(0));
        // Of a file that is none this fails; the id alone is not even looked for.
        let tables = number("SELECT count(*) FROM sqlite_schema");
        let id = number("PRAGMA application_id").unwrap_or_default();
        match tables {
            _ if id == APPLICATION_ID => Ok(Self::Spool),
            Ok(tables) if tables > 0 || id != 0 => Ok(Self::Database),
            Ok(_) => Ok(Self::Other),
            Err(error) if is_damage(&error) => Ok(Self::Other),
            Err(error) => Err(about(path, error)),
        }
    }
}

/// Opens a file so that nothing is changed: no log is played back, and nothing
/// is made beside it. By SQLite, as closing a file that this process has open
/// otherwise takes away the locks that it has on it
/// (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
fn look(path: &Path) -> rusqlite::Result<Connection> {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
    const OF_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b':');
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain: Vec<u8> = bytes.iter().map(|byte| slash(*byte)).collect();
    // On Windows a path begins with its drive.
    let root = if plain.starts_with(b"/") { "" } else { "/" };
    let path = percent_encode(&plain, OF_PATHS);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{root}{path}?immutable=1"), flags)
}

fn slash(byte: u8) -> u8 {
    if cfg!(windows) && byte == b'\\' {
        b'/'
    } else {
        byte
    }
}
