//! What the tests share.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers"
)]

pub mod harness;
pub mod otlp_receiver;
pub mod provider;
pub mod registry;
pub mod tes_receiver;
