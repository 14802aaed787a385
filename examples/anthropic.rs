//! One Anthropic message: `cargo run --example anthropic -- "Why is the sky blue?"`
//!
//! Asks `ANTHROPIC_BASE_URL` with `ANTHROPIC_API_KEY`, by plain reqwest: the
//! request is sent through the telemetry. Spans go where
//! `OTEL_EXPORTER_OTLP_ENDPOINT` says, turns where `TES_*` say.

mod support;

use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Anthropic, Failure};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let anthropic = Anthropic::from_env()?;
    let request = anthropic.request(&json!({
        "model": anthropic.model(), "max_tokens": 64, "system": "Be brief.",
        "messages": [{"role": "user", "content": support::prompt()}],
    }));
    let answer = support::json(telemetry.send(request).await?).await?;
    telemetry.flush(Duration::from_secs(5))?;
    Ok(support::text(&answer, "/content/0/text"))
}
