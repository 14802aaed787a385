//! A program with a subscriber of its own: `cargo run --example layer -- "Hello!"`
//!
//! Its log is filtered, its spans are not. Honours the variables that
//! `openai.rs` does.

mod support;

use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    // `init()` is this and a subscriber.
    let telemetry = turnspan::builder().env()?.build()?;
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(log.with_filter(LevelFilter::WARN))
        .with(telemetry.layer())
        .try_init()?;
    let answer = answer(&telemetry).await?;
    telemetry.flush(Duration::from_secs(5))?;
    Ok(answer)
}

#[tracing::instrument(skip_all)]
async fn answer(telemetry: &turnspan::Telemetry) -> Result<String, Failure> {
    let request = OpenAi::from_env()?.request(&json!({"model": support::model(),
        "messages": [{"role": "user", "content": support::prompt()}]}));
    let answer = support::json(telemetry.send(request).await?).await?;
    Ok(support::text(&answer, "/choices/0/message/content"))
}
