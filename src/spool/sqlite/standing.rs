//! Which files lie under the names of a spool.
//!
//! A file that is removed or renamed while it is open is written on, and nobody
//! finds what was written. Systems other than Unix do not let that happen, or
//! do not tell: there nothing is looked for.

use super::place::{LOGS, Place};
use super::system::{Identity, identity};
use std::fs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    file: Option<Identity>,
    logs: [Option<Identity>; LOGS.len()],
}

/// What became of files that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whereabouts {
    InPlace,
    /// The file is there, and what SQLite has beside it is not.
    WithoutLogs,
    Gone,
}

impl Standing {
    pub(super) fn of(place: &Place) -> Self {
        Self {
            file: identity(place.path()),
            logs: LOGS.map(|log| identity(&place.beside(log))),
        }
    }

    pub(super) fn whereabouts(&self, now: &Self) -> Whereabouts {
        if self.file != now.file {
            return Whereabouts::Gone;
        }
        let mut logs = self.logs.iter().zip(now.logs);
        // One that was not there when the file was opened may be made since.
        if logs.all(|(then, now)| then.is_none() || *then == now) {
            Whereabouts::InPlace
        } else {
            Whereabouts::WithoutLogs
        }
    }

    /// Removes what SQLite had beside a file that is gone.
    pub(super) fn remove_logs(&self, place: &Place) {
        for (log, then) in LOGS.iter().zip(self.logs) {
            let path = place.beside(log);
            if then.is_some() && identity(&path) == then {
                drop(fs::remove_file(path));
            }
        }
    }
}
