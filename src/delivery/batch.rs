//! Events that leave in one request.

use crate::spool::{Spool, SpooledEvent};
use std::time::Duration;
use tokio::time::Instant;

/// When events leave, and how many together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How long an event waits for others, more or less.
    pub(crate) interval: Duration,
    /// So many leave at once.
    pub(crate) max_events: usize,
    /// So many bytes leave at once; a larger event leaves alone.
    pub(crate) max_bytes: usize,
}

/// What is gathered for the next request.
#[derive(Debug)]
pub(super) struct Batch {
    pace: Pace,
    events: Vec<SpooledEvent>,
    bytes: usize,
    /// The first that did not fit.
    left_over: Option<SpooledEvent>,
    due: Option<Instant>,
}

impl Batch {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            events: Vec::new(),
            bytes: 0,
            left_over: None,
            due: None,
        }
    }

    /// When it leaves, if there is anything that waits for more.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What is to come before anything is done: the first event, of which time
    /// runs, and then as many as make it full.
    pub(super) fn lacks(&self) -> (usize, usize) {
        if self.events.is_empty() {
            return (1, 1);
        }
        (
            self.pace.max_events.saturating_sub(self.events.len()),
            self.pace.max_bytes.saturating_sub(self.bytes),
        )
    }

    /// Takes what fits.
    pub(super) fn fill(&mut self, spool: &dyn Spool) {
        while self.left_over.is_none() && self.events.len() < self.pace.max_events {
            let Some(event) = spool.take() else { return };
            self.add(event);
        }
    }

    fn add(&mut self, event: SpooledEvent) {
        let bytes = self.bytes + event.body.len();
        if !self.events.is_empty() && bytes > self.pace.max_bytes {
            self.left_over = Some(event);
            return;
        }
        self.bytes = bytes;
        self.events.push(event);
    }

    /// The events, if they are due: enough of them, or long enough here, or
    /// asked for.
    pub(super) fn take_if_due(
        &mut self,
        now: Instant,
        is_asked: bool,
    ) -> Option<Vec<SpooledEvent>> {
        if self.events.is_empty() {
            return None;
        }
        let is_full = self.left_over.is_some()
            || self.events.len() >= self.pace.max_events
            || self.bytes >= self.pace.max_bytes;
        let due = *self
            .due
            .get_or_insert_with(|| now + jittered(self.pace.interval));
        if !is_full && !is_asked && now < due {
            return None;
        }
        let events = std::mem::take(&mut self.events);
        (self.bytes, self.due) = (0, None);
        if let Some(event) = self.left_over.take() {
            self.add(event);
        }
        Some(events)
    }
}

/// A fifth more or less, so that processes that began together do not send
/// together.
fn jittered(interval: Duration) -> Duration {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
    interval.min(LONGEST).mul_f64(0.8 + 0.4 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::time::SystemTime;

    const PACE: Pace = Pace {
        interval: Duration::from_secs(5),
        max_events: 3,
        max_bytes: 100,
    };

    fn event(length: usize) -> SpooledEvent {
        SpooledEvent {
            row: None,
            made_at: SystemTime::UNIX_EPOCH,
            body: Bytes::from(vec![b'x'; length]),
            items: 1,
        }
    }

    fn taken(batch: &mut Batch, now: Instant, is_asked: bool) -> Option<Vec<usize>> {
        let events = batch.take_if_due(now, is_asked)?;
        Some(events.iter().map(|event| event.body.len()).collect())
    }

    #[test]
    fn it_is_due_by_count_by_bytes_by_time_and_when_asked() {
        let now = Instant::now();
        let mut batch = Batch::new(PACE);
        assert_eq!(taken(&mut batch, now, true), None);
        batch.add(event(1));
        assert_eq!(taken(&mut batch, now, false), None);
        assert_eq!(
            taken(&mut batch, now + PACE.interval * 2, false),
            Some(vec![1])
        );
        batch.add(event(1));
        assert_eq!(taken(&mut batch, now, true), Some(vec![1]));
        for _ in 0..3 {
            batch.add(event(1));
        }
        assert_eq!(taken(&mut batch, now, false), Some(vec![1, 1, 1]));
        batch.add(event(60));
        batch.add(event(60));
        assert_eq!(taken(&mut batch, now, false), Some(vec![60]));
        assert_eq!(taken(&mut batch, now, true), Some(vec![60]));
    }

    #[test]
    fn one_that_is_too_large_leaves_alone() {
        let now = Instant::now();
        let mut batch = Batch::new(PACE);
        batch.add(event(1000));
        assert_eq!(taken(&mut batch, now, false), Some(vec![1000]));
    }

    #[test]
    fn the_interval_is_kept_more_or_less() {
        for _ in 0..100 {
            let interval = jittered(Duration::from_secs(10));
            assert!((8.0..=12.0).contains(&interval.as_secs_f64()));
        }
    }
}
