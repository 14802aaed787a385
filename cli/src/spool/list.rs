//! `turnspan spool list`.

use super::Opened;
use super::event::Told;
use crate::failure::{End, Failure};
use crate::output::Output;
use clap::Args;
use serde::Serialize;
use std::fmt;
use turnspan::{SpoolFilter, SpoolState};

/// Lists events: id, state, age, size, kind, conversation, and why it was
/// refused
#[derive(Args)]
pub(super) struct List {
    /// Only those that were refused for good
    #[arg(long)]
    dead: bool,
    /// So many at most
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    limit: usize,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Report<'a>(Vec<Told<'a>>);

impl List {
    pub(super) fn run(&self, opened: &Opened, output: &Output) -> Result<End, Failure> {
        let mut filter = SpoolFilter::default().limit(self.limit);
        if self.dead {
            filter = filter.state(SpoolState::Dead);
        }
        let events = opened.file.events(&filter)?;
        output.report(&Report(events.iter().map(Told::head).collect()))?;
        Ok(End::Fine)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no events");
        }
        self.0.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}
