//! A program with a tracer provider of its own: `cargo run --example own_provider`
//!
//! Calls become spans of that provider, for its exporters, and turns whether they
//! are sampled or not. `OTEL_EXPORTER_OTLP_*` are left to those exporters: give
//! telemetry an `Otlp` in code where it is to export spans too. Honours the other
//! variables that `openai.rs` does.
#![expect(clippy::print_stdout, reason = "an example prints")]

mod support;

use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, OpenAi};
use turnspan::SampledOnly;

#[tokio::main]
async fn main() -> ExitCode {
    support::exit(run().await)
}

async fn run() -> Result<String, Failure> {
    let telemetry = turnspan::builder().env()?.build()?;
    let theirs = InMemorySpanExporter::default(); // stands for any exporter
    let provider = SdkTracerProvider::builder()
        .with_sampler(telemetry.sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn))))
        .with_span_processor(telemetry.processor())
        .with_batch_exporter(SampledOnly::new(theirs.clone()))
        .build();
    telemetry.use_provider(&provider)?;

    let request = OpenAi::from_env()?.request(&json!({"model": support::model(),
        "messages": [{"role": "user", "content": support::prompt()}]}));
    let answer = support::json(telemetry.send(request).await?).await?;

    provider.force_flush()?;
    telemetry.flush(Duration::from_secs(5))?;
    println!("{}", turnspan::span_tree(&theirs.get_finished_spans()?));
    Ok(support::text(&answer, "/choices/0/message/content"))
}
