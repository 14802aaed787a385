//! One attempt, and what came of it.

use super::carrier::{Carrier, Outcome};
use crate::background::caught::{Panicked, caught};
use crate::spool::SpooledEvent;
use crate::stats::{Fault, Stats};
use std::sync::Arc;

pub(super) struct Attempted {
    pub(super) events: Vec<SpooledEvent>,
    pub(super) outcome: Outcome,
}

/// Events at which something panics come back too.
pub(super) async fn make(
    carrier: Arc<dyn Carrier>,
    events: Vec<SpooledEvent>,
    stats: Arc<Stats>,
) -> Attempted {
    // Within the future, as to make one may panic too.
    let outcome = caught(async { carrier.carry(&events).await }).await;
    let outcome = outcome.unwrap_or_else(|Panicked| {
        stats.fault(Fault::TaskPanicked);
        Outcome::unconvertible("sending it panicked", events.len())
    });
    Attempted { events, outcome }
}
