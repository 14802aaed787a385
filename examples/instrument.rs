//! A model behind a function: `cargo run --example instrument -- "Hello!"`
//!
//! No client to wrap, no span by hand: the fields of the function make it a
//! call, late ones included. Honours the variables that `openai.rs` does.

mod support;

use std::process::ExitCode;
use std::time::Duration;
use support::Failure;
use tracing::Span;
use tracing::field::Empty;
use turnspan::Conversation;
use turnspan::lifecycle::{FirstToken, PromptSent, ResponseReceived};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let conversation = Conversation::new("conv-123").user("u_1");
    let answer = conversation.scope(generate(&support::prompt())).await;
    telemetry.flush(Duration::from_secs(5))?;
    Ok(answer)
}

/// Answers with the words of the prompt, the last one first.
#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "chat", gen_ai.provider.name = "house",
    gen_ai.request.model = "backwards-1", gen_ai.request.temperature = 0.0,
    gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty,
    gen_ai.response.finish_reasons = Empty))]
async fn generate(prompt: &str) -> String {
    let span = Span::current();
    PromptSent::new("chat").model("backwards-1").add_to(&span);
    let words: Vec<_> = prompt.split_whitespace().rev().collect();
    tokio::task::yield_now().await;
    FirstToken::new().add_to(&span);
    let tokens = words.len() as u64;
    span.record("gen_ai.usage.input_tokens", tokens);
    span.record("gen_ai.usage.output_tokens", tokens);
    span.record(
        "gen_ai.response.finish_reasons",
        tracing::field::debug(["stop"]),
    );
    ResponseReceived::new().finish_reason("stop").add_to(&span);
    words.join(" ")
}
