//! A client that retries by middleware: `cargo run --example middleware -- "Hello!"`
//!
//! Wrapped, its attempts are one span, with an event for every retry. Honours
//! the variables that `openai.rs` does.

mod support;

use reqwest_middleware::ClientBuilder;
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let openai = OpenAi::from_env()?;
    let policy = ExponentialBackoff::builder().build_with_max_retries(3);
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build();
    let client = telemetry.wrap(client); // the same type, now observed
    let body = json!({"model": support::model(), "max_completion_tokens": 64,
        "messages": [{"role": "user", "content": support::prompt()}]});
    let response = client
        .post(openai.url())
        .bearer_auth(openai.key())
        .header("content-type", "application/json")
        .body(body.to_string())
        .send()
        .await?;
    let answer = support::json(response).await?;
    telemetry.flush(Duration::from_secs(5))?;
    Ok(support::text(&answer, "/choices/0/message/content"))
}
