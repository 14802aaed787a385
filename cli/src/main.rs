//! The command line of turnspan: an account, a diagnosis, and the spool.
//!
//! Each subcommand is a file or a folder; what they say goes through `output`,
//! and how they end is an [`End`] or a [`Failure`].

mod completions;
mod doctor;
mod escape;
mod failure;
mod init;
mod output;
mod private_file;
mod spool;
mod time;

use clap::{Parser, Subcommand};
use failure::{End, Failure};
use output::Output;
use std::future::Future;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::time::Duration;

/// Sets turnspan up, finds out what is wrong, and looks after what waits for
/// TES.
#[derive(Parser)]
#[command(name = "turnspan", version, after_help = EXIT_CODES)]
struct Cli {
    /// Says it as JSON, on standard output
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Doctor(doctor::Doctor),
    Spool(spool::Spool),
    Completions(completions::Completions),
}

const EXIT_CODES: &str = "Exit codes:
  0    all is well
  1    done, with warnings
  2    there is a problem, or it could not be done
  64   the arguments are not understood
  130  interrupted";

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version are no error, and nobody may be reading.
            drop(said.print());
            return if said.use_stderr() {
                End::Usage.into()
            } else {
                End::Fine.into()
            };
        }
    };
    let output = Output::new(cli.json);
    let ended = match &cli.command {
        Command::Init(init) => init.run(&output),
        Command::Doctor(doctor) => doctor.run(&output),
        Command::Spool(spool) => spool.run(&output),
        Command::Completions(completions) => completions.run(&output),
    };
    match ended {
        Ok(end) => end.into(),
        Err(failure) => {
            output.fail(&failure);
            failure.end.into()
        }
    }
}

/// What a thread that asks for a password needs to give the terminal back.
const GRACE: Duration = Duration::from_millis(300);

/// Runs what talks to the network, until it is done or interrupted.
fn until_interrupted<T>(
    output: &Output,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no runtime could be started: {error}")))?;
    let ended = runtime.block_on(async {
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => ended,
            Ok(()) = tokio::signal::ctrl_c() => {
                drop(tokio::time::timeout(GRACE, work).await);
                if io::stderr().is_terminal() {
                    // After what was typed, and the terminal's own ^C.
                    output.aside("\n");
                }
                Err(Failure::interrupted())
            }
        }
    });
    // A thread may still wait for a line that nobody types.
    runtime.shutdown_background();
    ended
}
