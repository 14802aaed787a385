//! A spool seen from outside: what waits, what was refused, and what may be
//! done about it. Whoever looks holds no rows and has no lease.

mod aim;
mod event;
mod filter;
mod holder;
mod status;

pub use aim::SpoolMove;
pub use event::{SpoolEvent, SpoolRefusal, SpoolState};
pub use filter::SpoolFilter;
pub use holder::SpoolHolder;
pub use status::{SpoolOwner, SpoolStatus};

use super::column::in_milliseconds;
use super::file::{self, APPLICATION_ID, BUSY, VERSION};
use super::lease::Lease;
use super::place::Place;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use thiserror::Error;

/// The file of a durable spool, opened beside the processes that use it.
///
/// For tools and for support: a program itself needs none of this. Nothing is
/// made that is not there, a file that is no spool is refused, and events that
/// a running process holds stay with it. `Debug` shows nothing of what was said.
///
/// ```
/// use std::time::Duration;
/// use turnspan::{SpoolFile, SpoolFilter, SpoolSettings, SpoolState, Tes};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// # let folder = std::env::temp_dir().join(format!("turnspan-doc-{}", std::process::id()));
/// # let path = folder.join("spool.db");
///
/// // What a receiver that is down did not take waits in the file.
/// let tes = Tes::new(&format!("http://{nobody}"), "acme", "tes_key")?
///     .spool(SpoolSettings::durable().path(&path));
/// let telemetry = turnspan::builder().tes(tes).build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// telemetry.shutdown(Duration::from_secs(2)).unwrap_err();
///
/// let mut spool = SpoolFile::open(&path)?;
/// assert_eq!(spool.status()?.waiting(), 1);
/// let event = spool.events(&SpoolFilter::default())?.remove(0);
/// assert_eq!((event.state, event.client_id.as_str()), (SpoolState::Waiting, "acme"));
/// assert_eq!(event.event_type.as_deref(), Some("CHAT_TURN"));
/// assert!(!format!("{event:?}").contains("attributes"), "the body is not shown");
///
/// assert_eq!(spool.purge(&SpoolFilter::default())?.removed, 1);
/// assert!(spool.event(event.id)?.is_none());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct SpoolFile {
    connection: Connection,
    path: PathBuf,
    place: Place,
}

/// What [`SpoolFile::purge`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolPurge {
    /// Events that are gone, and turns.
    pub removed: u64,
    /// Those that a running process holds: they stayed.
    pub held: u64,
}

