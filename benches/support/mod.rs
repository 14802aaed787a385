//! What the benches share.
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of benches, of which each uses a part"
)]

pub(crate) mod bodies;
#[cfg(feature = "async-openai")]
pub(crate) mod client;
pub(crate) mod nowhere;
pub(crate) mod paired;
