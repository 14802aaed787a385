//! A streamed chat completion: `cargo run --example openai_stream -- "Tell me a story."`
//!
//! Honours the variables that `openai.rs` does. `include_usage` is the
//! caller's choice: without it OpenAI reports no tokens of a stream.
#![expect(clippy::print_stdout, reason = "an example prints")]

mod support;

use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionStreamOptions, CreateChatCompletionRequestArgs,
};
use futures::StreamExt as _;
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
        .stream_options(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        })
        .build()?;
    let mut stream = ai.chat().create_stream(request).await?;
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            print!("{}", choice.delta.content.unwrap_or_default());
        }
    }
    drop(stream);
    telemetry.flush(Duration::from_secs(5))?;
    Ok(String::new())
}