/// Why a file cannot be used as a spool. Never holds what an event says.
///
/// ```
/// use turnspan::{SpoolFile, SpoolFileError};
///
/// let error = SpoolFile::open("/nowhere/spool.db").unwrap_err();
/// assert!(matches!(error, SpoolFileError::Missing { .. }));
/// assert_eq!(error.to_string(), "/nowhere/spool.db: there is no such file");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SpoolFileError {
    /// There is none.
    #[error("{}: there is no such file", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{}: is no spool", .path.display())]
    NoSpool {
        /// Where it is.
        path: PathBuf,
    },
    /// It was made by a later version.
    #[error("{}: is of a later version of turnspan", .path.display())]
    LaterVersion {
        /// Where it is.
        path: PathBuf,
    },
    /// It is damaged.
    #[error("{}: is damaged: {why}", .path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// It cannot be read or written.
    #[error("{}: {why}", .path.display())]
    Failed {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl SpoolPurge {
    fn of(matching: u64, removed: usize) -> Self {
        let removed = u64::try_from(removed).unwrap_or_default();
        let held = matching.saturating_sub(removed);
        Self { removed, held }
    }

    fn and(self, other: Self) -> Self {
        Self {
            removed: self.removed + other.removed,
            held: self.held + other.held,
        }
    }
}

impl SpoolFile {
    /// Where a spool lies when no setting names a file; see
    /// [`SpoolSettings::path`](crate::SpoolSettings::path). None without a home
    /// directory.
    ///
    /// ```
    /// if let Some(path) = turnspan::SpoolFile::default_path() {
    ///     assert!(path.ends_with("turnspan/spool.db"));
    /// }
    /// ```
    pub fn default_path() -> Option<PathBuf> {
        file::default_path()
    }

    /// Opens a spool that there is.
    ///
    /// # Errors
    ///
    /// If there is none, or if it is something else, damaged or of a later
    /// version.
    ///
    /// ```
    /// use turnspan::{SpoolFile, SpoolFileError};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("no-spool-{}.db", std::process::id()));
    ///
    /// std::fs::write(&path, "this is a letter, and no database at all")?;
    /// let refused = SpoolFile::open(&path);
    /// assert!(matches!(refused, Err(SpoolFileError::NoSpool { .. })));
    /// # std::fs::remove_file(path)?;
    /// # Ok(()) }
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SpoolFileError> {
        let path = path.as_ref().to_owned();
        if !path.is_file() {
            return Err(SpoolFileError::Missing { path });
        }
        let place = Place::seen(&path).map_err(|error| SpoolFileError::Failed {
            path: path.clone(),
            why: error.to_string(),
        })?;
        // Before SQLite opens it, which may play back the log of a database.
        if !place.is_spool() {
            return Err(SpoolFileError::NoSpool { path });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(place.path(), flags);
        let connection = connection.map_err(|error| failed(&path, &error))?;
        let spool = Self {
            connection,
            path,
            place,
        };
        let (kind, version) = spool.asked(prepare)?;
        let path = spool.path.clone();
        match (kind == APPLICATION_ID, version > VERSION) {
            (false, _) => Err(SpoolFileError::NoSpool { path }),
            (true, true) => Err(SpoolFileError::LaterVersion { path }),
            (true, false) => Ok(spool),
        }
    }

    /// Puts dead letters back, so that they are sent again: by a running
    /// program of their owner within half a minute, or by the next one at its
    /// start. Their age begins anew. Gives how many.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    ///
    /// ```
    /// use std::time::Duration;
    /// use turnspan::{SpoolFile, SpoolFilter, SpoolSettings, Tes};
    /// # use std::io::{Read as _, Write as _};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let endpoint = format!("http://{}", listener.local_addr()?);
    /// # std::thread::spawn(move || {
    /// #     let (mut stream, _) = listener.accept().unwrap();
    /// #     let _read = stream.read(&mut [0; 65536]).unwrap();
    /// #     let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    /// #     stream.write_all(refusal).unwrap();
    /// # });
    /// # let folder = std::env::temp_dir().join(format!("turnspan-replay-{}", std::process::id()));
    /// # let path = folder.join("spool.db");
    ///
    /// // A receiver that refuses an event for good.
    /// let tes = Tes::new(&endpoint, "acme", "tes_key")?
    ///     .spool(SpoolSettings::durable().path(&path));
    /// let telemetry = turnspan::builder().tes(tes).build()?;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// telemetry.shutdown(Duration::from_secs(10)).unwrap_err();
    ///
    /// let mut spool = SpoolFile::open(&path)?;
    /// let refusal = spool.events(&SpoolFilter::default())?.remove(0).refusal.unwrap();
    /// assert_eq!(refusal.reason, "rejected");
    /// assert_eq!(spool.replay(&SpoolFilter::default())?, 1);
    /// let status = spool.status()?;
    /// assert_eq!((status.waiting(), status.dead()), (1, 0));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(()) }
    /// ```
    pub fn replay(&mut self, filter: &SpoolFilter) -> Result<u64, SpoolFileError> {
        let now = in_milliseconds(SystemTime::now());
        let filter = filter.clone().state(SpoolState::Dead);
        self.changed(|connection| {
            let changed = connection.execute(
                &format!(
                    "UPDATE event SET state = ?6, holder = NULL, made_at = ?7,
                     reason = NULL, why = NULL, ended_at = NULL WHERE id IN ({})",
                    filter::IDS
                ),
                params![
                    filter.of_state(),
                    filter.made_before(),
                    filter.of_ids(),
                    filter.after,
                    filter.at_most(),
                    SpoolState::Waiting.number(),
                    now
                ],
            )?;
            Ok(u64::try_from(changed).unwrap_or_default())
        })
    }

    /// Deletes events for good, and what they said from the disk; with a filter
    /// that lets all through also turns that go on, which nobody will end. Those
    /// that a running process holds stay: it counts on them.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn purge(&mut self, filter: &SpoolFilter) -> Result<SpoolPurge, SpoolFileError> {
        let place = self.place.clone();
        let purged = self.changed(|connection| {
            let running = holder::running(connection, &place)?;
            let mut purged = filter.purge(connection, &running)?;
            if *filter == SpoolFilter::default() {
                purged = purged.and(filter::purge_open(connection, &running)?);
            }
            let ended = holder::forget(connection, &place)?;
            Ok((purged, ended))
        })?;
        let (purged, ended) = purged;
        ended.into_iter().for_each(Lease::end);
        // Another process may be reading: then it gives the room back.
        let tidied = self
            .connection
            .execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);");
        drop(tidied);
        Ok(purged)
    }

    /// Gives events and open turns of an owner another endpoint, where the one
    /// that they were made for was wrong: a program with that endpoint and the
    /// same client id sends those that wait, within half a minute or at its start.
    /// Dead letters stay dead: [`replay`](Self::replay) puts them back. What a
    /// running process holds stays with it.
    ///
    /// `endpoint` is as in [`SpoolOwner::endpoint`]: the whole URL.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use turnspan::{SpoolFile, SpoolSettings, Tes};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// # let folder = std::env::temp_dir().join(format!("turnspan-move-{}", std::process::id()));
    /// # let path = folder.join("spool.db");
    /// # let tes = Tes::new(&format!("http://{nobody}"), "acme", "tes_key")?
    /// #     .spool(SpoolSettings::durable().path(&path));
    /// # let telemetry = turnspan::builder().tes(tes).build()?;
    /// # telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// # telemetry.shutdown(Duration::from_secs(2)).unwrap_err();
    /// let mut spool = SpoolFile::open(&path)?;
    /// let wrong = spool.status()?.owners.remove(0);
    /// let moved = spool.move_events(&wrong, "https://acme.example/api/graphql")?;
    /// assert_eq!((moved.moved, moved.held), (1, 0));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(()) }
    /// ```
    pub fn move_events(
        &mut self,
        owner: &SpoolOwner,
        endpoint: &str,
    ) -> Result<SpoolMove, SpoolFileError> {
        let place = self.place.clone();
        self.changed(|connection| {
            let running = holder::running(connection, &place)?;
            aim::move_events(connection, &running, owner, endpoint)
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Events that a filter lets through, by id, with their bodies: ask for
    /// them in portions ([`SpoolFilter::limit`], [`SpoolFilter::after`]).
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn events(&self, filter: &SpoolFilter) -> Result<Vec<SpoolEvent>, SpoolFileError> {
        self.asked(|connection| event::load(connection, filter))
    }

    /// One event; none if it was delivered or deleted, or never was.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn event(&self, id: i64) -> Result<Option<SpoolEvent>, SpoolFileError> {
        let found = self.events(&SpoolFilter::default().ids([id]))?;
        Ok(found.into_iter().next())
    }

    /// How many events there are, whose, and who holds them.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn status(&self) -> Result<SpoolStatus, SpoolFileError> {
        self.asked(|connection| status::load(connection, &self.place))
    }

    /// Reads all of the file, and holds it against itself.
    ///
    /// # Errors
    ///
    /// If it is damaged: the next program sets it aside and begins it anew.
    pub fn check(&self) -> Result<(), SpoolFileError> {
        let said: String = self.asked(|connection| {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        })?;
        if said == "ok" {
            return Ok(());
        }
        let path = self.path.clone();
        Err(SpoolFileError::Damaged { path, why: said })
    }

    fn changed<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolFileError> {
        let begun = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate);
        let changed = begun.and_then(|transaction| {
            let changed = change(&transaction)?;
            transaction.commit()?;
            Ok(changed)
        });
        changed.map_err(|error| failed(&self.path, &error))
    }

    fn asked<T>(
        &self,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SpoolFileError> {
        ask(&self.connection).map_err(|error| failed(&self.path, &error))
    }
}

/// Gives what kind of file it is, and its version.
fn prepare(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;")?;
    let number = |pragma| connection.query_row(pragma, [], |row| row.get(0));
    // The first reads nothing of a file that is none; this does.
    let _tables: i64 = number("SELECT count(*) FROM sqlite_schema")?;
    Ok((
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
    ))
}

fn failed(path: &Path, error: &rusqlite::Error) -> SpoolFileError {
    let (path, why) = (path.to_owned(), error.to_string());
    if file::is_damage(error) {
        SpoolFileError::Damaged { path, why }
    } else {
        SpoolFileError::Failed { path, why }
    }
}
