//! What is said of a destination that does not take what it gets.

use super::trouble::{Ends, Items, Trouble};
use crate::stats::apart;
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
    /// So many more items are concerned, and why.
    pub(crate) fn tell(&mut self, trouble: &Trouble, items: Items<'_>) {
        let Some(count) = self.due(items.count, Instant::now()) else {
            return;
        };
        // What waits is counted as a whole each time.
        let count = match items.ends {
            Ends::Lost | Ends::DeadLettered => count,
            Ends::Kept | Ends::Waiting => items.count,
        };
        let line = trouble.line(Items { count, ..items });
        apart(|| tracing::warn!(target: "turnspan", "{line}"));
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
    use crate::stats::DropReason;

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
            let trouble = Trouble {
                sent: String::new(),
                said: "down".to_owned(),
                cure: None,
                reason: DropReason::Unreachable,
            };
            let items = Items {
                destination: "tes",
                count: 1,
                unit: "event",
                ends: Ends::Lost,
            };
            Complaints::default().tell(&trouble, items);
        });
    }
}
