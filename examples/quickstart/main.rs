//! Everything at once, with nothing but a Rust toolchain:
//! `cargo run --example quickstart`
//!
//! A plain call, a streamed call, a tool round and a retry under one
//! `#[instrument]` parent, against a provider and a TES receiver that are
//! embedded in this program. `OPENAI_API_KEY` or `OPENAI_BASE_URL`,
//! `OTEL_EXPORTER_OTLP_ENDPOINT` and `TES_*` replace the embedded parts.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

mod calls;
mod embedded;
#[path = "../support/mod.rs"]
mod support;

use embedded::Embedded;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use std::process::{self, ExitCode};
use std::time::Duration;
use std::{env, fs};
use support::Failure;
use turnspan::{Conversation, SpoolSettings, Tes, span_tree};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let embedded = Embedded::start(is_set(&["OPENAI_API_KEY", "OPENAI_BASE_URL"]), tes_is_set());
    let spans = InMemorySpanExporter::default();
    let folder = env::temp_dir().join(format!("turnspan-quickstart-{}", process::id()));
    let mut builder = turnspan::builder()
        .service_name("quickstart")
        .span_exporter(spans.clone())
        .env()?;
    if let Some(receiver) = &embedded.receiver {
        let spool = folder.join("spool.db");
        let tes = Tes::new(&receiver.url(), "quickstart", "tes_quickstart_key")?;
        builder = builder.tes(tes.spool(SpoolSettings::default().path(spool)));
    }
    let config = match &embedded.provider {
        Some(provider) => embedded::config(&provider.base_url()),
        None => support::config()?,
    };
    let telemetry = builder.install()?;
    let ai = telemetry.openai(config).client();

    Conversation::new("conv-123")
        .user("u_1")
        .metadata("plan", "pro")
        .scope(calls::assist(&ai))
        .await?;

    telemetry.flush(Duration::from_secs(10))?;
    println!("SPANS\n\n{}", span_tree(&spans.get_finished_spans()?));
    if let Some(receiver) = &embedded.receiver {
        println!("TURNS, as the TES receiver got them\n");
        for turn in receiver.accepted_as_text() {
            println!("{turn}\n");
        }
    }
    println!("ACCOUNTS\n\n{}", telemetry.stats());
    drop(telemetry);
    // There is one only if the receiver was the embedded one.
    drop(fs::remove_dir_all(folder));
    Ok(())
}

fn tes_is_set() -> bool {
    is_set(&["TES_ENDPOINT", "TES_CLIENT_ID", "TES_API_KEY"])
}

fn is_set(names: &[&str]) -> bool {
    names.iter().any(|name| env::var_os(name).is_some())
}
