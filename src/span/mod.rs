//! Facts into telemetry: attributes and events in the conventions' names.

pub(crate) mod attributes;
pub(crate) mod content;
mod distinct;
mod event_span;
pub mod events;
pub(crate) mod metrics;
mod tokens;
