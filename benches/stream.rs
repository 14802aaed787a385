//! What a chunk of an observed stream costs, beside what reading it costs anyway.
//!
//! The floor is what every client does: find the events, parse each into
//! types; *client's types* are those of async-openai, *least types* only what
//! a span needs. Then the time until the first chunk is there, over a socket.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and may stop"
)]

#[path = "../tests/it/support/provider.rs"]
mod provider;

use async_openai::types::chat::CreateChatCompletionStreamResponse;
use bytes::Bytes;
use futures::StreamExt as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use provider::{Provider, Reply, openai};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};
use turnspan::{CaptureMode, Telemetry};

const CHUNKS: usize = 10_000;
const ROUNDS: usize = 15;

/// Takes spans and does nothing with them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn telemetry(capture: CaptureMode) -> Telemetry {
    let builder = turnspan::builder().span_exporter(Nowhere);
    builder.capture(capture).build().unwrap()
}

/// A way to read a stream.
type Floor = fn(&[Bytes]);

/// The same stream in the words of one API.
struct Stream {
    name: &'static str,
    url: &'static str,
    chunks: Vec<Bytes>,
    floors: Vec<(&'static str, Floor)>,
}

fn streams() -> [Stream; 2] {
    [
        Stream {
            name: "chat completions",
            url: "https://api.openai.com/v1/chat/completions",
            chunks: openai_chunks(),
            floors: vec![
                (
                    "client's types",
                    floor::<CreateChatCompletionStreamResponse>,
                ),
                ("least types", floor::<LeastChunk>),
            ],
        },
        Stream {
            name: "messages",
            url: "https://api.anthropic.com/v1/messages",
            chunks: anthropic_chunks(),
            floors: vec![("least types", floor::<LeastEvent>)],
        },
    ]
}

fn openai_chunks() -> Vec<Bytes> {
    let chunk = openai::chunk(&json!({"content": "word "}), None);
    let mut events = vec![format!("data: {chunk}\n\n"); CHUNKS];
    events.push(format!(
        "data: {}\n\n",
        openai::chunk(&json!({}), Some("stop"))
    ));
    events.push("data: [DONE]\n\n".to_owned());
    events.into_iter().map(Bytes::from).collect()
}

fn anthropic_chunks() -> Vec<Bytes> {
    let head = json!({"type": "message_start", "message": {"id": "msg_1", "type": "message",
        "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "usage": {"input_tokens": 15, "output_tokens": 1}}});
    let start = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": "word "}});
    let tail = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 8}});
    let events = [head, start].into_iter();
    let events = events.chain(vec![delta; CHUNKS]);
    let events = events.chain([tail, json!({"type": "message_stop"})]);
    let write = |event: Value| {
        let kind = event["type"].as_str().unwrap();
        Bytes::from(format!("event: {kind}\ndata: {event}\n\n"))
    };
    events.map(write).collect()
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not looked at")]
struct LeastChunk {
    id: String,
    model: String,
    choices: Vec<LeastChoice>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not looked at")]
struct LeastChoice {
    index: u32,
    delta: LeastDelta,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not looked at")]
struct LeastDelta {
    content: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "parsed, not looked at")]
enum LeastEvent {
    ContentBlockDelta {
        index: u32,
        delta: LeastText,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsed, not looked at")]
struct LeastText {
    text: String,
}

/// Finds the events and parses each.
fn floor<T: DeserializeOwned>(chunks: &[Bytes]) {
    for chunk in chunks {
        for line in chunk.split(|byte| *byte == b'\n') {
            if let Some(data) = line.strip_prefix(b"data: ") {
                black_box(serde_json::from_slice::<T>(data).ok());
            }
        }
    }
}

/// The same chunks, told to a recorder: what every seam does with a chunk.
fn observed(telemetry: &Telemetry, stream: &Stream) {
    let mut call = telemetry.record(stream.url, r#"{"model": "m", "stream": true}"#);
    for chunk in &stream.chunks {
        call.chunk(chunk.clone());
    }
    call.finish();
}

/// The best of rounds that take turns, so that a machine that slows down
/// slows all.
fn best<const N: usize>(ways: [&dyn Fn(); N]) -> [f64; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (best, way) in best.iter_mut().zip(ways) {
            let begun = Instant::now();
            way();
            *best = (*best).min(begun.elapsed());
        }
    }
    best.map(|time| time.as_secs_f64())
}

fn chunks() {
    let (bare, full) = (
        telemetry(CaptureMode::NoContent),
        telemetry(CaptureMode::SpanOnly),
    );
    for stream in streams() {
        for (floor_name, floor) in &stream.floors {
            let [floor, without, with] = best([
                &|| floor(&stream.chunks),
                &|| observed(&bare, &stream),
                &|| observed(&full, &stream),
            ]);
            println!(
                "a chunk of {}: without content/floor = {:.2}, with content/floor = {:.2} (floor: {floor_name})",
                stream.name,
                without / floor,
                with / floor,
            );
        }
    }
}

/// Until the first chunk of a small answer has arrived, over a socket.
async fn first_chunk(client: &reqwest_middleware::ClientWithMiddleware, url: &str) -> Duration {
    let begun = Instant::now();
    let body = r#"{"model": "m", "stream": true, "messages": []}"#;
    let request = client.post(url).body(body);
    let mut chunks = request.send().await.unwrap().bytes_stream();
    chunks.next().await.unwrap().unwrap();
    let until = begun.elapsed();
    while chunks.next().await.is_some() {}
    until
}

/// Over loopback from a server that needs no time, which nothing can hide
/// behind, and from one that thinks for a while, as every model does.
fn time_to_first_chunk(thinks: Duration, calls: usize) {
    let answer = Reply::sse(openai::stream(&["Hi", "."], true)).delay_first(thinks);
    let provider = Provider::start([answer]);
    let url = format!("{}/chat/completions", provider.base_url());
    let telemetry = telemetry(CaptureMode::NoContent);
    let bare = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).build();
    let clients = [bare.clone(), bare.clone(), telemetry.wrap(bare)];
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..calls {
        for (times, client) in times.iter_mut().zip(&clients) {
            times.push(runtime.block_on(first_chunk(client, &url)));
        }
    }
    let [bare, again, observed] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    println!(
        "time to first chunk of a server that thinks for {thinks:?}, median of {calls}: \
         observed/bare = {:.3}; noise: bare/bare = {:.3}",
        observed / bare,
        again / bare,
    );
}

fn main() {
    chunks();
    time_to_first_chunk(Duration::ZERO, 2_000);
    time_to_first_chunk(Duration::from_millis(5), 300);
}
