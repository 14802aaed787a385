//! `turnspan spool show`.

use super::Opened;
use super::event::Told;
use crate::failure::{End, Failure};
use crate::output::Output;
use clap::Args;

/// Shows one event with all that it says, the conversation too
#[derive(Args)]
pub(super) struct Show {
    /// Its id, as `list` gives it
    id: i64,
}

impl Show {
    pub(super) fn run(&self, opened: &Opened, output: &Output) -> Result<End, Failure> {
        let event = opened.file.event(self.id)?.ok_or_else(|| {
            Failure::new(format!("there is no event {}", self.id))
                .remedy("`turnspan spool list` shows those that there are")
        })?;
        output.report(&Told::whole(&event))?;
        Ok(End::Fine)
    }
}
