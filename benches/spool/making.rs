//! What a turn costs the task that makes the call.

use super::provider::openai;
use super::sending::Receiver;
use super::{PATIENCE, Size, file, tes};
use axum::body::Bytes;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::json;
use std::time::Duration;
use std::{fs, thread};
use turnspan::{SpoolSettings, Telemetry};

/// Takes spans and does nothing with them.
#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

const CALLS: u32 = 500;

/// What so many calls cost the thread that makes them.
fn made(telemetry: &Telemetry) -> Duration {
    let request = json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": "word ".repeat(200)}]});
    let request = Bytes::from(request.to_string());
    let answer = Bytes::from(openai::completion(&"word ".repeat(200)).to_string());
    let before = on_cpu();
    for _ in 0..CALLS {
        let url = "https://api.openai.com/v1/chat/completions";
        telemetry
            .record(url, request.clone())
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

pub(crate) fn run(size: Size) {
    let receiver = Receiver::default().start(0);
    let without = turnspan::builder().span_exporter(Nowhere).build().unwrap();
    let settings = SpoolSettings::durable().path(file("making"));
    let with = turnspan::builder().span_exporter(Nowhere);
    let with = with.tes(tes(&receiver.url(), settings)).build().unwrap();
    let [mut plain, mut durable] = [Duration::MAX; 2];
    for _ in 0..3 * size.rounds {
        plain = plain.min(made(&without));
        durable = durable.min(made(&with));
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(CALLS);
    println!(
        "a turn on the caller's task: durable TES/no TES = {:.2} ({:.1} and {:.1} us)",
        each(durable) / each(plain),
        each(durable),
        each(plain),
    );
}
