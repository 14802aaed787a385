//! What takes events to where they go.

use crate::spool::{Fate, SpooledEvent};
use crate::stats::DropReason;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Takes events to where they go.
pub(crate) trait Carrier: Debug + Send + Sync {
    /// One attempt with all of these. It never blocks the thread, on which all
    /// destinations are.
    fn carry<'a>(&'a self, events: &'a [SpooledEvent]) -> Carrying<'a>;

    /// How many attempts may be under way at once.
    fn most_under_way(&self) -> usize {
        4
    }
}

/// An attempt under way.
pub(crate) type Carrying<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// What came of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The end of each event.
    Fates(Vec<Fate>),
    /// The events are to be sent each for itself.
    Apart,
    /// Again, later.
    Later {
        retry_after: Option<Duration>,
        why: String,
    },
}

impl Outcome {
    pub(crate) fn delivered(events: usize) -> Self {
        Self::Fates(vec![Fate::Delivered; events])
    }

    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later {
            retry_after: None,
            why: why.into(),
        }
    }

    pub(super) fn refused(reason: DropReason, why: &str, events: usize) -> Self {
        Self::Fates(vec![Fate::Refused(reason, why.to_owned()); events])
    }

    /// One of them is at fault, which costs its neighbours nothing.
    pub(super) fn unconvertible(why: &str, events: usize) -> Self {
        if events > 1 {
            Self::Apart
        } else {
            Self::refused(DropReason::Unconvertible, why, events)
        }
    }
}
