//! What arrives at the backends of users: a Collector with the files of
//! `collector-config/`, Jaeger, Phoenix, Prometheus.
//!
//! `just e2e`; where they are is said by `JAEGER_URL` and its like, which
//! `scripts/backends/with-servers` sets, or whoever has them running.

mod agent;
mod collector;
mod gateway;
mod jaeger;
mod outage;
mod phoenix;
mod prometheus;
mod protocols;
mod services;
mod sizes;
mod store;
mod tokens;
mod trace;

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, ContextGuard};
use serde_json::Value;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what has arrived.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What a script says of a server.
fn said(variable: &str) -> String {
    let said = env::var_os(variable).and_then(|it| it.into_string().ok());
    said.unwrap_or_else(|| panic!("{variable} is not set: run me by `just e2e`"))
}

/// Puts what follows into a trace of its own, whose id is known beforehand.
fn within_trace(number: u64) -> (String, ContextGuard) {
    let id = TraceId::from((u128::from(std::process::id()) << 64) | u128::from(number));
    let (flags, state) = (TraceFlags::SAMPLED, TraceState::NONE);
    let caller = SpanContext::new(id, SpanId::from(1), flags, true, state);
    let within = Context::new().with_remote_span_context(caller);
    (id.to_string(), within.attach())
}

/// Asks until there is an answer.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within a minute");
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// The JSON at a URL; nothing if there is none.
fn get(url: &str) -> Option<Value> {
    ask(reqwest::Client::new().get(url))
}

fn ask(request: reqwest::RequestBuilder) -> Option<Value> {
    block_on(async {
        let answer = request.send().await.ok()?;
        let answer = answer.error_for_status().ok()?;
        serde_json::from_slice(&answer.bytes().await.ok()?).ok()
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(future)
}
