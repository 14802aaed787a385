//! Two services and one trace: `cargo run --example two_services -- "Hello!"`
//!
//! The front asks the back over HTTP, and the back asks a model: the spans of
//! both are one tree, in one conversation. The back is this program too,
//! started with `--back`. Honours the variables that `openai.rs` does. The
//! front's `OTEL_SERVICE_NAME` is `front` unless it is set; it starts the back
//! with `back`.

mod back;
mod front;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

/// What of the baggage the front sends and the back takes.
const BAGGAGE: [&str; 1] = ["gen_ai.conversation.id"];

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--back") => support::exit(back::run().await),
        _ => support::exit(front::run().await),
    }
}
