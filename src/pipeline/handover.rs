//! How content gets from whoever ends a span to the processor that the span
//! passes, on the same thread and for that span and that pipeline alone.
//!
//! A user's processor may end spans of its own in between, or make whole calls:
//! these lie above in a stack and do not see what is below. Another telemetry's
//! processor in the same provider finds nothing that is for it.

use crate::operation::Content;
use crate::stats::{Fault, Stats};
use opentelemetry::trace::SpanId;
use std::cell::Cell;
use std::mem::ManuallyDrop;

thread_local! {
    /// Without a destructor, so that it is there also while the thread ends:
    /// whoever puts something in takes it out again.
    static TOP: Cell<Option<ManuallyDrop<Offer>>> = const { Cell::new(None) };
}

/// What belongs to a span that is about to end.
struct Offer {
    pipeline: usize,
    span: SpanId,
    content: Option<Content>,
    below: Option<Box<Self>>,
}

/// The time in which the span ends. What nobody took until then is counted.
pub(super) struct Offered<'a> {
    stats: &'a Stats,
}

/// Offers `content` to the pipeline, for the span of that id alone.
pub(super) fn offer(pipeline: usize, span: SpanId, content: Content, stats: &Stats) -> Offered<'_> {
    let below = top().map(Box::new);
    set_top(Some(Offer {
        pipeline,
        span,
        content: Some(content),
        below,
    }));
    Offered { stats }
}

/// Takes what is offered to the pipeline for the span.
pub(super) fn take(pipeline: usize, span: SpanId) -> Option<Content> {
    let mut offer = top()?;
    let is_meant = (offer.pipeline, offer.span) == (pipeline, span);
    let content = if is_meant { offer.content.take() } else { None };
    set_top(Some(offer));
    content
}

impl Drop for Offered<'_> {
    fn drop(&mut self) {
        let Some(offer) = top() else { return };
        set_top(offer.below.map(|below| *below));
        if offer.content.is_some() {
            self.stats.fault(Fault::ContentOrphaned);
        }
    }
}

fn top() -> Option<Offer> {
    TOP.take().map(ManuallyDrop::into_inner)
}

fn set_top(offer: Option<Offer>) {
    TOP.set(offer.map(ManuallyDrop::new));
}
