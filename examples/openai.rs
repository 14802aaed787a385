//! One chat completion: `cargo run --example openai -- "Why is the sky blue?"`
//!
//! Asks `OPENAI_BASE_URL` with `OPENAI_API_KEY`; sends spans where
//! `OTEL_EXPORTER_OTLP_ENDPOINT` says and turns where `TES_*` say.

mod support;

use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use std::process::ExitCode;
use std::time::Duration;
use support::Failure;

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let ai = telemetry.openai(support::config()?).client();
    let prompt = support::prompt();
    let request = CreateChatCompletionRequestArgs::default()
        .model(support::model())
        .max_completion_tokens(64u32)
        .messages([ChatCompletionRequestUserMessage::from(prompt.as_str()).into()])
        .build()?;
    let answer = ai.chat().create(request).await?;
    // Dropping the guard flushes too; here a loss becomes an error to see.
    telemetry.flush(Duration::from_secs(5))?;
    let choice = answer.choices.into_iter().next().ok_or("no answer")?;
    Ok(choice.message.content.unwrap_or_default())
}
