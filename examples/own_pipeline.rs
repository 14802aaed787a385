//! Turns from a pipeline that knows nothing of turnspan but its exporter:
//! `cargo run --example own_pipeline -- "Hello!"`
//!
//! The span is made by hand; what TES gets is what its attributes carry.
//! Honours `TES_*`.

mod support;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;
use std::process::ExitCode;
use support::Failure;
use turnspan::lifecycle::{PromptSent, ResponseReceived};
use turnspan::{Tes, TesExporter};

fn main() -> ExitCode {
    support::exit(run())
}

fn run() -> Result<String, Failure> {
    let tes = Tes::from_env()?.ok_or("TES_ENDPOINT is not set")?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(TesExporter::new(tes)?)
        .build();
    let said = |role: &str, text: &str| {
        let parts = json!([{"type": "text", "content": text}]);
        json!([{"role": role, "parts": parts, "finish_reason": "stop"}]).to_string()
    };
    let mut span = provider.tracer("by hand").start("chat house-model");
    PromptSent::new("chat")
        .model("house-model")
        .add_to(&mut span);
    span.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.provider.name", "house"),
        KeyValue::new("gen_ai.request.model", "house-model"),
        KeyValue::new("gen_ai.conversation.id", "conv-123"),
        KeyValue::new("gen_ai.usage.input_tokens", 12),
        KeyValue::new("gen_ai.usage.output_tokens", 7),
        KeyValue::new("gen_ai.input.messages", said("user", &support::prompt())),
        KeyValue::new("gen_ai.output.messages", said("assistant", "Hi.")),
    ]);
    ResponseReceived::new()
        .finish_reason("stop")
        .add_to(&mut span);
    span.end();
    provider.shutdown()?;
    Ok("Hi.".to_owned())
}
