//! What somebody wanted of an agent, from beginning to end:
//! `cargo run --example interaction -- "Where is my order?"`
//!
//! A call, a tool and a decision within one span. Honours the variables that
//! `openai.rs` does.

mod support;

use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::Failure;
use turnspan::{Conversation, Decision, Interaction, Telemetry, ToolCall};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let question = support::prompt();
    let interaction = telemetry
        .interaction("orders")
        .conversation(Conversation::new("conv-123").user("u_1"))
        .input(&question)
        .begin();
    let answered = interaction
        .scope(answer(&telemetry, &interaction, &question))
        .await;
    match &answered {
        Ok(answer) => {
            interaction.set_output(answer);
            interaction.metric("answer.length", f64::from(u32::try_from(answer.len())?));
            interaction.finish();
        }
        Err(error) => interaction.fail(&error.to_string()),
    }
    telemetry.flush(Duration::from_secs(5))?;
    answered
}

async fn answer(
    telemetry: &Telemetry,
    interaction: &Interaction,
    question: &str,
) -> Result<String, Failure> {
    let lookup = ToolCall::new("find_order")
        .input(json!({"order": 17}))
        .output(json!({"state": "late"}))
        .duration(Duration::from_millis(35));
    interaction.tool_call(lookup);
    interaction.decision(Decision::new("it is late: say so").confidence(0.9));
    let request = CreateChatCompletionRequestArgs::default()
        .model(support::model())
        .messages([ChatCompletionRequestUserMessage::from(question).into()])
        .build()?;
    let ai = telemetry.openai(support::config()?).client();
    let answer = ai.chat().create(request).await?;
    let choice = answer.choices.into_iter().next().ok_or("no answer")?;
    Ok(choice.message.content.unwrap_or_default())
}
