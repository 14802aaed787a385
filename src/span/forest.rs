//! Finished spans in the order in which a tree shows them.

use opentelemetry::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;
use std::collections::{HashMap, HashSet};

/// A span where a tree shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) span: &'a SpanData,
    /// How many of its ancestors are above it: 0 for a root.
    pub(crate) depth: usize,
}

/// Children behind their parents, by the time at which they began. Spans whose
/// parent is not among them are roots. Without recursion: how deep spans nest is
/// up to the program.
pub(crate) fn in_order(spans: &[SpanData]) -> Vec<Placed<'_>> {
    let present: HashSet<Place> = spans.iter().map(place).collect();
    let mut children: HashMap<Option<Place>, Vec<&SpanData>> = HashMap::new();
    for span in spans {
        let parent = parent(span).filter(|parent| present.contains(parent));
        children.entry(parent).or_default().push(span);
    }
    let mut ordered = Vec::with_capacity(spans.len());
    let mut next = Vec::new();
    let mut push = |next: &mut Vec<_>, parent, depth| {
        let mut among = children.remove(&parent).unwrap_or_default();
        among.sort_by_key(|span| span.start_time);
        let placed = among.into_iter().map(|span| Placed { span, depth });
        // The first is taken first.
        next.extend(placed.rev());
    };
    push(&mut next, None, 0);
    while let Some(placed) = next.pop() {
        ordered.push(placed);
        push(&mut next, Some(place(placed.span)), placed.depth + 1);
    }
    ordered
}

type Place = (TraceId, SpanId);

fn place(span: &SpanData) -> Place {
    (span.span_context.trace_id(), span.span_context.span_id())
}

fn parent(span: &SpanData) -> Option<Place> {
    let parent = span.parent_span_id;
    (parent != SpanId::INVALID).then(|| (span.span_context.trace_id(), parent))
}
