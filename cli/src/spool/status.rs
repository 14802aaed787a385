//! `turnspan spool status`.

use super::Opened;
use crate::escape::one_line;
use crate::failure::{End, Failure};
use crate::output::{Output, bytes, counted};
use crate::time::{ago, span, timestamp};
use clap::Args;
use serde::Serialize;
use std::fmt;
use turnspan::{SpoolHolder, SpoolOwner, SpoolStatus};

/// Counts what waits and what was refused, and says who holds it
#[derive(Args)]
pub(super) struct Status {}

#[derive(Serialize)]
struct Report {
    path: String,
    bytes: u64,
    waiting: u64,
    dead: u64,
    open: u64,
    oldest: Option<String>,
    owners: Vec<Owner>,
    holders: Vec<Holder>,
}

#[derive(Serialize)]
struct Owner {
    endpoint: String,
    client_id: String,
    waiting: u64,
    dead: u64,
    open: u64,
    held: u64,
    bytes: u64,
    oldest: Option<String>,
    #[serde(skip)]
    waits: Option<String>,
}

#[derive(Serialize)]
struct Holder {
    is_running: bool,
    process: Option<u32>,
    waiting: u64,
    open: u64,
}

impl Status {
    #[expect(clippy::unused_self, reason = "as every command runs")]
    pub(super) fn run(&self, opened: &Opened, output: &Output) -> Result<End, Failure> {
        let status = opened.file.status()?;
        let path = opened.file.path().display().to_string();
        output.report(&Report::new(path, &status))?;
        Ok(End::Fine)
    }
}

impl Report {
    fn new(path: String, status: &SpoolStatus) -> Self {
        Self {
            path,
            bytes: status.bytes,
            waiting: status.waiting(),
            dead: status.dead(),
            open: status.open(),
            oldest: status.oldest().map(timestamp),
            owners: status.owners.iter().map(Owner::new).collect(),
            holders: status.holders.iter().map(Holder::new).collect(),
        }
    }
}

impl Owner {
    fn new(owner: &SpoolOwner) -> Self {
        Self {
            endpoint: owner.endpoint.clone(),
            client_id: owner.client_id.clone(),
            waiting: owner.waiting,
            dead: owner.dead,
            open: owner.open,
            held: owner.held,
            bytes: owner.bytes,
            oldest: owner.oldest.map(timestamp),
            waits: owner.oldest.map(|oldest| span(ago(oldest))),
        }
    }
}

impl Holder {
    fn new(holder: &SpoolHolder) -> Self {
        Self {
            is_running: holder.is_running,
            process: holder.process,
            waiting: holder.waiting,
            open: holder.open,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (waiting, dead, open) = (self.waiting, self.dead, self.open);
        writeln!(f, "{}: {}", one_line(&self.path), bytes(self.bytes))?;
        write!(f, "{waiting} waiting, {dead} dead")?;
        if open > 0 {
            write!(f, ", {}", counted(open, "open turn"))?;
        }
        writeln!(f)?;
        for owner in &self.owners {
            write!(f, "  {owner}")?;
        }
        for holder in self.holders.iter().filter(|holder| holder.is_running) {
            writeln!(f, "  {holder}")?;
        }
        let gone = self.holders.iter().filter(|holder| !holder.is_running);
        let left: u64 = gone.map(|holder| holder.waiting).sum();
        if left > 0 {
            let left = counted(left, "event");
            writeln!(f, "  {left} left by processes that have ended")?;
        }
        Ok(())
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (client, endpoint) = (one_line(&self.client_id), one_line(&self.endpoint));
        let size = bytes(self.bytes);
        if client.is_empty() {
            writeln!(f, "{endpoint}:")?;
        } else {
            writeln!(f, "{client} at {endpoint}:")?;
        }
        write!(f, "    {} waiting", self.waiting)?;
        if self.held > 0 {
            write!(f, " ({} held by running processes)", self.held)?;
        }
        write!(f, ", {} dead", self.dead)?;
        if self.open > 0 {
            write!(f, ", {}", counted(self.open, "open turn"))?;
        }
        write!(f, ", {size}")?;
        match &self.waits {
            Some(waits) => writeln!(f, "; the oldest waits for {waits}"),
            None => writeln!(f),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = counted(self.waiting, "event");
        match self.process {
            Some(process) => write!(f, "{held} held by process {process}, which runs"),
            None => write!(f, "{held} held by a process that runs"),
        }
    }
}
