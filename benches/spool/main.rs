//! What a spool that survives the process costs, beside what must be paid
//! anyway.
//!
//! Writing: events through a `TesExporter` until its books have them in the
//! file, beside the same bytes put into the same tables by bare SQLite, in
//! groups of the same size. Sending: what the spool holds to a loopback
//! receiver, beside four loops of a bare client with the same requests. Then
//! what a turn costs the task that makes the call.
#![expect(clippy::unwrap_used, reason = "a bench prints and may stop")]

mod making;
#[path = "../../tests/it/support/provider.rs"]
mod provider;
mod sending;
#[path = "../support/mod.rs"]
mod support;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use turnspan::{SpoolSettings, Tes};

const PATIENCE: Duration = Duration::from_secs(60);

/// Events of one round.
const EVENTS: u32 = 1_000;

fn main() {
    writing::run();
    sending::run(Duration::ZERO);
    sending::run(Duration::from_millis(1));
    making::run();
}

/// A file of its own, in a folder that is empty.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench_{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder.join("spool.db")
}

fn tes(url: &str, spool: SpoolSettings) -> Tes {
    Tes::new(url, "acme", "tes_key").unwrap().spool(spool)
}

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";
