//! What a child is asked for.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use turnspan::{SpoolSettings, Tes, TurnGrouping};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) role: Role,
    pub(crate) url: String,
    pub(crate) spool: PathBuf,
    /// Begins the ids of its calls.
    pub(crate) name: String,
    /// Events of one request.
    pub(crate) batch: usize,
    /// Tool loops that an earlier child has left open.
    pub(crate) open: Vec<Loop>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Makes calls until it is killed.
    Calls,
    /// Goes on with the loops that are open, then makes loops until it is killed.
    Loops,
    /// Delivers what is there.
    Drain,
    /// The same, with gathered turns.
    DrainLoops,
    /// Makes so many calls, and sees them delivered.
    Steady(u64),
    /// Makes calls until the disk is full, and one more when it has room.
    UntilFull,
    /// Makes calls until the disk is full, some more, and ends.
    FullAtEnd,
    /// Counts how often its threads wake up.
    Wakes(Rest),
    /// Measures how long a call that is over may still be lost.
    Measure(Way),
}

/// When threads are to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Rest {
    /// After a call.
    Idle,
    /// While events wait for others.
    Batching,
    /// While a receiver is down.
    Down,
}

/// How calls come to the spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    /// `init()`, and a call every few milliseconds.
    Init,
    /// `builder()`, and calls as fast as they can be made.
    Busy,
    /// A `TesExporter` in a batch processor that exports every second.
    Exporter,
}

/// A tool loop, and how many of its calls are over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Loop {
    pub(crate) id: String,
    pub(crate) rounds: u64,
}

impl Job {
    pub(crate) fn tes(&self) -> Tes {
        let grouping = match self.role {
            Role::Loops | Role::DrainLoops => TurnGrouping::Turn,
            _ => TurnGrouping::Call,
        };
        let tes = Tes::new(&self.url, "acme", "tes_acme_fakekey").unwrap();
        tes.turn_grouping(grouping)
            .batch_size(self.batch)
            .interval(Duration::from_millis(20))
            // More than any test leaves: a full spool is another matter.
            .spool(
                SpoolSettings::durable()
                    .path(&self.spool)
                    .max_bytes(1 << 30),
            )
    }
}
