//! Facts into telemetry: attributes and events in the conventions' names.

pub(crate) mod agents;
mod any_span;
pub(crate) mod attributes;
pub(crate) mod content;
mod distinct;
mod event_span;
pub mod events;
pub(crate) mod forest;
pub(crate) mod metrics;
mod sampler;
mod tokens;
mod tree;
pub(crate) mod weight;

pub(crate) use any_span::AnySpan;
pub use sampler::TurnSampler;
pub use tree::{SpanTree, span_tree};
