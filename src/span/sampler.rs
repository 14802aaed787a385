//! Sampling that costs no turns.

use crate::semconv::attribute;
use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

/// Decides as another sampler does, but has calls recorded that it drops: they
/// become turns and no spans. Made by
/// [`Telemetry::sampler`](crate::Telemetry::sampler).
///
/// Exporters that do not look at the decision need a
/// [`SampledOnly`](crate::SampledOnly) around them: the SDK's own batch
/// processor hands them what is recorded only
/// ([`RECORD_ONLY`](https://opentelemetry.io/docs/specs/otel/trace/sdk/#recording-sampled-reaction-table)).
/// If telemetry sends no turns and measures no agents, the other sampler decides
/// alone.
///
/// ```
/// use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
/// # let tes = turnspan::Tes::new(&format!("http://{nobody}"), "acme", "tes_key")?
/// #     .spool(turnspan::SpoolSettings::best_effort());
///
/// let telemetry = turnspan::builder().tes(tes).build()?;
/// let sampler: turnspan::TurnSampler = telemetry.sampler(Sampler::AlwaysOff);
/// let provider = SdkTracerProvider::builder()
///     .with_sampler(sampler)
///     .with_span_processor(telemetry.processor())
///     .build();
/// telemetry.use_provider(&provider)?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// assert_eq!(telemetry.stats().destinations["tes"].made, 1, "a turn all the same");
/// # telemetry.shutdown(std::time::Duration::ZERO).unwrap_err();
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TurnSampler {
    inner: Box<dyn ShouldSample>,
    records_all: bool,
}

impl TurnSampler {
    pub(crate) fn new(inner: Box<dyn ShouldSample>, records_all: bool) -> Self {
        Self { inner, records_all }
    }
}

impl ShouldSample for TurnSampler {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self
            .inner
            .should_sample(parent, trace_id, name, kind, attributes, links);
        let is_gen_ai =
            |attribute: &KeyValue| attribute.key.as_str() == attribute::GEN_AI_OPERATION_NAME;
        if self.records_all
            && result.decision == SamplingDecision::Drop
            && attributes.iter().any(is_gen_ai)
        {
            result.decision = SamplingDecision::RecordOnly;
        }
        result
    }
}
