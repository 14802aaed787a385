//! The spans around calls: they end after what they are around.

use crate::background::remembered::Remembered;
use crate::dialect;
use crate::stats::{Fault, Stats};
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use std::sync::Arc;

/// Spans that are awaited: as many calls may be under way at once, and each has
/// spans around it.
const MAX_AWAITED: usize = 1 << 16;

/// Spans that are around calls and have not ended.
#[derive(Debug)]
pub(super) struct Callers {
    awaited: Remembered<SpanId, Told>,
    stats: Arc<Stats>,
}

/// What a call tells whoever is around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// The text of its error has a secret of its request, which is out of what
    /// the call's own span says of it.
    pub(super) a_secret: bool,
}

impl Callers {
    pub(super) fn new(stats: Arc<Stats>) -> Self {
        Self {
            awaited: Remembered::new(MAX_AWAITED),
            stats,
        }
    }

    /// A call is made within this span: known also of one whose own span never
    /// comes, because nobody sampled it, or the queue was full.
    pub(super) fn await_end(&mut self, span: SpanId, told: Told) {
        if self.awaited.is_full() && !self.awaited.contains(&span) {
            self.stats.fault(Fault::CallerForgotten);
        }
        self.awaited.entry(span).a_secret |= told.a_secret;
    }

    /// What a finished span was told, if it is around a call. If it is, or is
    /// one of generative AI itself, so is its parent, which is told the same
    /// and what the span itself tells.
    pub(super) fn told(&mut self, span: &SpanData, tells: Told) -> Option<Told> {
        let told = self.awaited.forget(&span.span_context.span_id());
        let parent = span.parent_span_id;
        // One of another process does not end in this one.
        let has_parent = parent != SpanId::INVALID && !span.parent_span_is_remote;
        if (told.is_some() || dialect::is_gen_ai(span)) && has_parent {
            self.await_end(parent, tells);
            self.await_end(parent, told.unwrap_or_default());
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgotten(stats: &Stats) -> u64 {
        let faults = stats.snapshot(&[]).faults;
        faults.get(&Fault::CallerForgotten).copied().unwrap_or(0)
    }

    #[test]
    fn a_span_around_a_call_is_known_however_many_come_and_go_beside_it() {
        let stats = Arc::<Stats>::default();
        let mut callers = Callers::new(Arc::clone(&stats));
        callers.await_end(SpanId::from(1), Told { a_secret: true });
        for other in 2..2 * MAX_AWAITED as u64 {
            callers.await_end(SpanId::from(other), Told::default());
            callers.awaited.forget(&SpanId::from(other));
        }
        let told = callers.awaited.forget(&SpanId::from(1));
        assert!(told.is_some_and(|told| told.a_secret));
        assert_eq!(forgotten(&stats), 0);
    }

    #[test]
    fn of_too_many_that_are_open_the_oldest_is_forgotten_and_counted() {
        let stats = Arc::<Stats>::default();
        let mut callers = Callers::new(Arc::clone(&stats));
        for span in 0..=MAX_AWAITED as u64 {
            callers.await_end(SpanId::from(span + 1), Told::default());
            callers.await_end(SpanId::from(span + 1), Told::default());
        }
        assert!(!callers.awaited.contains(&SpanId::from(1)));
        assert_eq!(forgotten(&stats), 1);
    }
}
