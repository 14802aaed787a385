//! scratch
#![allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout
)]
mod hostile;
use bytes::Bytes;
use hostile::{Arrives, Body};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::hint::black_box;
use std::time::Duration;
use turnspan::{CaptureMode, Telemetry, Tes};

#[derive(Debug)]
struct Nowhere;
impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

fn ours(telemetry: &Telemetry, body: &Body, wire: &[Bytes]) {
    let request = Bytes::from_static(br#"{"model":"m","stream":true,"messages":[]}"#);
    match body.arrives {
        Arrives::Request => drop(telemetry.record(body.url, wire[0].clone())),
        Arrives::Answer => telemetry
            .record(body.url, request)
            .response(wire[0].clone()),
        Arrives::Refusal => telemetry
            .record(body.url, request)
            .refused(400, wire[0].clone()),
        Arrives::Events => {
            let mut call = telemetry.record(body.url, request);
            for event in wire {
                call.chunk(event.clone());
            }
            call.finish();
        }
    }
}

fn value(body: &Body) {
    for json in &body.json {
        drop(serde_json::from_slice::<serde_json::Value>(json));
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    let builder = turnspan::builder()
        .span_exporter(Nowhere)
        .meter_provider(&meters);
    let telemetry = match args[1].as_str() {
        "plain" => builder.build().unwrap(),
        "tes" => builder
            .tes(
                Tes::new("http://127.0.0.1:1", "a", "k")
                    .unwrap()
                    .spool(turnspan::SpoolSettings::best_effort()),
            )
            .build()
            .unwrap(),
        "spans" => builder.capture(CaptureMode::SpanOnly).build().unwrap(),
        _ => panic!(),
    };
    for body in hostile::bodies(args.get(2).map(String::as_str).unwrap_or_default()) {
        let wire: Vec<Bytes> = match body.arrives {
            Arrives::Events => {
                let all: Vec<u8> = body
                    .json
                    .iter()
                    .flat_map(|json| [b"data: ", &json[..], b"\n\n"].concat())
                    .collect();
                let all = Bytes::from(all);
                (0..all.len())
                    .step_by(16 << 10)
                    .map(|at| all.slice(at..all.len().min(at + (16 << 10))))
                    .collect()
            }
            _ => body.json.clone(),
        };
        println!("{}\t{}", body.name, body.json.len());
        counted(|| ours(&telemetry, &body, &wire));
        counted(|| value(&body));
    }
}
