//! What an open stream holds, by the allocator's own books.
//!
//! Without content it must be small, and the same after ten chunks and after
//! ten thousand, whatever was asked.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and may stop"
)]

#[path = "../tests/it/support/provider.rs"]
mod provider;
#[path = "support/mod.rs"]
mod support;

use bytes::Bytes;
use dhat::{Alloc, HeapStats, Profiler};
use provider::openai;
use serde_json::json;
use std::time::Duration;
use support::bodies::CHAT;
use support::nowhere::spans;
use turnspan::{CaptureMode, Recorder, Telemetry};

const STREAMS: usize = 100;
const MOST_BYTES: usize = 8 << 10;
/// How far two lengths may be apart: growth that is no growth by the chunk.
const SLACK_BYTES: usize = 512;

#[global_allocator]
static ALLOCATOR: Alloc = Alloc;

fn open_stream(telemetry: &Telemetry, request: &Bytes, chunk: &Bytes, count: usize) -> Recorder {
    let mut call = telemetry.record(CHAT, request.clone());
    for _ in 0..count {
        call.chunk(chunk.clone());
    }
    call
}

/// Bytes that one open stream holds after `count` chunks.
fn held(telemetry: &Telemetry, request: &Bytes, count: usize) -> usize {
    let chunk = openai::chunk(&json!({"content": "word "}), None);
    let chunk = Bytes::from(format!("data: {chunk}\n\n"));
    let mut open = Vec::with_capacity(STREAMS);
    // Spans of earlier calls are to be gone, not to go meanwhile.
    telemetry.flush(Duration::from_secs(10)).unwrap();
    let before = HeapStats::get().curr_bytes;
    open.extend((0..STREAMS).map(|_| open_stream(telemetry, request, &chunk, count)));
    let after = HeapStats::get().curr_bytes;
    after.saturating_sub(before) / STREAMS
}

fn request(words: usize) -> Bytes {
    let messages = json!([{"role": "user", "content": "word ".repeat(words)}]);
    let request = json!({"model": "gpt-4o", "stream": true, "messages": messages});
    request.to_string().into()
}

fn main() {
    let _profiler = Profiler::builder().testing().build();
    for (capture, is_bounded) in [
        (CaptureMode::NoContent, true),
        (CaptureMode::SpanOnly, false),
    ] {
        let builder = spans();
        let telemetry = builder.capture(capture).build().unwrap();
        // What is made once, at the first calls, belongs to none of them.
        held(&telemetry, &request(1), 1);
        let [few, many] = [10, 10_000].map(|count| held(&telemetry, &request(1), count));
        let large_request = held(&telemetry, &request(20_000), 10);
        println!(
            "{capture:?}: an open stream holds {few} bytes after 10 chunks, {many} after 10,000, \
             {large_request} of a request of 100 kB"
        );
        if is_bounded {
            let most = few.max(many).max(large_request);
            assert!(
                most <= MOST_BYTES,
                "more than {MOST_BYTES} bytes without content"
            );
            let growth = many.abs_diff(few);
            assert!(
                growth <= SLACK_BYTES,
                "an open stream grows with its length"
            );
        }
    }
}
