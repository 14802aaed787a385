//! Behaviour seen through the public door.

mod support;

mod chat;
mod conversation;
mod dependency_order;
mod exit;
mod otlp;
mod outcomes;
mod parents;
mod retries;
mod semconv;
mod streaming;
mod tes_delivery;
mod tes_events;
mod transport;
