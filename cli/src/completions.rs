//! `turnspan completions`.

use crate::Cli;
use crate::failure::{End, Failure};
use crate::output::Output;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Prints what a shell needs to complete commands
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell, whose manual says where to put it
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, output: &Output) -> Result<End, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "turnspan", &mut script);
        output.raw(&script)?;
        Ok(End::Fine)
    }
}
