//! `turnspan spool export`.

use super::Opened;
use super::event::Told;
use crate::failure::{End, Failure};
use crate::output::{Output, counted};
use crate::{escape, private_file};
use clap::Args;
use indicatif::ProgressBar;
use std::io::Write;
use std::path::PathBuf;
use turnspan::{SpoolEvent, SpoolFilter, SpoolState};

/// Writes events as lines of JSON, with all that they say
#[derive(Args)]
pub(super) struct Export {
    /// Only those that were refused for good
    #[arg(long)]
    dead: bool,
    /// To this file, made for you alone, and not to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// So many are in memory at once.
const PORTION: usize = 64;

impl Export {
    pub(super) fn run(&self, opened: &Opened, output: &Output) -> Result<End, Failure> {
        let Some(path) = &self.output else {
            self.each(opened, |line| output.raw(line))?;
            return Ok(End::Fine);
        };
        let status = opened.file.status()?;
        // Seen on a terminal alone.
        let bar = ProgressBar::new(status.dead() + if self.dead { 0 } else { status.waiting() });
        private_file::write(path, |file| {
            self.each(opened, |line| {
                bar.inc(1);
                let written = file.write_all(line);
                written.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
            })
        })?;
        bar.finish_and_clear();
        let events = counted(bar.position(), "event");
        output.aside(&format!("{events} written to {}\n", path.display()));
        Ok(End::Fine)
    }

    fn each(
        &self,
        opened: &Opened,
        mut write: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut filter = SpoolFilter::default().limit(PORTION);
        if self.dead {
            filter = filter.state(SpoolState::Dead);
        }
        loop {
            let events = opened.file.events(&filter)?;
            let Some(last) = events.last() else {
                return Ok(());
            };
            filter = filter.after(last.id);
            events.iter().try_for_each(|event| write(&line(event)?))?;
        }
    }
}

fn line(event: &SpoolEvent) -> Result<Vec<u8>, Failure> {
    let line = serde_json::to_string(&Told::whole(event));
    let line = line.map_err(|error| Failure::new(error.to_string()))?;
    Ok((escape::json(&line) + "\n").into_bytes())
}
