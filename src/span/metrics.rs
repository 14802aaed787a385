//! Facts into the metrics of the conventions.
//!
//! Never an id on a metric: neither of a user, nor of a session, nor of a
//! conversation or an answer. Every attribute here has few values.

use super::attributes::{Target, known};
use crate::operation::{InferenceRequest, Usage};
use crate::semconv::{SECONDS_BOUNDARIES, TOKENS_BOUNDARIES, attribute, metric, value};
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::{KeyValue, Value};
use std::time::Duration;

/// The instruments of calls.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Histogram<f64>,
    tokens: Histogram<u64>,
    time_to_first_chunk: Histogram<f64>,
    time_per_output_chunk: Histogram<f64>,
}

impl Metrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let seconds = |name, about| {
            let histogram = meter.f64_histogram(name).with_unit("s");
            let histogram = histogram.with_description(about);
            histogram
                .with_boundaries(SECONDS_BOUNDARIES.to_vec())
                .build()
        };
        Self {
            duration: seconds(
                metric::GEN_AI_CLIENT_OPERATION_DURATION,
                "How long the operation took.",
            ),
            tokens: meter
                .u64_histogram(metric::GEN_AI_CLIENT_TOKEN_USAGE)
                .with_unit("{token}")
                .with_description("Tokens of one operation, as the provider counted them.")
                .with_boundaries(TOKENS_BOUNDARIES.to_vec())
                .build(),
            time_to_first_chunk: seconds(
                metric::GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
                "How long the first chunk of a stream took to arrive.",
            ),
            time_per_output_chunk: seconds(
                metric::GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK,
                "How long each chunk after the first took to arrive.",
            ),
        }
    }

    /// A call ended after so long; `error_type` if it did not end well.
    pub(crate) fn ended(&self, after: Duration, error_type: Option<&str>, of: &[KeyValue]) {
        let error = error_type.map(|it| KeyValue::new(attribute::ERROR_TYPE, it.to_owned()));
        let attributes: Vec<KeyValue> = of.iter().cloned().chain(error).collect();
        self.duration.record(after.as_secs_f64(), &attributes);
    }

    /// What the provider counted; what it did not count is no 0.
    pub(crate) fn used(&self, usage: &Usage, of: &[KeyValue]) {
        for (kind, tokens) in [
            (value::token_type::INPUT, usage.input_tokens),
            (value::token_type::OUTPUT, usage.output_tokens),
        ] {
            let Some(tokens) = tokens else { continue };
            let kind = KeyValue::new(attribute::GEN_AI_TOKEN_TYPE, kind);
            let attributes: Vec<KeyValue> = of.iter().cloned().chain([kind]).collect();
            self.tokens.record(tokens, &attributes);
        }
    }

    pub(crate) fn first_chunk(&self, after: Duration, of: &[KeyValue]) {
        self.time_to_first_chunk.record(after.as_secs_f64(), of);
    }

    pub(crate) fn output_chunk(&self, after: Duration, of: &[KeyValue]) {
        self.time_per_output_chunk.record(after.as_secs_f64(), of);
    }
}

/// What all measurements of a call have in common.
pub(crate) fn attributes(
    target: &Target,
    request: &InferenceRequest,
    response_model: Option<&str>,
) -> Vec<KeyValue> {
    let text = |text: Option<&str>| text.map(|text| Value::from(text.to_owned()));
    known([
        (
            attribute::GEN_AI_OPERATION_NAME,
            Some(target.operation.into()),
        ),
        (
            attribute::GEN_AI_PROVIDER_NAME,
            Some(target.provider.into()),
        ),
        (
            attribute::GEN_AI_REQUEST_MODEL,
            text(request.model.as_deref()),
        ),
        (attribute::GEN_AI_RESPONSE_MODEL, text(response_model)),
        (
            attribute::SERVER_ADDRESS,
            text(target.server_address.as_deref()),
        ),
        (
            attribute::SERVER_PORT,
            target.server_port.map(|port| i64::from(port).into()),
        ),
    ])
}
