//! Spans that leave together.

use crate::destination::batching::Batching;
use crate::span::weight::{encoded, held};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use std::sync::mpsc as std_mpsc;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// What these may weigh together. Collectors refuse messages of more than
/// 4 MiB by default, and what is weighed here grows a little when encoded.
pub(super) const MAX_BATCH_BYTES: usize = 3 << 20;

/// What a destination of spans is handed.
#[derive(Debug)]
pub(super) enum Item {
    Span(Box<SpanData>),
    /// Whose the spans are that follow.
    Resource(Box<Resource>),
    Flush(std_mpsc::Sender<()>),
    Shutdown(std_mpsc::Sender<()>),
}

/// What leaves together, and who waits for it.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) spans: Vec<SpanData>,
    /// When they are encoded.
    pub(super) bytes: usize,
    /// As they are.
    pub(super) held: usize,
    pub(super) flushes: Vec<std_mpsc::Sender<()>>,
    pub(super) is_last: bool,
}

/// A batch ends when it is full, by count or by weight, when its first span
/// has waited long enough, when a flush is asked for, or where spans of another
/// resource begin. Gives back what did not fit: one heavy span costs its
/// neighbours nothing.
pub(super) async fn gather(
    first: Item,
    items: &mut mpsc::UnboundedReceiver<Item>,
    batching: Batching,
) -> (Batch, Option<Item>) {
    let deadline = Instant::now() + batching.delay;
    let mut batch = Batch::default();
    let mut next = Some(first);
    while let Some(item) = next {
        match item {
            Item::Flush(done) => batch.flushes.push(done),
            Item::Shutdown(done) => {
                batch.flushes.push(done);
                batch.is_last = true;
            }
            Item::Resource(_) => return (batch, Some(item)),
            Item::Span(span) => {
                let weight = encoded(&span);
                if !batch.spans.is_empty() && batch.bytes + weight > MAX_BATCH_BYTES {
                    return (batch, Some(Item::Span(span)));
                }
                batch.bytes += weight;
                batch.held += held(&span);
                batch.spans.push(*span);
            }
        }
        if batch.spans.len() >= batching.max_batch || !batch.flushes.is_empty() {
            break;
        }
        next = timeout_at(deadline, items.recv()).await.ok().flatten();
    }
    (batch, None)
}
