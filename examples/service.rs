//! A service that is told to end: `cargo run --example service -- "Hello!"`
//!
//! A process that a signal ends drops nothing, so it waits for the signal.
//! Honours the variables that `openai.rs` does.

mod support;

use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let mut terminate = signal(SignalKind::terminate())?;
    let served = tokio::select! {
        answer = serve(&telemetry) => answer?,
        // What was under way is let go of, and told so.
        _ = terminate.recv() => "terminated".to_owned(),
    };
    telemetry.shutdown(Duration::from_secs(5))?;
    Ok(served)
}

/// Stands for a server: answers once.
async fn serve(telemetry: &turnspan::Telemetry) -> Result<String, Failure> {
    let request = OpenAi::from_env()?.request(&json!({"model": support::model(),
        "messages": [{"role": "user", "content": support::prompt()}]}));
    let answer = support::json(telemetry.send(request).await?).await?;
    Ok(support::text(&answer, "/choices/0/message/content"))
}
