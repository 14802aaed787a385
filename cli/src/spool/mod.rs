//! `turnspan spool`: what waits for TES, and what was refused.

mod event;
mod export;
mod list;
mod moved;
mod purge;
mod replay;
mod show;
mod status;

use crate::failure::{End, Failure};
use crate::output::Output;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use turnspan::SpoolFile;
use turnspan::diagnosis::Variables;

/// Looks after the file in which events wait for TES
#[derive(Args)]
pub(crate) struct Spool {
    /// The spool's file [default: `TES_SPOOL_PATH`, or where programs find it]
    #[arg(long, global = true, value_name = "FILE")]
    path: Option<PathBuf>,
    /// A file of settings; the environment overrides it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Status(status::Status),
    List(list::List),
    Show(show::Show),
    Move(moved::Move),
    Replay(replay::Replay),
    Purge(purge::Purge),
    Export(export::Export),
}

/// The spool, and the variables it was found by.
struct Opened {
    variables: Variables,
    file: SpoolFile,
}

impl Spool {
    pub(crate) fn run(&self, output: &Output) -> Result<End, Failure> {
        let opened = self.open()?;
        match &self.command {
            Command::Status(status) => status.run(&opened, output),
            Command::List(list) => list.run(&opened, output),
            Command::Show(show) => show.run(&opened, output),
            Command::Move(moved) => moved.run(opened, output),
            Command::Replay(replay) => replay.run(opened, output),
            Command::Purge(purge) => purge.run(opened, output),
            Command::Export(export) => export.run(&opened, output),
        }
    }

    fn open(&self) -> Result<Opened, Failure> {
        let variables = Variables::read(self.config.as_deref())?;
        let path = self.path.clone().or_else(|| variables.spool_path());
        let path = path.ok_or_else(|| {
            Failure::new("there is no home directory").remedy("name the spool's file with --path")
        })?;
        let file = SpoolFile::open(path)?;
        Ok(Opened { variables, file })
    }
}
