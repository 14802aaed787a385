//! Facts into the metrics of the conventions.
//!
//! Never an id on a metric: neither of a user, nor of a session, nor of a
//! conversation or an answer. Every attribute here has few values; of those
//! that others choose the first 200 of a telemetry are themselves, and the rest
//! is `_OTHER`.

use super::attributes::{Target, known};
use super::distinct::Distinct;
use super::tokens::{Tokens, with};
use crate::conventions::Conventions;
use crate::operation::{Request, Usage};
use crate::semconv::{SECONDS_BOUNDARIES, attribute, metric, value};
use opentelemetry::metrics::{Histogram, Meter};
use opentelemetry::{KeyValue, Value};
use std::time::Duration;

/// The instruments of calls.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Histogram<f64>,
    tokens: Tokens,
    time_to_first_chunk: Histogram<f64>,
    time_per_output_chunk: Histogram<f64>,
    values: Values,
}

/// The values of attributes that others choose.
#[derive(Debug, Default)]
struct Values {
    asked_models: Distinct,
    answering_models: Distinct,
    /// With their ports.
    servers: Distinct,
    errors: Distinct,
}

impl Metrics {
    pub(crate) fn new(meter: &Meter, conventions: Conventions) -> Self {
        let seconds = |name, about| {
            let name = conventions.metric(name);
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
            tokens: Tokens::new(meter, conventions),
            time_to_first_chunk: seconds(
                metric::GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
                "How long the first chunk of a stream took to arrive.",
            ),
            time_per_output_chunk: seconds(
                metric::GEN_AI_CLIENT_OPERATION_TIME_PER_OUTPUT_CHUNK,
                "How long each chunk after the first took to arrive.",
            ),
            values: Values::default(),
        }
    }

    /// What all measurements of a call have in common.
    pub(crate) fn attributes(
        &self,
        target: &Target,
        request: &Request,
        response_model: Option<&str>,
    ) -> Vec<KeyValue> {
        let values = &self.values;
        let (address, port) = values.server(target);
        let asked = request.model.as_deref();
        known([
            (
                attribute::GEN_AI_OPERATION_NAME,
                Some(target.kind.name.into()),
            ),
            (
                attribute::GEN_AI_PROVIDER_NAME,
                Some(target.provider.clone().into()),
            ),
            (
                attribute::GEN_AI_REQUEST_MODEL,
                asked.map(|model| bounded(&values.asked_models, model)),
            ),
            (
                attribute::GEN_AI_RESPONSE_MODEL,
                response_model.map(|model| bounded(&values.answering_models, model)),
            ),
            (attribute::SERVER_ADDRESS, address),
            (attribute::SERVER_PORT, port),
        ])
    }

    /// A call ended after so long, having used these tokens; `error_type` if it
    /// did not end well.
    pub(crate) fn ended(
        &self,
        after: Duration,
        usage: &Usage,
        error_type: Option<&str>,
        of: &[KeyValue],
    ) {
        let error = error_type.map(|it| bounded(&self.values.errors, it));
        let error = error.map(|it| KeyValue::new(attribute::ERROR_TYPE, it));
        let error = error.as_ref();
        self.duration.record(after.as_secs_f64(), &with(of, error));
        self.tokens.used(usage, of, error);
    }

    pub(crate) fn first_chunk(&self, after: Duration, of: &[KeyValue]) {
        self.time_to_first_chunk.record(after.as_secs_f64(), of);
    }

    pub(crate) fn output_chunk(&self, after: Duration, of: &[KeyValue]) {
        self.time_per_output_chunk.record(after.as_secs_f64(), of);
    }
}

impl Values {
    /// The address and port of a server; of one too many neither is told.
    fn server(&self, target: &Target) -> (Option<Value>, Option<Value>) {
        let Some(address) = target.server_address.as_deref() else {
            return (None, None);
        };
        if !self.servers.admits((address, target.server_port)) {
            return (Some(OTHER.into()), None);
        }
        let port = target.server_port.map(|port| i64::from(port).into());
        (Some(address.to_owned().into()), port)
    }
}

pub(super) fn bounded(values: &Distinct, value: &str) -> Value {
    if values.admits(value) {
        value.to_owned().into()
    } else {
        OTHER.into()
    }
}

/// Stands for all values beyond those that are told.
const OTHER: &str = value::error_type::OTHER;
