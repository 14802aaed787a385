//! Passes requests on to a server and keeps what it answered.

use super::provider::{Server, lock};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::Value;
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
    /// `server` is the base URL, with `/v1`.
    pub(crate) fn start(server: &str) -> Self {
        let state = Arc::new(Recorded {
            server: server.trim_end_matches("/v1").to_owned(),
            answers: Mutex::default(),
        });
        let server = Server::start(Router::new().fallback(pass).with_state(Arc::clone(&state)));
        Self { server, state }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("{}/v1", self.server.url())
    }

    /// The usage in the one answer, whole or streamed.
    pub(crate) fn usage(&self) -> Value {
        let answers = lock(&self.state.answers);
        assert_eq!(answers.len(), 1);
        let text = String::from_utf8(answers[0].to_vec()).unwrap();
        let parts = text
            .lines()
            .map(|line| line.strip_prefix("data: ").unwrap_or(line));
        let mut usages = parts.filter_map(|part| {
            serde_json::from_str::<Value>(part)
                .ok()?
                .get("usage")
                .cloned()
        });
        usages
            .next_back()
            .unwrap_or_else(|| panic!("no usage in {text}"))
    }
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
    if let Some(kind) = answer.headers().get("content-type") {
        response = response.header("content-type", kind);
    }
    let bytes = answer.bytes().await.unwrap();
    lock(&state.answers).push(bytes.clone());
    response.body(Body::from(bytes)).unwrap()
}
