//! The instruments of agents and tools, which only the latest state of the
//! conventions has.

use super::attributes::known;
use super::distinct::Distinct;
use super::metrics::bounded;
use crate::semconv::{
    AGENT_CALLS_BOUNDARIES, AGENT_SECONDS_BOUNDARIES, SECONDS_BOUNDARIES, attribute, metric,
};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};
use std::time::Duration;

/// Takes what finished spans of agents and tools came to.
#[derive(Debug)]
pub(crate) struct AgentMetrics {
    agent_duration: Histogram<f64>,
    inference_calls: Histogram<u64>,
    tool_calls: Histogram<u64>,
    tool_duration: Histogram<f64>,
    agents: Distinct,
    models: Distinct,
    tools: Distinct,
    tool_types: Distinct,
    errors: Distinct,
}

/// What is known of a span of an agent or a tool.
#[derive(Debug, Default)]
pub(crate) struct Ran<'a> {
    pub(crate) after: Duration,
    pub(crate) agent: Option<&'a str>,
    pub(crate) model: Option<&'a str>,
    pub(crate) tool: Option<&'a str>,
    pub(crate) tool_type: Option<&'a str>,
    pub(crate) error_type: Option<&'a str>,
}

/// The calls that an agent made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Calls {
    pub(crate) inference: u64,
    pub(crate) tool: u64,
}

impl AgentMetrics {
    pub(crate) fn new(meter: &Meter) -> Self {
        let seconds = |name, about, boundaries: &[f64]| {
            let histogram = meter.f64_histogram(name).with_unit("s");
            let histogram = histogram.with_description(about);
            histogram.with_boundaries(boundaries.to_vec()).build()
        };
        let calls = |name, unit, about| {
            let histogram = meter.u64_histogram(name).with_unit(unit);
            let histogram = histogram.with_description(about);
            histogram
                .with_boundaries(AGENT_CALLS_BOUNDARIES.to_vec())
                .build()
        };
        Self {
            agent_duration: seconds(
                metric::GEN_AI_INVOKE_AGENT_DURATION,
                "How long an invocation of an agent took.",
                AGENT_SECONDS_BOUNDARIES,
            ),
            inference_calls: calls(
                metric::GEN_AI_INVOKE_AGENT_INFERENCE_CALLS,
                "{inference_call}",
                "Calls of models in one invocation of an agent.",
            ),
            tool_calls: calls(
                metric::GEN_AI_INVOKE_AGENT_TOOL_CALLS,
                "{tool_call}",
                "Tools that ran in one invocation of an agent.",
            ),
            tool_duration: seconds(
                metric::GEN_AI_EXECUTE_TOOL_DURATION,
                "How long a tool ran.",
                SECONDS_BOUNDARIES,
            ),
            agents: Distinct::default(),
            models: Distinct::default(),
            tools: Distinct::default(),
            tool_types: Distinct::default(),
            errors: Distinct::default(),
        }
    }

    /// An invocation of an agent ended, in which these calls were seen, if all of
    /// them could be. Where none was seen the agent may have made some elsewhere:
    /// no number is not 0.
    pub(crate) fn agent(&self, ran: &Ran<'_>, calls: Option<Calls>) {
        let agent = ran.agent.map(|it| bounded(&self.agents, it));
        let of_agent = known([(attribute::GEN_AI_AGENT_NAME, agent.clone())]);
        let of = known([
            (attribute::GEN_AI_AGENT_NAME, agent),
            (
                attribute::GEN_AI_REQUEST_MODEL,
                ran.model.map(|it| bounded(&self.models, it)),
            ),
            (attribute::ERROR_TYPE, self.error(ran)),
        ]);
        self.agent_duration.record(ran.after.as_secs_f64(), &of);
        let calls = calls.unwrap_or_default();
        let counts = [
            (&self.inference_calls, calls.inference),
            (&self.tool_calls, calls.tool),
        ];
        for (histogram, count) in counts {
            if count > 0 {
                histogram.record(count, &of_agent);
            }
        }
    }

    /// A tool ran; one without a name is not measured, as the conventions
    /// require it.
    pub(crate) fn tool(&self, ran: &Ran<'_>) {
        let Some(tool) = ran.tool else { return };
        let of: Vec<KeyValue> = known([
            (
                attribute::GEN_AI_TOOL_NAME,
                Some(bounded(&self.tools, tool)),
            ),
            (
                attribute::GEN_AI_TOOL_TYPE,
                ran.tool_type.map(|it| bounded(&self.tool_types, it)),
            ),
            (
                attribute::GEN_AI_AGENT_NAME,
                ran.agent.map(|it| bounded(&self.agents, it)),
            ),
            (attribute::ERROR_TYPE, self.error(ran)),
        ]);
        self.tool_duration.record(ran.after.as_secs_f64(), &of);
    }

    fn error(&self, ran: &Ran<'_>) -> Option<opentelemetry::Value> {
        ran.error_type.map(|it| bounded(&self.errors, it))
    }
}
