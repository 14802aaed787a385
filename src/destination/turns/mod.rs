//! The way of turns to any service of them.
//!
//! A lane turns finished spans into turns, takes from these what the service may
//! not have, gathers and numbers them, and has them spooled and delivered. The
//! service makes events of them ([`TurnService`]).

mod emitter;
pub(crate) mod event_id;
mod grouping;
mod lane;
mod policy;
mod service;
mod sessions;
mod truncate;

pub use grouping::TurnGrouping;
pub(crate) use lane::{IntoLane, LaneParts, TurnLane};
pub(crate) use policy::TurnPolicy;
pub(crate) use service::TurnService;
