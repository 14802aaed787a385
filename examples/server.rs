//! A server that streams a model's answers: `cargo run --example server`, then
//! `curl -H 'x-conversation-id: conv-123' -d 'Hello!' http://127.0.0.1:3000/chat`.
//!
//! Listens at `ADDRESS`. Honours the variables that `openai.rs` does.

mod support;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::CreateChatCompletionRequest;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderName;
use axum::routing::{get, post};
use futures::StreamExt as _;
use std::process::ExitCode;
use std::sync::Arc;
use support::Failure;
use tokio::signal::unix::{SignalKind, signal};
use turnspan::{ConversationLayer, Telemetry};

#[derive(Clone)]
struct App {
    // A guard and not a handle: the last clone of the `Arc` flushes and ends it.
    telemetry: Arc<Telemetry>,
    ai: Client<OpenAIConfig>,
}

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = Arc::new(turnspan::init()?);
    let ai = telemetry.openai(support::config()?).client();
    // The conversation holds until the last byte of the body has left.
    let conversation = ConversationLayer::from_headers(
        HeaderName::from_static("x-conversation-id"),
        HeaderName::from_static("x-user-id"),
    );
    let app = Router::new()
        .route("/chat", post(chat))
        .route("/stats", get(stats))
        .layer(conversation)
        .with_state(App { telemetry, ai });
    let listener = tokio::net::TcpListener::bind(support::address()).await?;
    support::say(&format!("http://{}", listener.local_addr()?));
    let mut terminate = signal(SignalKind::terminate())?;
    let server = axum::serve(listener, app);
    let server = server.with_graceful_shutdown(async move { _ = terminate.recv().await });
    server.await?;
    Ok("terminated".to_owned())
}

/// The call is made when the body is polled, after this function has returned.
async fn chat(State(app): State<App>, question: String) -> Body {
    let answer = async move {
        let request: CreateChatCompletionRequest = serde_json::from_value(serde_json::json!({
            "model": support::model(),
            "messages": [{"role": "user", "content": question}],
            "stream_options": {"include_usage": true},
        }))?;
        Ok::<_, Failure>(app.ai.chat().create_stream(request).await?)
    };
    let chunks = futures::stream::once(answer).flat_map(|answer| match answer {
        Ok(chunks) => chunks.map(|chunk| Ok(text_of(chunk?))).boxed(),
        Err(error) => futures::stream::iter([Err(error.to_string().into())]).boxed(),
    });
    Body::from_stream(chunks.map(|chunk: Result<String, axum::BoxError>| chunk))
}

fn text_of(chunk: async_openai::types::chat::CreateChatCompletionStreamResponse) -> String {
    let texts = chunk.choices.into_iter().filter_map(|it| it.delta.content);
    texts.collect()
}

async fn stats(State(app): State<App>) -> String {
    app.telemetry.stats().to_string()
}
