//! `turnspan spool replay`.

use super::Opened;
use crate::failure::{End, Failure};
use crate::output::{Output, counted};
use clap::{ArgGroup, Args};
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::thread;
use std::time::Duration;
use turnspan::{AccountSnapshot, SpoolFile, SpoolFilter, Telemetry, Tes};

/// Puts dead letters back, to be sent again by the programs that use the spool
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(super) struct Replay {
    /// Ids of dead letters, as `list --dead` gives them
    #[arg(group = "which")]
    ids: Vec<i64>,
    /// All dead letters
    #[arg(long, group = "which")]
    all: bool,
    /// Sends them now, and whatever else waits for the same TES and is held by
    /// nobody
    #[arg(long)]
    send: bool,
    /// How long sending may take
    #[arg(long, default_value_t = 60, value_name = "SECONDS", requires = "send")]
    timeout: u64,
}

#[derive(Serialize)]
struct Report {
    replayed: u64,
    #[serde(flatten)]
    sent: Option<Sent>,
}

#[derive(Serialize)]
struct Sent {
    delivered: u64,
    refused: u64,
    /// Too old to be sent, or lost otherwise.
    dropped: u64,
    waiting: u64,
}

impl Replay {
    pub(super) fn run(&self, mut opened: Opened, output: &Output) -> Result<End, Failure> {
        let tes = self.send.then(|| tes(&opened)).transpose()?;
        let replayed = opened.file.replay(&self.filter())?;
        let asked: BTreeSet<i64> = self.ids.iter().copied().collect();
        let missing = asked
            .len()
            .saturating_sub(usize::try_from(replayed).unwrap_or_default());
        if replayed == 0 && missing > 0 {
            return Err(Failure::new("none of these is a dead letter")
                .remedy("`turnspan spool list --dead` shows those that there are"));
        }
        let timeout = Duration::from_secs(self.timeout);
        let sent = tes.map(|tes| send(tes, timeout, opened)).transpose()?;
        let is_all = missing == 0 && sent.as_ref().is_none_or(Sent::is_all);
        if missing > 0 {
            output.aside(&format!("{missing} of the ids are no dead letters\n"));
        }
        output.report(&Report { replayed, sent })?;
        Ok(if is_all { End::Fine } else { End::Warned })
    }

    fn filter(&self) -> SpoolFilter {
        if self.all {
            SpoolFilter::default()
        } else {
            SpoolFilter::default().ids(self.ids.iter().copied())
        }
    }
}

/// TES as it is set, which must be known before anything is put back.
fn tes(opened: &Opened) -> Result<Tes, Failure> {
    let settings = opened.variables.settings()?;
    settings.tes_with_spool(opened.file.path()).ok_or_else(|| {
        Failure::new("no TES is set, so nothing can be sent")
            .remedy("set TES_ENDPOINT, TES_CLIENT_ID and TES_API_KEY, or name a --config")
    })
}

/// Delivers as a program does: what nobody holds is taken over and sent.
fn send(tes: Tes, timeout: Duration, opened: Opened) -> Result<Sent, Failure> {
    const TICK: Duration = Duration::from_millis(50);
    let path = opened.file.path().to_owned();
    drop(opened);
    let telemetry = turnspan::builder().tes(tes).build()?;
    let taken = account(&telemetry).recovered;
    // Seen on a terminal alone.
    let bar = ProgressBar::new(taken);
    thread::scope(|scope| {
        let flush = scope.spawn(|| telemetry.flush(timeout));
        while !flush.is_finished() {
            let books = account(&telemetry);
            bar.set_position(books.delivered + books.dead_lettered);
            thread::sleep(TICK);
        }
    });
    bar.finish_and_clear();
    // What is left stays in the file, and is counted there.
    drop(telemetry.shutdown(Duration::from_secs(1)));
    let books = account(&telemetry);
    Ok(Sent {
        delivered: books.delivered,
        refused: books.dead_lettered,
        dropped: books.dropped.values().sum(),
        waiting: SpoolFile::open(path)?.status()?.waiting(),
    })
}

fn account(telemetry: &Telemetry) -> AccountSnapshot {
    let mut stats = telemetry.stats();
    stats.destinations.remove("tes").unwrap_or_default()
}

impl Sent {
    fn is_all(&self) -> bool {
        self.refused == 0 && self.dropped == 0 && self.waiting == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replayed = counted(self.replayed, "dead letter");
        let Some(sent) = &self.sent else {
            return write!(
                f,
                "{replayed} put back: a running program sends them within half a minute, \
                 or the next one at its start; --send does it now"
            );
        };
        write!(f, "{replayed} put back, {} delivered", sent.delivered)?;
        if sent.refused > 0 {
            let refused = sent.refused;
            write!(
                f,
                ", {refused} refused again (`turnspan spool list --dead` says why)"
            )?;
        }
        if sent.dropped > 0 {
            write!(f, ", {} dropped as too old", sent.dropped)?;
        }
        if sent.waiting > 0 {
            let waiting = sent.waiting;
            write!(f, ", {waiting} still waiting (`turnspan doctor` says why)")?;
        }
        Ok(())
    }
}
