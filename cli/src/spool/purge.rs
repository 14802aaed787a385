//! `turnspan spool purge`.

use super::Opened;
use crate::failure::{End, Failure};
use crate::output::{Output, counted, is_confirmed};
use crate::time;
use clap::{ArgGroup, Args};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use turnspan::{SpoolFilter, SpoolPurge, SpoolState};

/// Deletes events for good; those that a running process holds stay
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true))]
pub(super) struct Purge {
    /// Those that were refused for good
    #[arg(long, group = "which", conflicts_with = "all")]
    dead: bool,
    /// All of them
    #[arg(long, group = "which", conflicts_with = "older_than")]
    all: bool,
    /// Those that are older, as 90s, 30m, 12h or 7d
    #[arg(long, group = "which", value_name = "AGE", value_parser = time::parse_span)]
    older_than: Option<Duration>,
    /// Does not ask whether that is meant
    #[arg(long, short)]
    yes: bool,
}

#[derive(Serialize)]
struct Report {
    removed: u64,
    held: u64,
}

impl Purge {
    pub(super) fn run(&self, mut opened: Opened, output: &Output) -> Result<End, Failure> {
        if !self.yes {
            output.aside(&self.question(&opened)?);
        }
        if !self.yes && !is_confirmed() {
            return Err(Failure::new("nothing was deleted")
                .remedy("answer y, or say --yes to be not asked"));
        }
        let SpoolPurge { removed, held, .. } = opened.file.purge(&self.filter())?;
        output.report(&Report { removed, held })?;
        Ok(if held > 0 { End::Warned } else { End::Fine })
    }

    fn filter(&self) -> SpoolFilter {
        let mut filter = SpoolFilter::default();
        if self.dead {
            filter = filter.state(SpoolState::Dead);
        }
        match self.older_than {
            Some(age) => filter.older_than(age),
            None => filter,
        }
    }

    fn question(&self, opened: &Opened) -> Result<String, Failure> {
        let status = opened.file.status()?;
        let which = match (self.dead, self.older_than) {
            (true, None) => counted(status.dead(), "dead letter"),
            (true, Some(age)) => format!("dead letters older than {}", time::span(age)),
            (false, Some(age)) => format!("events older than {}", time::span(age)),
            (false, None) => {
                let events = counted(status.waiting() + status.dead(), "event");
                match status.open() {
                    0 => events,
                    open => format!("{events} and {}", counted(open, "open turn")),
                }
            }
        };
        Ok(format!("Delete {which} for good? [y/N] "))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} deleted", counted(self.removed, "event"))?;
        if self.held > 0 {
            let held = counted(self.held, "event");
            write!(f, "; {held} stayed: a running process holds them")?;
        }
        Ok(())
    }
}
