//! What a wrapped call costs over a bare one, beside what must be paid anyway.
//!
//! Three ways through the same client and an in-process transport, so that no
//! socket hides the difference: *bare*; *floor*, which is bare plus an
//! OpenTelemetry span with the same attributes and events and a typed parse of
//! the answer; and *turnspan*. Criterion shows each; the ratios follow. Absolute
//! times depend on the machine, the ratios much less.
#![allow(missing_docs, reason = "made by criterion's macros")]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and may stop"
)]

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::CreateChatCompletionRequest;
use bytes::Bytes;
use criterion::{Criterion, criterion_group};
use futures::{StreamExt as _, stream};
use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tower::{ServiceBuilder, service_fn};

type Ai = Client<OpenAIConfig>;

const CHUNKS: usize = 200;

/// Calls of one round.
const CALLS: u32 = 200;

/// Takes spans and does nothing with them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// The transport: answers at once, from memory.
fn answer(streamed: bool) -> reqwest::Response {
    let (kind, body) = if streamed {
        let chunks: Vec<Bytes> = sse().into_iter().map(Bytes::from).collect();
        let chunks = stream::iter(chunks.into_iter().map(Ok::<_, Infallible>));
        ("text/event-stream", reqwest::Body::wrap_stream(chunks))
    } else {
        ("application/json", reqwest::Body::from(unary()))
    };
    http::Response::builder()
        .header("content-type", kind)
        .body(body)
        .unwrap()
        .into()
}

fn unary() -> String {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "word ".repeat(200)},
            "finish_reason": "stop", "logprobs": null}],
        "usage": usage(),
    })
    .to_string()
}

fn usage() -> serde_json::Value {
    json!({"prompt_tokens": 12, "completion_tokens": 200, "total_tokens": 212})
}

fn sse() -> Vec<String> {
    let chunk = |choices: serde_json::Value, usage: serde_json::Value| {
        let chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "gpt-4o-2024-08-06", "choices": choices, "usage": usage,
        });
        format!("data: {chunk}\n\n")
    };
    let text = json!([{"index": 0, "delta": {"content": "word "}, "finish_reason": null}]);
    let end = json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]);
    let mut events = vec![chunk(text, json!(null)); CHUNKS];
    events.push(chunk(end, json!(null)));
    events.push(chunk(json!([]), usage()));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

macro_rules! transport {
    ($streamed:expr) => {
        service_fn(move |factory: HttpRequestFactory| async move {
            black_box(factory.build().await?);
            Ok::<_, OpenAIError>(answer($streamed))
        })
    };
}

fn client() -> Ai {
    Client::with_config(
        OpenAIConfig::new()
            .with_api_base("http://localhost/v1")
            .with_api_key("k"),
    )
}

fn bare(streamed: bool) -> Ai {
    client().with_http_service(transport!(streamed))
}

fn wrapped(streamed: bool, telemetry: &turnspan::Telemetry) -> Ai {
    let layers = ServiceBuilder::new()
        .layer(telemetry.operation_layer())
        .layer(telemetry.attempt_layer());
    client().with_http_service(layers.service(transport!(streamed)))
}

fn request() -> CreateChatCompletionRequest {
    serde_json::from_value(json!({
        "model": "gpt-4o", "max_completion_tokens": 256, "temperature": 0.5,
        "messages": [{"role": "user", "content": "Tell me a story. ".repeat(20)}],
    }))
    .unwrap()
}

async fn call(ai: &Ai, streamed: bool) {
    if streamed {
        let mut stream = ai.chat().create_stream(request()).await.unwrap();
        while let Some(chunk) = stream.next().await {
            black_box(chunk.unwrap());
        }
    } else {
        black_box(ai.chat().create(request()).await.unwrap());
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: &'a str,
    model: &'a str,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

/// A span as turnspan makes it, and a typed parse of all that arrives.
async fn floor(ai: &Ai, tracer: &SdkTracer, streamed: bool, body: &[String]) {
    let start = [
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "openai"),
        KeyValue::new("gen_ai.request.model", "gpt-4o"),
        KeyValue::new("server.address", "localhost"),
        KeyValue::new("server.port", 80),
        KeyValue::new("gen_ai.request.max_tokens", 256),
        KeyValue::new("gen_ai.request.temperature", 0.5),
        KeyValue::new("openai.api.type", "chat_completions"),
    ];
    let mut span = tracer
        .span_builder("chat gpt-4o".to_owned())
        .with_kind(SpanKind::Client)
        .with_attributes(start)
        .start(tracer);
    span.add_event(
        "gen_ai.prompt.sent",
        vec![KeyValue::new("gen_ai.request.model", "gpt-4o")],
    );
    call(ai, streamed).await;
    for part in body {
        let json = part.trim_start_matches("data: ").trim_end();
        if let Ok(answer) = serde_json::from_str::<Answer<'_>>(json) {
            learn(&mut span, &answer);
        }
    }
    if streamed {
        span.add_event("gen_ai.stream.first_token", Vec::new());
    }
    let received = vec![KeyValue::new("gen_ai.usage.output_tokens", 200)];
    span.add_event("gen_ai.response.received", received);
    span.end();
}

