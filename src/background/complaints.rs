//! What is said of a destination that does not take what it gets.

use crate::stats::apart;
use crate::urls;
use std::time::Duration;
use tokio::time::Instant;

/// How often a destination that stays dead is spoken of.
const INTERVAL: Duration = Duration::from_secs(60);

/// What went wrong and was not spoken of yet: the first time at once, later
/// ones together and at intervals.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    unsaid: u64,
    last: Option<Instant>,
}

impl Complaints {
    /// So much more is lost at a destination, and why.
    pub(crate) fn tell(&mut self, destination: &str, lost: u64, error: &str) {
        if let Some(lost) = self.due(lost, Instant::now()) {
            let error = urls::without_secrets(error);
            apart(|| {
                tracing::warn!(target: "turnspan", destination, lost, error, "export failed");
            });
        }
    }

    /// So much more went wrong: how much to speak of now, if it is time.
    pub(crate) fn due(&mut self, lost: u64, now: Instant) -> Option<u64> {
        self.unsaid += lost;
        let is_early = |last: Instant| now.duration_since(last) < INTERVAL;
        if self.last.is_some_and(is_early) {
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_loss_is_told_at_once_and_later_ones_together() {
        let mut complaints = Complaints::default();
        let now = Instant::now();
        assert_eq!(complaints.due(2, now), Some(2));
        assert_eq!(complaints.due(3, now + INTERVAL / 2), None);
        assert_eq!(complaints.due(4, now + INTERVAL), Some(7));
    }

    /// A subscriber of the program's that panics at every event.
    struct Panicking;

    impl tracing::Subscriber for Panicking {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }

        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

        fn event(&self, _: &tracing::Event<'_>) {
            std::panic::resume_unwind(Box::new("on purpose"));
        }

        fn enter(&self, _: &tracing::span::Id) {}

        fn exit(&self, _: &tracing::span::Id) {}
    }

    #[test]
    fn a_subscriber_that_panics_costs_its_line_and_not_the_thread() {
        tracing::subscriber::with_default(Panicking, || {
            Complaints::default().tell("tes", 1, "down");
        });
    }
}
