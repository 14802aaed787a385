//! A client without a seam, told by hand: `cargo run --example by_hand -- "Hello!"`
//!
//! Whatever sends the request (here a bare reqwest client, which the telemetry
//! knows nothing of), a recorder is told what happens. Honours the variables
//! that `anthropic.rs` does.
#![expect(clippy::print_stdout, reason = "an example prints")]

mod support;

use futures::StreamExt as _;
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
    let body = json!({
        "model": anthropic.model(), "max_tokens": 64, "stream": true,
        "messages": [{"role": "user", "content": support::prompt()}],
    });
    let mut call = telemetry.record(&anthropic.url(), body.to_string());
    // Whoever drops the recorder says that the caller lets go of the call.
    let response = match anthropic.request(&body).send().await {
        Ok(response) => response,
        Err(error) => {
            call.failed(&error);
            return Err(error.into());
        }
    };
    let status = response.status();
    if !status.is_success() {
        call.refused(status.as_u16(), response.bytes().await?);
        return Err(status.to_string().into());
    }
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => {
                print!("{}", String::from_utf8_lossy(&chunk));
                call.chunk(chunk);
            }
            Err(error) => {
                call.failed(&error);
                return Err(error.into());
            }
        }
    }
    call.finish();
    telemetry.flush(Duration::from_secs(5))?;
    Ok(String::new())
}
