//! The calls: ordinary async-openai code, nothing of it knows of telemetry.

use crate::support::{Failure, model};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{ChatCompletionMessageToolCalls, CreateChatCompletionRequest};
use futures::StreamExt as _;
use serde_json::{Value, json};

type Ai = Client<OpenAIConfig>;

#[tracing::instrument(skip_all)]
pub(crate) async fn assist(ai: &Ai) -> Result<(), Failure> {
    plain(ai).await?;
    streamed(ai).await?;
    with_a_tool(ai).await?;
    retried(ai).await
}

async fn plain(ai: &Ai) -> Result<(), Failure> {
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello!"},
    ]);
    ai.chat().create(request(&messages, &json!({}))?).await?;
    Ok(())
}

async fn streamed(ai: &Ai) -> Result<(), Failure> {
    let messages = json!([{"role": "user", "content": "Tell me a story."}]);
    let options = json!({"stream_options": {"include_usage": true}});
    let mut stream = ai
        .chat()
        .create_stream(request(&messages, &options)?)
        .await?;
    while let Some(chunk) = stream.next().await {
        chunk?;
    }
    Ok(())
}

async fn with_a_tool(ai: &Ai) -> Result<(), Failure> {
    let question = json!({"role": "user", "content": "Find me running shoes."});
    let tools = json!({"tools": [{"type": "function", "function": {
        "name": "search", "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    }}]});
    let first = ai
        .chat()
        .create(request(&json!([question]), &tools)?)
        .await?;
    let answer = first.choices.into_iter().next().ok_or("no answer")?.message;
    let mut messages = vec![question, serde_json::to_value(&answer)?];
    for call in answer.tool_calls.unwrap_or_default() {
        let ChatCompletionMessageToolCalls::Function(call) = call else {
            continue;
        };
        let found = search(&call.function.arguments).await;
        messages.push(json!({"role": "tool", "tool_call_id": call.id, "content": found}));
    }
    if messages.len() > 2 {
        ai.chat().create(request(&messages.into(), &tools)?).await?;
    }
    Ok(())
}

#[tracing::instrument(skip_all, fields(
    otel.name = "execute_tool search",
    gen_ai.operation.name = "execute_tool",
    gen_ai.tool.name = "search",
))]
async fn search(arguments: &str) -> String {
    tracing::debug!(arguments, "searching");
    json!([{"id": 1, "name": "Road runner"}, {"id": 2, "name": "Trail runner"}]).to_string()
}

/// The embedded provider refuses the first attempt of this one.
async fn retried(ai: &Ai) -> Result<(), Failure> {
    let messages = json!([{"role": "user", "content": "Are you there?"}]);
    ai.chat()
        .create(request(&messages, &json!({"temperature": 0.2}))?)
        .await?;
    Ok(())
}

fn request(messages: &Value, options: &Value) -> Result<CreateChatCompletionRequest, Failure> {
    let mut request = json!({"model": model(), "max_completion_tokens": 64, "messages": messages});
    if let (Some(request), Some(options)) = (request.as_object_mut(), options.as_object()) {
        request.extend(options.clone());
    }
    Ok(serde_json::from_value(request)?)
}
