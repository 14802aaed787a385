//! What takes events to where they go.

use crate::background::came::{Came, CameKind};
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

    /// Where events go, without secrets.
    fn place(&self) -> String;

    /// What helps most likely when this came back.
    fn cure(&self, _came: &Came) -> Option<String> {
        None
    }

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
    /// All of them will never be taken, and what came back.
    Refused(DropReason, Came),
    /// Again, later.
    Later {
        retry_after: Option<Duration>,
        came: Came,
    },
}

impl Outcome {
    pub(crate) fn delivered(events: usize) -> Self {
        Self::Fates(vec![Fate::Delivered; events])
    }

    pub(crate) fn later(why: impl Into<String>) -> Self {
        Self::Later {
            retry_after: None,
            came: Came::new(CameKind::Other, why),
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
