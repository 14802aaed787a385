//! The service that the front asks.

use crate::support::{self, Failure, OpenAi};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;
use std::io::{Read as _, stdin};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task;
use turnspan::Telemetry;

pub(crate) async fn run() -> Result<String, Failure> {
    let builder = turnspan::builder().propagate_baggage(crate::BAGGAGE);
    let telemetry = Arc::new(builder.env()?.install()?);
    let app = Router::new()
        .route("/answer", post(handle))
        .with_state(Arc::clone(&telemetry));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    support::say(&listener.local_addr()?.to_string());
    let told_to_end = async {
        drop(task::spawn_blocking(|| stdin().read(&mut [0])).await);
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(told_to_end)
        .await?;
    telemetry.shutdown(Duration::from_secs(5))?;
    Ok("ended".to_owned())
}

async fn handle(
    State(telemetry): State<Arc<Telemetry>>,
    headers: HeaderMap,
    question: String,
) -> Result<String, (StatusCode, String)> {
    // Outside of the first function with a span.
    let remote = telemetry.extract(&headers);
    let answered = remote.scope(answer(&telemetry, &question)).await;
    answered.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))
}

#[tracing::instrument(skip_all)]
async fn answer(telemetry: &Telemetry, question: &str) -> Result<String, Failure> {
    let request = OpenAi::from_env()?.request(&json!({"model": support::model(),
        "messages": [{"role": "user", "content": question}]}));
    let answer = support::json(telemetry.send(request).await?).await?;
    Ok(support::text(&answer, "/choices/0/message/content"))
}
