//! A loopback provider that speaks OpenAI's chat completions, by a script.
//!
//! Honest: real HTTP over a real socket, server-sent events as one chunk each,
//! connections that really break. It runs on a thread and a runtime of its
//! own, so that the caller may be on any runtime.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "helpers of tests, of which each program uses a part"
)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::response::Builder;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use futures::stream::{self, Stream, StreamExt as _};
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A running provider; stops when dropped.
pub(crate) struct Provider {
    server: Server,
    state: Arc<Script>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whose connection it came by.
    pub(crate) peer: SocketAddr,
}

/// One scripted answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    chunks: Vec<Bytes>,
    streamed: bool,
    before_head: Duration,
    before_chunk: Duration,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Clean,
    CutAfter(usize),
    HangAfter(usize),
}

struct Script {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
    arrived: Condvar,
}

impl Provider {
    /// Answers with `replies` in their order; the last one repeats.
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let state = Arc::new(Script {
            replies: Mutex::new(replies.into_iter().collect()),
            seen: Mutex::default(),
            arrived: Condvar::new(),
        });
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let server = Server::start(app);
        Self { server, state }
    }

    /// Answers with these from now on.
    pub(crate) fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        *lock(&self.state.replies) = replies.into_iter().collect();
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// What an OpenAI client takes as its base.
    pub(crate) fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// Waits until `count` requests have arrived.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Seen> {
        let state = &self.state;
        wait_for(&state.seen, &state.arrived, (count, "requests"), Vec::len).clone()
    }
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            chunks: Vec::new(),
            streamed: false,
            before_head: Duration::ZERO,
            before_chunk: Duration::ZERO,
            end: End::Clean,
        }
    }

    pub(crate) fn json(body: impl ToString) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Events as `data:` lines, a chunk each, and the terminator after them.
    pub(crate) fn sse<T: ToString>(events: impl IntoIterator<Item = T>) -> Self {
        let events = events
            .into_iter()
            .map(|event| format!("data: {}\n\n", event.to_string()));
        let done = ["data: [DONE]\n\n".to_owned()];
        Self::status(200)
            .header("content-type", "text/event-stream")
            .chunks(events.chain(done).map(Bytes::from).collect())
    }

    pub(crate) fn without_done(mut self) -> Self {
        self.chunks.pop();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.chunks = vec![body.into()];
        self
    }

    /// A chunked body of just these chunks.
    pub(crate) fn chunks(mut self, chunks: Vec<Bytes>) -> Self {
        self.chunks = chunks;
        self.streamed = true;
        self
    }

    /// Waits before the head.
    pub(crate) fn delay_first(mut self, delay: Duration) -> Self {
        self.before_head = delay;
        self
    }

    /// Waits before every chunk.
    pub(crate) fn delay_each(mut self, delay: Duration) -> Self {
        self.before_chunk = delay;
        self
    }

    /// Breaks the connection after `count` chunks.
    pub(crate) fn cut_after(mut self, count: usize) -> Self {
        self.end = End::CutAfter(count);
        self
    }

    /// Falls silent after `count` chunks, until the client goes away.
    pub(crate) fn hang_after(mut self, count: usize) -> Self {
        self.end = End::HangAfter(count);
        self
    }

    fn into_body(self) -> Body {
        let at_once = !self.streamed && self.before_chunk.is_zero();
        if at_once && matches!(self.end, End::Clean) {
            return Body::from(self.chunks.concat());
        }
        let count = match self.end {
            End::Clean => self.chunks.len(),
            End::CutAfter(count) | End::HangAfter(count) => count,
        };
        let delay = self.before_chunk;
        let chunks = stream::iter(self.chunks)
            .take(count)
            .then(move |chunk| async move {
                pause(delay).await;
                Ok::<_, io::Error>(chunk)
            });
        Body::from_stream(chunks.chain(after(self.end)))
    }
}

fn after(end: End) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
    match end {
        End::Clean => stream::empty().boxed(),
        End::HangAfter(_) => stream::pending().boxed(),
        End::CutAfter(_) => stream::once(async {
            // The server flushes what it has when the body is not ready.
            tokio::task::yield_now().await;
            Err(io::Error::other("cut, as scripted"))
        })
        .boxed(),
    }
}

async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let path = head
        .uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    lock(&script.seen).push(Seen {
        method: head.method,
        path,
        headers: head.headers,
        body,
        peer,
    });
    script.arrived.notify_all();
    let Some(reply) = next_reply(&script) else {
        return finish(Response::builder().status(500), Body::empty());
    };
    pause(reply.before_head).await;
    let builder = reply.headers.iter().fold(
        Response::builder().status(reply.status),
        |builder, (name, value)| builder.header(name, value),
    );
    finish(builder, reply.into_body())
}

