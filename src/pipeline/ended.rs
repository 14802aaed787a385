//! A span that has ended, on its way through the queue.

use super::callers::Told;
use super::due::Due;
use crate::operation::Content;
use crate::span::weight::held;
use opentelemetry_sdk::trace::SpanData;

/// A finished span, its content, and where it is due.
pub(super) struct Ended {
    pub(super) span: SpanData,
    pub(super) content: Option<Content>,
    pub(super) due: Due,
}

impl Ended {
    /// What whoever is around the span has to know.
    pub(super) fn tells(&self) -> Told {
        let content = self.content.as_ref();
        Told {
            a_secret: content.is_some_and(|content| content.repeats_a_secret),
        }
    }

    /// What the queue's bound in bytes counts.
    pub(super) fn weight(&self) -> usize {
        held(&self.span) + self.content.as_ref().map_or(0, Content::weight)
    }
}
