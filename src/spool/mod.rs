//! Where events wait for delivery.
//!
//! An event is in the spool from the moment it is made until it was
//! acknowledged or refused for good: taking it for an attempt only lends it.

mod memory;
mod settings;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use settings::{SpoolSettings, WhenFull};
#[cfg(feature = "diagnosis")]
pub(crate) use sqlite::check_place;
#[cfg(feature = "sqlite")]
pub use sqlite::{
    SpoolEvent, SpoolFile, SpoolFileError, SpoolFilter, SpoolHolder, SpoolMove, SpoolOwner,
    SpoolPurge, SpoolRefusal, SpoolState, SpoolStatus,
};

use crate::config::ConfigError;
use crate::stats::{Account, DropReason, Fault, Stage, Stats};
use bytes::Bytes;
use memory::MemorySpool;
use std::fmt::Debug;
use std::sync::{Arc, mpsc};
use std::time::{Instant, SystemTime};
use tokio::sync::Notify;

/// Whose events they are: not a key's, because keys change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) endpoint: String,
    pub(crate) client_id: String,
}

/// An event that was made.
#[derive(Debug, Clone)]
pub(crate) struct NewEvent {
    pub(crate) made_at: SystemTime,
    /// What the receiver's dialect makes a request of.
    pub(crate) body: Bytes,
    /// How many items of the books it stands for: a gathered turn is several
    /// calls.
    pub(crate) items: u64,
    /// The open turn that it was, which is open no longer.
    pub(crate) closes: Option<u64>,
}

impl NewEvent {
    /// Where the account has its items.
    pub(crate) fn stage(&self) -> Stage {
        match self.closes {
            Some(_) => Stage::Open,
            None => Stage::Queued,
        }
    }
}

/// What is to be kept of a turn that goes on: all of it, or a further step.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "there is no file")
)]
pub(crate) struct Held {
    /// Known by this to whoever gathers, for as long as it is open.
    pub(crate) key: u64,
    /// How many items come before a step; none of the whole.
    pub(crate) after: Option<u64>,
    /// How many items it stands for.
    pub(crate) items: u64,
    pub(crate) body: Bytes,
}

/// A turn that another process left open.
#[derive(Debug, Clone)]
pub(crate) struct LeftOpen {
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "there is no file")
    )]
    pub(crate) key: u64,
    pub(crate) whole: Bytes,
    /// What was added to it since, in its order.
    pub(crate) steps: Vec<Bytes>,
    pub(crate) items: u64,
}

/// An event, lent for an attempt.
#[derive(Debug, Clone)]
pub(crate) struct SpooledEvent {
    /// Its place in the spool; of one in a file none, if it is in memory alone.
    pub(crate) row: Option<Row>,
    /// When it was made.
    pub(crate) made_at: SystemTime,
    pub(crate) body: Bytes,
    pub(crate) items: u64,
}

/// What whoever delivers waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// So many events, or so many bytes of them; of no event at all, nothing.
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Awaited {
    /// Whether so many events are enough.
    pub(crate) fn is_met(self, events: usize, bytes: usize) -> bool {
        self.events > 0 && events > 0 && (events >= self.events || bytes >= self.bytes)
    }
}

/// A row of a file, or a number in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Which of the files that this process has had.
    pub(crate) file: u32,
    pub(crate) id: i64,
}

/// What became of an event in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    /// It will never be taken, and why: the reason, and the receiver's words.
    Refused(DropReason, String),
}

/// What a spool tells of itself.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The books.
    pub(crate) account: Arc<Account>,
    /// Whoever delivers, who is told when what was waited for has come.
    pub(crate) ready: Arc<Notify>,
    /// Where faults are counted.
    pub(crate) stats: Arc<Stats>,
}

/// The spool that the settings ask for, or else one in memory.
///
/// # Errors
///
/// If a variable asks for a file, and there can be none.
pub(crate) fn open(
    settings: &SpoolSettings,
    owner: Owner,
    told: Told,
) -> Result<Arc<dyn Spool>, ConfigError> {
    if settings.durable {
        match (durable(settings, owner, &told), settings.required_by) {
            (Ok(spool), _) => return Ok(spool),
            (Err(why), Some(variable)) => return Err(required(variable, &why)),
            (Err(why), None) => unavailable(&told.stats, &why),
        }
    }
    let spool = MemorySpool::new(settings, told.account, told.ready);
    Ok(Arc::new(spool))
}

/// Whoever set the variable relies on the file.
fn required(variable: &'static str, why: &str) -> ConfigError {
    let problem = format!(
        "asks for a spool in a file, but there can be none: {why}; name another file with \
         TES_SPOOL_PATH, or set TES_DURABILITY=best_effort to keep turns in memory"
    );
    ConfigError::invalid(variable, problem)
}

#[cfg(feature = "sqlite")]
fn durable(settings: &SpoolSettings, owner: Owner, told: &Told) -> Result<Arc<dyn Spool>, String> {
    let spool = sqlite::SqliteSpool::start(settings, owner, told.clone())?;
    Ok(Arc::new(spool))
}

#[cfg(not(feature = "sqlite"))]
fn durable(_: &SpoolSettings, _: Owner, _: &Told) -> Result<Arc<dyn Spool>, String> {
    Err("this program was built without turnspan's feature `sqlite`".to_owned())
}

/// Events wait in memory, though they should wait in a file.
fn unavailable(stats: &Stats, why: &str) {
    stats.fault(Fault::SpoolUnavailable);
    stats.warn_later(format!(
        "turns wait in memory, and those that were not sent are lost with the process, because there \
         can be no spool in a file: {why}; name another file with TES_SPOOL_PATH, or set \
         TES_DURABILITY=best_effort if memory will do"
    ));
}

/// A bounded store of events, which keeps their books. Used from turnspan's
/// own threads only, and never waits for a disk on theirs.
pub(crate) trait Spool: Debug + Send + Sync {
    /// Stores an event, whose items the account counts as queued, or as open if
    /// it was a turn that is over.
    fn push(&self, event: NewEvent);

    /// Whether events, and open turns, outlive the process here.
    fn keeps_open_turns(&self) -> bool {
        false
    }

    /// Keeps what is known of an open turn, if anything can keep it. Its items
    /// are counted as open.
    fn hold(&self, _turn: Held) {}

    /// Open turns that other processes left, and that are nobody's else now.
    fn recovered(&self) -> Vec<LeftOpen> {
        Vec::new()
    }

    /// Whether some of what was held could not be kept since this was asked
    /// last: then all that is open is to be held anew.
    fn has_lost_open_turns(&self) -> bool {
        false
    }

    /// How many items that have not come to their end outlive the process,
    /// whatever happens to it now.
    fn kept(&self) -> u64 {
        0
    }

    /// Lends the oldest event that is ready.
    fn take(&self) -> Option<SpooledEvent>;

    /// Tells whoever delivers as soon as this has come, once.
    fn wait_for(&self, awaited: Awaited);

    /// Takes an event back: its attempt failed.
    fn put_back(&self, event: SpooledEvent);

    /// Says how it ended for an event.
    fn settle(&self, event: SpooledEvent, fate: Fate);

    /// Tells `done` when all that is here now is settled, whatever comes
    /// meanwhile. It is dropped if that never happens.
    fn flush(&self, done: mpsc::Sender<()>);

    /// Whether somebody waits for that.
    fn is_flushing(&self) -> bool;

    /// Ends: what a file has stays there, the rest is lost and counted.
    fn close(&self, deadline: Instant);
}
