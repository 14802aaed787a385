//! Metrics on a provider of one's own: `cargo run --example metrics -- "Hello!"`
//!
//! Without one they go by OTLP where spans go. Honours the variables that
//! `openai.rs` does.
#![expect(clippy::print_stdout, reason = "an example prints")]

mod support;

use opentelemetry_sdk::metrics::data::{ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let theirs = InMemoryMetricExporter::default(); // stands for any exporter
    let reader = PeriodicReader::builder(theirs.clone()).build();
    let meters = SdkMeterProvider::builder().with_reader(reader).build();
    let telemetry = turnspan::builder()
        .env()?
        .meter_provider(&meters)
        .install()?;

    let request = OpenAi::from_env()?.request(&json!({"model": support::model(),
        "messages": [{"role": "user", "content": support::prompt()}]}));
    let answer = support::json(telemetry.send(request).await?).await?;

    telemetry.flush(Duration::from_secs(5))?;
    meters.force_flush()?;
    let exported = theirs.get_finished_metrics()?;
    let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
    for metric in scopes.flat_map(ScopeMetrics::metrics) {
        println!("{} [{}]", metric.name(), metric.unit());
    }
    Ok(support::text(&answer, "/choices/0/message/content"))
}
