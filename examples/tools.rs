//! A tool loop: `cargo run --example tools -- "What is 2 and 2?"`
//!
//! The agent and its tool are ordinary functions; their `gen_ai.*` fields make
//! them spans beside the calls. Honours the variables that `openai.rs` does.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};
use turnspan::{Conversation, Telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::init()?;
    let conversation = Conversation::new("conv-123").user("u_1");
    let answer = conversation.scope(agent(&telemetry)).await?;
    telemetry.flush(Duration::from_secs(5))?;
    Ok(answer)
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "adder"))]
async fn agent(telemetry: &Telemetry) -> Result<String, Failure> {
    let openai = OpenAi::from_env()?;
    let numbers = json!({"type": "object", "additionalProperties": {"type": "number"}});
    let add = json!({"name": "add", "parameters": numbers});
    let mut messages = vec![json!({"role": "user", "content": support::prompt()})];
    for _round in 0..5 {
        let request = openai.request(&json!({"model": support::model(), "messages": messages,
            "tools": [{"type": "function", "function": add}]}));
        let answer = support::json(telemetry.send(request).await?).await?;
        let message = answer.pointer("/choices/0/message").ok_or("no answer")?;
        let calls = message.get("tool_calls").and_then(Value::as_array);
        let results: Vec<_> = calls.into_iter().flatten().map(sum).collect();
        if results.is_empty() {
            return Ok(support::text(message, "/content"));
        }
        messages.push(message.clone());
        messages.extend(results);
    }
    Err("five rounds and no answer".into())
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "add",
    gen_ai.tool.call.id = support::text(call, "/id")))]
fn sum(call: &Value) -> Value {
    let arguments = support::text(call, "/function/arguments");
    let numbers: BTreeMap<String, f64> = serde_json::from_str(&arguments).unwrap_or_default();
    let sum: f64 = numbers.values().sum();
    json!({"role": "tool", "tool_call_id": call.pointer("/id"), "content": sum.to_string()})
}
