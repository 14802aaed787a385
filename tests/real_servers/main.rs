//! The examples against servers that others wrote: what spans and turns say is
//! what the server said.
//!
//! `just real-servers`, or `scripts/NAME/with-server cargo test --test real_servers NAME::`
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

mod aimock;
mod backends;
#[path = "../it/support/grpc_receiver.rs"]
mod grpc_receiver;
mod llama;
#[path = "../it/support/otlp_receiver.rs"]
mod otlp_receiver;
#[path = "../it/support/provider.rs"]
mod provider;
mod recorder;
mod run;
#[path = "../it/support/tes_receiver.rs"]
mod tes_receiver;
