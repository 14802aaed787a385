//! What is told of an interaction while it goes on.

use crate::semconv::{attribute, value};
use crate::span::attributes::{known, strings};
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;
use std::time::Duration;

/// A tool that ran: [`Interaction::tool_call`](super::Interaction::tool_call).
///
/// ```
/// use serde_json::json;
/// use turnspan::ToolCall;
///
/// let call = ToolCall::new("search").input(json!({"q": "shoes"})).cost(0.25);
/// assert!(format!("{call:?}").contains("search"));
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to an interaction"]
pub struct ToolCall {
    tool: String,
    pub(super) input: Option<Json>,
    pub(super) output: Option<Json>,
    pub(super) error: Option<(String, String)>,
    pub(super) duration: Option<Duration>,
    reasoning: Option<String>,
    cost: Option<f64>,
}

impl ToolCall {
    /// Of the tool of that name.
    pub fn new(tool: impl Into<String>) -> Self {
        Self {
            tool: tool.into(),
            ..Self::default()
        }
    }

    /// What it was told: content.
    pub fn input(mut self, input: impl Into<Json>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// What it found: content.
    pub fn output(mut self, output: impl Into<Json>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// What went wrong: a kind (`error.type`), and its text, which is content.
    pub fn error(mut self, kind: impl Into<String>, message: impl Into<String>) -> Self {
        self.error = Some((kind.into(), message.into()));
        self
    }

    /// How long it ran.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Why it was called: content.
    pub fn reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// What it cost, in US dollars (`turnspan.cost.usd`).
    pub fn cost(mut self, usd: f64) -> Self {
        self.cost = Some(usd);
        self
    }

    pub(super) fn span_name(&self) -> String {
        format!("{} {}", value::operation::EXECUTE_TOOL, self.tool)
    }

    pub(super) fn attributes(&self, with_content: bool) -> Vec<KeyValue> {
        let content = |value: Option<Value>| value.filter(|_| with_content);
        let json = |json: &Option<Json>| json.as_ref().map(|json| json.to_string().into());
        known([
            (
                attribute::GEN_AI_OPERATION_NAME,
                Some(value::operation::EXECUTE_TOOL.into()),
            ),
            (attribute::GEN_AI_TOOL_NAME, Some(self.tool.clone().into())),
            (
                attribute::ERROR_TYPE,
                self.error.as_ref().map(|(kind, _)| kind.clone().into()),
            ),
            (attribute::TURNSPAN_COST_USD, self.cost.map(Value::from)),
            (
                attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
                content(json(&self.input)),
            ),
            (
                attribute::GEN_AI_TOOL_CALL_RESULT,
                content(json(&self.output)),
            ),
            (
                attribute::TURNSPAN_DECISION_REASONING,
                content(self.reasoning.clone().map(Value::from)),
            ),
        ])
    }
}

/// Something that was decided:
/// [`Interaction::decision`](super::Interaction::decision).
///
/// ```
/// use turnspan::Decision;
///
/// let decision = Decision::new("the order is late").alternatives(["wait"]).confidence(0.8);
/// assert!(format!("{decision:?}").contains("0.8"));
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to an interaction"]
pub struct Decision {
    reasoning: String,
    alternatives: Vec<String>,
    confidence: Option<f64>,
    cost: Option<f64>,
}

impl Decision {
    /// With its reason: content.
    pub fn new(reasoning: impl Into<String>) -> Self {
        Self {
            reasoning: reasoning.into(),
            ..Self::default()
        }
    }

    /// What else there was: content.
    pub fn alternatives<T: Into<String>>(mut self, them: impl IntoIterator<Item = T>) -> Self {
        self.alternatives = them.into_iter().map(Into::into).collect();
        self
    }

    /// How sure it is, from 0 to 1.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// What deciding cost, in US dollars (`turnspan.cost.usd`).
    pub fn cost(mut self, usd: f64) -> Self {
        self.cost = Some(usd);
        self
    }

    pub(super) fn attributes(self, with_content: bool) -> Vec<KeyValue> {
        let reasoning = Some(Value::from(self.reasoning)).filter(|_| with_content);
        known([
            (attribute::TURNSPAN_DECISION_REASONING, reasoning),
            (
                attribute::TURNSPAN_DECISION_ALTERNATIVES,
                strings(self.alternatives).filter(|_| with_content),
            ),
            (
                attribute::TURNSPAN_DECISION_CONFIDENCE,
                self.confidence.map(Value::from),
            ),
            (attribute::TURNSPAN_COST_USD, self.cost.map(Value::from)),
        ])
    }
}
