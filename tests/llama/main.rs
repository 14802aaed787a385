//! The examples against a real llama.cpp server: what spans and turns say of
//! tokens is what the server said.
//!
//! `scripts/llama/with-server cargo test --test llama`
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

#[path = "../it/support/otlp_receiver.rs"]
mod otlp_receiver;
#[path = "../it/support/provider.rs"]
mod provider;
mod recorder;
#[path = "../it/support/tes_receiver.rs"]
mod tes_receiver;

use opentelemetry_proto::tonic::common::v1::any_value::Value as OtlpValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use otlp_receiver::OtlpReceiver;
use recorder::Recorder;
use serde_json::Value;
use std::env;
use std::process::{Command, Output};
use tes_receiver::TesReceiver;

struct Run {
    output: Output,
    span: Span,
    turn: Value,
    /// What the server said.
    usage: Value,
}

/// Runs an example between the recorded server and two receivers.
fn run(example: &str, prompt: &str) -> Run {
    let server = env::var_os("OPENAI_BASE_URL").and_then(|url| url.into_string().ok());
    let server = server.unwrap_or_else(|| panic!("run me by scripts/llama/with-server"));
    let (recorder, otlp, tes) = (
        Recorder::start(&server),
        OtlpReceiver::start(),
        TesReceiver::start(),
    );
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", example, "--", prompt])
        .env("OPENAI_BASE_URL", recorder.base_url())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.url())
        .env("TES_ENDPOINT", tes.url())
        .env("TES_CLIENT_ID", "acme")
        .env("TES_API_KEY", "tes_acme_key")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Run {
        span: otlp.wait_for(1).remove(0),
        turn: tes.wait_for(1).remove(0)["data"]["attributes"].take(),
        usage: recorder.usage(),
        output,
    }
}

fn int(span: &Span, key: &str) -> Option<i64> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        OtlpValue::IntValue(int) => Some(*int),
        _ => None,
    }
}

fn assert_tokens_are_the_servers(run: &Run) {
    let said = |path: &[&str]| {
        path.iter()
            .fold(&run.usage, |value, key| &value[*key])
            .as_i64()
    };
    let prompt = said(&["prompt_tokens"]);
    let completion = said(&["completion_tokens"]);
    let cached = said(&["prompt_tokens_details", "cached_tokens"]);
    assert!(prompt > Some(0) && completion > Some(0), "{}", run.usage);
    assert_eq!(int(&run.span, "gen_ai.usage.input_tokens"), prompt);
    assert_eq!(int(&run.span, "gen_ai.usage.output_tokens"), completion);
    assert_eq!(
        int(&run.span, "gen_ai.usage.cache_read.input_tokens"),
        cached
    );
    let usage = &run.turn["usage"];
    assert_eq!(usage["prompt_tokens"].as_i64(), prompt);
    assert_eq!(usage["completion_tokens"].as_i64(), completion);
    assert_eq!(usage["total_tokens"].as_i64(), said(&["total_tokens"]));
    assert_eq!(usage["cache_read_input_tokens"].as_i64(), cached);
}

#[test]
fn a_unary_call_reports_the_servers_tokens() {
    let run = run("openai", "Tell me a story.");
    assert_tokens_are_the_servers(&run);
    assert_eq!(run.span.name, "chat tiny-random-llama");
    let printed = String::from_utf8(run.output.stdout).unwrap();
    assert_eq!(
        run.turn["assistant_response"],
        printed.trim_end_matches('\n')
    );
    assert_eq!(run.turn["user_message"], "Tell me a story.");
}

#[test]
fn a_streamed_call_reports_the_servers_tokens() {
    let run = run("openai_stream", "Tell me another.");
    assert_tokens_are_the_servers(&run);
    assert!(
        run.span
            .events
            .iter()
            .any(|event| event.name == "gen_ai.stream.first_token")
    );
    let printed = String::from_utf8(run.output.stdout).unwrap();
    assert_eq!(
        run.turn["assistant_response"],
        printed.trim_end_matches('\n')
    );
    assert!(run.turn["time_to_first_token_ms"].is_u64());
}