fn learn(span: &mut opentelemetry_sdk::trace::Span, answer: &Answer<'_>) {
    let reason = answer
        .choices
        .first()
        .and_then(|choice| choice.finish_reason.clone());
    if let Some(reason) = reason {
        let reasons = Value::Array(Array::String(vec![reason.into()]));
        span.set_attribute(KeyValue::new("gen_ai.response.finish_reasons", reasons));
        span.set_attribute(KeyValue::new("gen_ai.response.id", answer.id.to_owned()));
        span.set_attribute(KeyValue::new(
            "gen_ai.response.model",
            answer.model.to_owned(),
        ));
    }
    if let Some(usage) = &answer.usage {
        let count = |tokens: u64| i64::try_from(tokens).unwrap();
        let (input, output) = (count(usage.prompt_tokens), count(usage.completion_tokens));
        span.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", input));
        span.set_attribute(KeyValue::new("gen_ai.usage.output_tokens", output));
        span.set_attribute(KeyValue::new("turnspan.outcome", "completed"));
        span.set_attribute(KeyValue::new("turnspan.provider.duration", 1.0));
        span.set_attribute(KeyValue::new("turnspan.retry.wait", 0.0));
    }
}

struct Ways {
    runtime: Runtime,
    telemetry: turnspan::Telemetry,
    /// With nothing configured.
    off: turnspan::Telemetry,
    provider: SdkTracerProvider,
}

impl Ways {
    fn new() -> Self {
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            telemetry: turnspan::builder().span_exporter(Nowhere).build().unwrap(),
            off: turnspan::builder().build().unwrap(),
            provider: SdkTracerProvider::builder()
                .with_simple_exporter(Nowhere)
                .build(),
        }
    }
}

fn name(streamed: bool) -> &'static str {
    if streamed {
        "stream of 200 chunks"
    } else {
        "unary call"
    }
}

fn calls(criterion: &mut Criterion) {
    let ways = Ways::new();
    let tracer = ways.provider.tracer("floor");
    for streamed in [false, true] {
        let body = if streamed { sse() } else { vec![unary()] };
        let (plain, seen) = (bare(streamed), wrapped(streamed, &ways.telemetry));
        let mut group = criterion.benchmark_group(name(streamed));
        group.bench_function("bare", |bench| {
            bench
                .to_async(&ways.runtime)
                .iter(|| call(&plain, streamed));
        });
        group.bench_function("floor", |bench| {
            bench
                .to_async(&ways.runtime)
                .iter(|| floor(&plain, &tracer, streamed, &body));
        });
        group.bench_function("turnspan", |bench| {
            bench.to_async(&ways.runtime).iter(|| call(&seen, streamed));
        });
        group.finish();
    }
}

/// Rounds of all three in turn, so that a machine that slows down slows all.
fn ratios() {
    let ways = Ways::new();
    let tracer = ways.provider.tracer("floor");
    for streamed in [false, true] {
        let body = if streamed { sse() } else { vec![unary()] };
        let (plain, seen) = (bare(streamed), wrapped(streamed, &ways.telemetry));
        let unseen = wrapped(streamed, &ways.off);
        let mut best = [Duration::MAX; 4];
        for _ in 0..15 {
            let rounds = [
                timed(&ways.runtime, || call(&plain, streamed)),
                timed(&ways.runtime, || floor(&plain, &tracer, streamed, &body)),
                timed(&ways.runtime, || call(&seen, streamed)),
                timed(&ways.runtime, || call(&unseen, streamed)),
            ];
            for (best, round) in best.iter_mut().zip(rounds) {
                *best = (*best).min(round);
            }
        }
        let [bare, floor, turnspan, off] = best.map(|time| time.as_secs_f64());
        println!(
            "{}: turnspan/bare = {:.2}, floor/bare = {:.2}, turnspan's cost/floor's cost = {:.2}; off/bare = {:.3}, {:.0} ns a call",
            name(streamed),
            turnspan / bare,
            floor / bare,
            (turnspan - bare) / (floor - bare),
            off / bare,
            (off - bare) * 1e9 / f64::from(CALLS),
        );
    }
}

fn timed<F: Future<Output = ()>>(runtime: &Runtime, call: impl Fn() -> F) -> Duration {
    let begun = Instant::now();
    runtime.block_on(async {
        for _ in 0..CALLS {
            call().await;
        }
    });
    begun.elapsed()
}

criterion_group!(benches, calls);

fn main() {
    benches();
    ratios();
    Criterion::default().configure_from_args().final_summary();
}
