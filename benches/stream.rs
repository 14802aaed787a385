//! What a chunk of an observed stream costs, beside what reading it costs anyway.
//!
//! The floor is what every client does: find the events, parse each into
//! types; *client's types* are those of async-openai, *least types* only what
//! a span needs. Then the time until the first chunk is there, over a socket.
#![expect(clippy::unwrap_used, reason = "a bench prints and may stop")]

#[path = "../tests/it/support/provider.rs"]
mod provider;
#[path = "support/mod.rs"]
mod support;

use async_openai::types::chat::CreateChatCompletionStreamResponse;
use bytes::Bytes;
use futures::StreamExt as _;
use provider::{Provider, Reply, openai};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::hint::black_box;
use std::time::{Duration, Instant};
use support::bodies::{CHAT, MESSAGES, anthropic_stream, stream};
use support::nowhere::{meters, spans};
use support::paired::{Claim, compare, timed};
use turnspan::{CaptureMode, Telemetry};

const CHUNKS: usize = 2_000;

/// Calls of one round, of which each way has so many.
const CALLS: u32 = 20;

fn telemetry(capture: CaptureMode) -> Telemetry {
    spans().capture(capture).build().unwrap()
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
            url: CHAT,
            chunks: stream(CHUNKS),
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
            url: MESSAGES,
            chunks: anthropic_stream(CHUNKS),
            floors: vec![("least types", floor::<LeastEvent>)],
        },
    ]
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

/// In each round: the floor, the floor again, observed, observed with metrics,
/// observed with content.
const CHUNK_CLAIMS: [Claim<5>; 4] = [
    Claim {
        name: "floor/floor, the machine's noise",
        of: |[floor, again, ..]| again / floor,
        within: 0.02,
    },
    Claim {
        name: "observed/floor",
        of: |[floor, _, observed, ..]| observed / floor,
        within: 0.05,
    },
    Claim {
        name: "observed with metrics/floor",
        of: |[floor, _, _, metered, _]| metered / floor,
        within: 0.05,
    },
    Claim {
        name: "observed with content/floor",
        of: |[floor, .., full]| full / floor,
        within: 0.05,
    },
];

fn chunks() {
    let without = telemetry(CaptureMode::NoContent);
    let metered = spans().meter_provider(&meters()).build().unwrap();
    let with = telemetry(CaptureMode::SpanOnly);
    for stream in streams() {
        for (name, floor) in &stream.floors {
            compare(
                &format!("a chunk of {}, floor: {name}", stream.name),
                [
                    &mut || timed(|| floor(&stream.chunks)),
                    &mut || timed(|| floor(&stream.chunks)),
                    &mut || timed(|| observed(&without, &stream)),
                    &mut || timed(|| observed(&metered, &stream)),
                    &mut || timed(|| observed(&with, &stream)),
                ],
                &CHUNK_CLAIMS,
            );
        }
    }
}

/// In each round: bare, bare again, observed.
const FIRST_CHUNK_CLAIMS: [Claim<3>; 2] = [
    Claim {
        name: "bare/bare, the machine's noise",
        of: |[bare, again, _]| again / bare,
        within: 0.02,
    },
    Claim {
        name: "observed/bare",
        of: |[bare, _, observed]| observed / bare,
        within: 0.02,
    },
];

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
fn time_to_first_chunk(thinks: Duration) {
    let answer = Reply::sse(openai::stream(&["Hi", "."], true)).delay_first(thinks);
    let provider = Provider::start([answer]);
    let url = format!("{}/chat/completions", provider.base_url());
    let telemetry = telemetry(CaptureMode::NoContent);
    let bare = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).build();
    let observed = telemetry.wrap(bare.clone());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let by = |client| {
        (0..CALLS)
            .map(|_| runtime.block_on(first_chunk(client, &url)))
            .sum()
    };
    compare(
        &format!("time to first chunk of a server that thinks for {thinks:?}"),
        [&mut || by(&bare), &mut || by(&bare), &mut || by(&observed)],
        &FIRST_CHUNK_CLAIMS,
    );
}

fn main() {
    chunks();
    time_to_first_chunk(Duration::ZERO);
    time_to_first_chunk(Duration::from_millis(5));
}
