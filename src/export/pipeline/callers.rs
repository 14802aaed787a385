//! The spans around calls: they end after what they are around.

use crate::export::without_content::is_gen_ai;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;
use std::collections::{HashSet, VecDeque};

/// Spans that are awaited; of more, the oldest are forgotten.
const MAX_AWAITED: usize = 4096;

/// Spans that are around calls and have not ended.
#[derive(Debug, Default)]
pub(super) struct Callers {
    awaited: HashSet<SpanId>,
    order: VecDeque<SpanId>,
}

impl Callers {
    /// Whether a finished span is around a call. If it is, or is one of
    /// generative AI itself, so is its parent.
    pub(super) fn is_one(&mut self, span: &SpanData) -> bool {
        let is_one = self.awaited.remove(&span.span_context.span_id());
        let parent = span.parent_span_id;
        if (is_one || is_gen_ai(&span.attributes))
            && parent != SpanId::INVALID
            && self.awaited.insert(parent)
        {
            self.order.push_back(parent);
        }
        while self.order.len() > MAX_AWAITED {
            let oldest = self.order.pop_front();
            oldest.map(|oldest| self.awaited.remove(&oldest));
        }
        is_one
    }
}
