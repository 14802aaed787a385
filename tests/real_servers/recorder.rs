//! Passes requests on to a server and keeps what it answered.

use super::provider::{Server, lock};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex};

pub(crate) struct Recorder {
    server: Server,
    state: Arc<Recorded>,
}

struct Recorded {
    server: String,
    answers: Mutex<Vec<Bytes>>,
}

impl Recorder {
    pub(crate) fn start(server: &str) -> Self {
        let state = Arc::new(Recorded {
            server: server.to_owned(),
            answers: Mutex::default(),
        });
        let server = Server::start(Router::new().fallback(pass).with_state(Arc::clone(&state)));
        Self { server, state }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The counts of all answers, whole or streamed; of one that comes in
    /// pieces, the last word on each.
    pub(crate) fn usage(&self) -> Value {
        let answers = lock(&self.state.answers);
        let texts = answers.iter().map(|answer| String::from_utf8_lossy(answer));
        let mut counts = Map::new();
        for text in texts {
            let parts = text
                .lines()
                .map(|line| line.strip_prefix("data: ").unwrap_or(line));
            let parts = parts.filter_map(|part| serde_json::from_str::<Value>(part).ok());
            for part in parts {
                counts.extend(usage(&part));
            }
        }
        Value::Object(counts)
    }
}

fn usage(part: &Value) -> Map<String, Value> {
    let places = [&part["usage"], &part["message"]["usage"]];
    let usage = places.into_iter().find_map(Value::as_object);
    usage.cloned().unwrap_or_default()
}

async fn pass(State(state): State<Arc<Recorded>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let url = format!("{}{}", state.server, head.uri);
    let request = reqwest::Client::new()
        .request(head.method, url)
        .header("content-type", "application/json")
        .body(body);
    let answer = request.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for name in ["content-type", "retry-after"] {
        if let Some(value) = answer.headers().get(name) {
            response = response.header(name, value);
        }
    }
    let bytes = answer.bytes().await.unwrap();
    lock(&state.answers).push(bytes.clone());
    response.body(Body::from(bytes)).unwrap()
}
