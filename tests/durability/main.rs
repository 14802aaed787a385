//! Turns that survive: processes that are killed, receivers that fail in every
//! way, disks that are full.
//!
//! The tests start this very program again, as a child with a job to do, and
//! end it when it suits them. `just soak` runs them for longer.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

mod arrivals;
mod chaos;
mod chaos_server;
mod child;
mod failure;
#[cfg(unix)]
mod faults;
mod job;
mod kill;
mod loss_window;
mod mass;
mod measure;
mod parent;
#[path = "../it/support/provider.rs"]
mod provider;
mod report;
mod steady;
#[path = "../it/support/tes_receiver.rs"]
mod tes_receiver;
#[cfg(target_os = "linux")]
mod wakes;

use report::{is_soak, seed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tests that load the machine, or measure, run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
