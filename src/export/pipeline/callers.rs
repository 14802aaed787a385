//! The spans around calls: they end after what they are around.

use crate::dialect;
use crate::export::remembered::Remembered;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

/// Spans that are awaited.
const MAX_AWAITED: usize = 4096;

/// Spans that are around calls and have not ended.
#[derive(Debug)]
pub(super) struct Callers(Remembered<SpanId, ()>);

impl Default for Callers {
    fn default() -> Self {
        Self(Remembered::new(MAX_AWAITED))
    }
}

impl Callers {
    /// A call is made within this span: known also of one whose own span never
    /// comes, because nobody sampled it, or the queue was full.
    pub(super) fn await_end(&mut self, span: SpanId) {
        self.0.entry(span);
    }

    /// Whether a finished span is around a call. If it is, or is one of
    /// generative AI itself, so is its parent.
    pub(super) fn is_one(&mut self, span: &SpanData) -> bool {
        let is_one = self.0.forget(&span.span_context.span_id());
        let parent = span.parent_span_id;
        if (is_one || dialect::is_gen_ai(span)) && parent != SpanId::INVALID {
            self.await_end(parent);
        }
        is_one
    }
}
