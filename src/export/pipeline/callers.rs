//! The spans around calls: they end after what they are around.

use crate::dialect;
use crate::export::remembered::Remembered;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

/// Spans that are awaited.
const MAX_AWAITED: usize = 4096;

/// Spans that are around calls and have not ended.
#[derive(Debug)]
pub(super) struct Callers(Remembered<SpanId, Told>);

/// What a call tells whoever is around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// The text of its error has a secret of its request, which is out of what
    /// the call's own span says of it.
    pub(super) a_secret: bool,
}

impl Default for Callers {
    fn default() -> Self {
        Self(Remembered::new(MAX_AWAITED))
    }
}

impl Callers {
    /// A call is made within this span: known also of one whose own span never
    /// comes, because nobody sampled it, or the queue was full.
    pub(super) fn await_end(&mut self, span: SpanId, told: Told) {
        self.0.entry(span).a_secret |= told.a_secret;
    }

    /// What a finished span was told, if it is around a call. If it is, or is
    /// one of generative AI itself, so is its parent, which is told the same
    /// and what the span itself tells.
    pub(super) fn told(&mut self, span: &SpanData, tells: Told) -> Option<Told> {
        let told = self.0.forget(&span.span_context.span_id());
        let parent = span.parent_span_id;
        if (told.is_some() || dialect::is_gen_ai(span)) && parent != SpanId::INVALID {
            self.await_end(parent, tells);
            self.await_end(parent, told.unwrap_or_default());
        }
        told
    }
}
