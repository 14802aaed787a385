//! What whoever wants to see a call has to pay: a span and a look at the answer.

use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanKind, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};
use serde::Deserialize;

use super::support::nowhere::Nowhere;

/// A tracer whose spans go by the SDK's batch processor, and what arrives.
pub(crate) struct Floor {
    tracer: SdkTracer,
    /// Kept, as it ends with the last of it.
    _provider: SdkTracerProvider,
    body: Vec<Bytes>,
    is_streamed: bool,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: &'a str,
    model: &'a str,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: i64,
    completion_tokens: i64,
}

impl Floor {
    pub(crate) fn whole(body: Bytes) -> Self {
        Self::of(vec![body], false)
    }

    pub(crate) fn streamed(body: Vec<Bytes>) -> Self {
        Self::of(body, true)
    }

    fn of(body: Vec<Bytes>, is_streamed: bool) -> Self {
        let provider = SdkTracerProvider::builder().with_batch_exporter(Nowhere);
        let provider = provider.build();
        Self {
            tracer: provider.tracer("floor"),
            _provider: provider,
            body,
            is_streamed,
        }
    }

    /// The call, in a span as turnspan makes it, and a typed parse of all that
    /// arrives.
    pub(crate) async fn around(&self, call: impl Future<Output = ()>) {
        let mut span = self.begin();
        call.await;
        for part in &self.body {
            let json = part.strip_prefix(b"data: ").unwrap_or(part);
            if let Ok(answer) = serde_json::from_slice::<Answer<'_>>(json) {
                learn(&mut span, &answer);
            }
        }
        if self.is_streamed {
            span.add_event("gen_ai.stream.first_token", Vec::new());
        }
        let received = vec![KeyValue::new("gen_ai.usage.output_tokens", 200)];
        span.add_event("gen_ai.response.received", received);
        span.end();
    }

    fn begin(&self) -> Span {
        let start = [
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", "openai"),
            KeyValue::new("gen_ai.request.model", "gpt-4o"),
            KeyValue::new("server.address", "localhost"),
            KeyValue::new("server.port", 80),
            KeyValue::new("gen_ai.request.max_tokens", 256),
            KeyValue::new("gen_ai.request.temperature", 0.5),
            KeyValue::new("openai.api.type", "chat_completions"),
        ];
        let span = self.tracer.span_builder("chat gpt-4o".to_owned());
        let span = span.with_kind(SpanKind::Client).with_attributes(start);
        let mut span = span.start(&self.tracer);
        let sent = vec![KeyValue::new("gen_ai.request.model", "gpt-4o")];
        span.add_event("gen_ai.prompt.sent", sent);
        span
    }
}

fn learn(span: &mut Span, answer: &Answer<'_>) {
    let reason = answer.choices.first();
    let reason = reason.and_then(|choice| choice.finish_reason.clone());
    if let Some(reason) = reason {
        let reasons = Value::Array(Array::String(vec![reason.into()]));
        span.set_attribute(KeyValue::new("gen_ai.response.finish_reasons", reasons));
        span.set_attribute(KeyValue::new("gen_ai.response.id", answer.id.to_owned()));
        let model = answer.model.to_owned();
        span.set_attribute(KeyValue::new("gen_ai.response.model", model));
    }
    if let Some(usage) = &answer.usage {
        span.set_attributes([
            KeyValue::new("gen_ai.usage.input_tokens", usage.prompt_tokens),
            KeyValue::new("gen_ai.usage.output_tokens", usage.completion_tokens),
            KeyValue::new("turnspan.outcome", "completed"),
            KeyValue::new("turnspan.provider.duration", 1.0),
            KeyValue::new("turnspan.retry.wait", 0.0),
        ]);
    }
}