/// The response, or 500 for a script that is not HTTP.
pub(crate) fn finish(builder: Builder, body: Body) -> Response<Body> {
    builder.body(body).unwrap_or_else(|_not_http| {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn next_reply(script: &Script) -> Option<Reply> {
    let mut replies = lock(&script.replies);
    if replies.len() > 1 {
        replies.pop_front()
    } else {
        replies.front().cloned()
    }
}

/// A port where nobody listens, until somebody does.
pub(crate) fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A server on a free loopback port, on a thread of its own; stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(app: Router) -> Self {
        Self::start_at(app, 0)
    }

    /// At a port where nobody listened before, or any if it is 0.
    pub(crate) fn start_at(app: Router, port: u16) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for the server");
            runtime.block_on(serve(app, port, tell, stopped));
            runtime.shutdown_background();
        });
        let address = told.recv().expect("a server that starts");
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

async fn serve(app: Router, port: u16, tell: Sender<SocketAddr>, stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .expect("a loopback port");
    tell.send(listener.local_addr().expect("an address"))
        .expect("a waiting starter");
    tokio::select! {
        served = axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()) => served.expect("a running server"),
        _asked = stopped => {}
    }
}

/// Waits until `wanted` things of a kind are counted, ten seconds at most.
pub(crate) fn wait_for<'a, T>(
    mutex: &'a Mutex<T>,
    changed: &Condvar,
    (wanted, kind): (usize, &str),
    counted: impl Fn(&T) -> usize,
) -> MutexGuard<'a, T> {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut guard = lock(mutex);
    loop {
        let count = counted(&guard);
        if count >= wanted {
            return guard;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(
            !left.is_zero(),
            "{count} instead of {wanted} {kind} within ten seconds"
        );
        guard = changed
            .wait_timeout(guard, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers in OpenAI's form.
pub(crate) mod openai {
    use super::{Reply, Value};
    use serde_json::json;

    /// A whole answer, with usage 12 + 7 = 19, 4 of them cached, 3 reasoning.
    pub(crate) fn completion(text: &str) -> Value {
        with_message(
            &json!({"role": "assistant", "content": text, "refusal": null}),
            "stop",
        )
    }

    /// An answer that asks for a tool.
    pub(crate) fn tool_call(id: &str, name: &str, arguments: &str) -> Value {
        tool_calls(&[(id, name, arguments)])
    }

    /// An answer that asks for several tools.
    pub(crate) fn tool_calls(calls: &[(&str, &str, &str)]) -> Value {
        let calls: Vec<Value> = calls
            .iter()
            .map(|(id, name, arguments)| {
                let function = json!({"name": name, "arguments": arguments});
                json!({"id": id, "type": "function", "function": function})
            })
            .collect();
        let message = json!({
            "role": "assistant", "content": null, "refusal": null, "tool_calls": calls,
        });
        with_message(&message, "tool_calls")
    }

    pub(crate) fn with_message(message: &Value, finish_reason: &str) -> Value {
        let choice = json!({
            "index": 0, "message": message, "finish_reason": finish_reason, "logprobs": null,
        });
        json!({
            "id": "chatcmpl-fake-1", "object": "chat.completion", "created": 1_700_000_000,
            "model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_fake",
            "service_tier": "default", "choices": [choice], "usage": usage(),
        })
    }

    pub(crate) fn usage() -> Value {
        json!({
            "prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19,
            "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 3, "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            },
        })
    }

    /// A role-only chunk, a chunk a text, a finish chunk, perhaps one with usage.
    pub(crate) fn stream(texts: &[&str], with_usage: bool) -> Vec<Value> {
        let role = chunk(&json!({"role": "assistant", "content": ""}), None);
        let texts = texts
            .iter()
            .map(|text| chunk(&json!({"content": text}), None));
        let finish = chunk(&json!({}), Some("stop"));
        let usage = with_usage.then(|| {
            let mut last = envelope();
            last["choices"] = json!([]);
            last["usage"] = usage();
            last
        });
        [role]
            .into_iter()
            .chain(texts)
            .chain([finish])
            .chain(usage)
            .collect()
    }

    pub(crate) fn chunk(delta: &Value, finish_reason: Option<&str>) -> Value {
        let mut chunk = envelope();
        chunk["choices"] = json!([{
            "index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": null,
        }]);
        chunk
    }

    fn envelope() -> Value {
        json!({
            "id": "chatcmpl-fake-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
            "model": "gpt-4o-2024-08-06", "system_fingerprint": "fp_fake",
            "service_tier": "default",
        })
    }

    pub(crate) fn error(status: u16, kind: &str, message: &str) -> Reply {
        let error = json!({"message": message, "type": kind, "param": null, "code": null});
        Reply::status(status)
            .header("content-type", "application/json")
            .body(json!({"error": error}).to_string())
    }
}
