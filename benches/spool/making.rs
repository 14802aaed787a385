//! What a turn costs the task that makes the call.

use super::provider::openai;
use super::sending::Receiver;
use super::support::bodies::CHAT;
use super::support::nowhere::spans;
use super::support::paired::{Claim, compare};
use super::{PATIENCE, file, tes};
use axum::body::Bytes;
use serde_json::json;
use std::time::Duration;
use std::{fs, thread};
use turnspan::{SpoolSettings, Telemetry};

const CALLS: u32 = 500;

/// What so many calls cost the thread that makes them.
fn made(telemetry: &Telemetry) -> Duration {
    let request = json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": "word ".repeat(200)}]});
    let request = Bytes::from(request.to_string());
    let answer = Bytes::from(openai::completion(&"word ".repeat(200)).to_string());
    let before = on_cpu();
    for _ in 0..CALLS {
        telemetry
            .record(CHAT, request.clone())
            .response(answer.clone());
    }
    let took = on_cpu().saturating_sub(before);
    // So that the next calls find the queue empty.
    telemetry.flush(PATIENCE).unwrap();
    took
}

/// Processor time of this thread, where the system tells it.
fn on_cpu() -> Duration {
    // The system brings its books up to date when a thread gives way.
    thread::yield_now();
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(first.unwrap_or_default())
}

/// In each round: without TES, the same again, with it.
const CLAIMS: [Claim<3>; 2] = [
    Claim {
        name: "no TES/no TES, the machine's noise",
        of: |[without, again, _]| again / without,
        within: 0.05,
    },
    Claim {
        name: "durable TES/no TES",
        of: |[without, _, durable]| durable / without,
        within: 0.1,
    },
];

pub(crate) fn run() {
    let receiver = Receiver::default().start(0);
    let without = spans().build().unwrap();
    let settings = SpoolSettings::durable().path(file("making"));
    let with = spans().tes(tes(&receiver.url(), settings));
    let with = with.build().unwrap();
    compare(
        "a turn on the caller's task",
        [&mut || made(&without), &mut || made(&without), &mut || {
            made(&with)
        }],
        &CLAIMS,
    );
}
