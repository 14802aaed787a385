//! How events wait for delivery.

use std::path::PathBuf;
use std::time::Duration;

/// Where events wait until they are delivered, and how many of them.
///
/// *Durable*, the default: in a `SQLite` file, which the next process goes on
/// with after a crash. Several processes may share one file. Without the
/// feature `sqlite`, or where no file can be had (a read-only or a network file
/// system, somebody else's file), events wait in memory, the log warns of it, and
/// [`Fault::SpoolUnavailable`](crate::Fault::SpoolUnavailable) counts it. Where
/// `TES_DURABILITY=durable` or `TES_SPOOL_PATH` is set, it is an error at the
/// start instead.
///
/// *Best effort*: in memory; what was not sent is lost with the process.
///
/// ```
/// use std::time::Duration;
/// use turnspan::{SpoolSettings, Tes, WhenFull};
///
/// let spool = SpoolSettings::durable()
///     .path("/var/lib/shop/turns.db")
///     .max_bytes(16 << 20)
///     .max_age(Duration::from_secs(24 * 60 * 60))
///     .when_full(WhenFull::DropNewest);
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_key")?.spool(spool);
/// assert!(format!("{tes:?}").contains("turns.db"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "hand it to a destination"]
pub struct SpoolSettings {
    pub(crate) durable: bool,
    pub(crate) path: Option<PathBuf>,
    pub(crate) max_bytes: u64,
    pub(crate) max_age: Duration,
    pub(crate) when_full: WhenFull,
    /// The variable that asks for a file, so that nothing else will do.
    pub(crate) required_by: Option<&'static str>,
}

/// Which event a full spool drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// Those that wait longest: what is known of now is worth more.
    #[default]
    DropOldest,
    /// The one that comes.
    DropNewest,
}

/// What the seed of this format allows.
const MAX_BYTES: u64 = 100 << 20;
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl SpoolSettings {
    /// In a file (`TES_DURABILITY=durable`, the default).
    pub fn durable() -> Self {
        Self {
            durable: true,
            path: None,
            max_bytes: MAX_BYTES,
            max_age: MAX_AGE,
            when_full: WhenFull::default(),
            required_by: None,
        }
    }

    /// In memory (`TES_DURABILITY=best_effort`).
    pub fn best_effort() -> Self {
        Self {
            durable: false,
            ..Self::durable()
        }
    }

    /// The file (`TES_SPOOL_PATH`). The default is `turnspan/spool.db` in
    /// `$XDG_STATE_HOME`, else `~/.local/state`; on macOS in
    /// `~/Library/Application Support`, on Windows in `%LOCALAPPDATA%`.
    ///
    /// File and folder are made for the user alone (modes 0600 and 0700). What
    /// is there already is used only if it is a spool of this user: anything
    /// else (another file or database, a link, a pipe, a file of another user, a
    /// folder of another user than root) stays exactly as it is, events wait in
    /// memory, and the log says why. A folder may be one that others can write,
    /// as volumes of containers are; `turnspan doctor` warns of it.
    ///
    /// A file that is removed, renamed or replaced while it is in use is noticed
    /// with the next event, or within half a minute, and what this process holds
    /// is written to a new one ([`Fault::SpoolGone`](crate::Fault::SpoolGone)).
    /// On Unix alone: Windows does not let a file go that is open.
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// How many bytes the spool may hold (`TES_SPOOL_MAX_BYTES`, default 100
    /// MiB): of the file the pages in use, of which there are some 40 KiB
    /// always; of memory the events.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How long an event may wait (`TES_SPOOL_MAX_AGE`, in seconds, default
    /// 7 days); older ones are dropped as
    /// [`DropReason::Expired`](crate::DropReason::Expired).
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Which event a full spool drops (`TES_DROP_POLICY`: `drop_oldest`, the
    /// default, or `drop_newest`). One that is being sent is never dropped.
    pub fn when_full(mut self, policy: WhenFull) -> Self {
        self.when_full = policy;
        self
    }
}

impl Default for SpoolSettings {
    /// Durable, where that was built.
    fn default() -> Self {
        if cfg!(feature = "sqlite") {
            Self::durable()
        } else {
            Self::best_effort()
        }
    }
}
