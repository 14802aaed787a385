//! Behaviour seen through the public door.

mod support;

mod chat;
mod dependency_order;
mod semconv;
