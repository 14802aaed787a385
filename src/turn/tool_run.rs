//! A finished `execute_tool` span: a tool that ran.

use super::attributes::Attributes;
use super::{TurnError, error, since};
use crate::operation::Conversed;
use crate::semconv::{attribute, value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value;
use std::time::Duration;

/// One run of a tool.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolRun {
    pub(crate) session_id: String,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) tool: String,
    /// As it was written on the span, mostly JSON.
    pub(crate) args: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) duration: Option<Duration>,
    pub(crate) turn_number: Option<u64>,
    pub(crate) user_id: Option<String>,
    pub(crate) metadata: Vec<(String, Value)>,
    pub(crate) error: Option<TurnError>,
}

impl ToolRun {
    /// Whether a span is the kind that becomes one.
    pub(crate) fn is_made_of(span: &SpanData) -> bool {
        Attributes::of(span).text(attribute::GEN_AI_OPERATION_NAME)
            == Some(value::operation::EXECUTE_TOOL)
    }

    pub(crate) fn of(span: &SpanData, conversed: Option<&Conversed>) -> Self {
        let attributes = Attributes::of(span);
        let beside = conversed.and_then(|conversed| conversed.tool.clone());
        let beside = beside.unwrap_or_default();
        let message = conversed.and_then(|conversed| conversed.error_message.clone());
        let conversation = conversed.and_then(|conversed| conversed.conversation.as_ref());
        Self {
            session_id: attributes.session_id(conversation),
            trace_id: span.span_context.trace_id().to_string(),
            span_id: span.span_context.span_id().to_string(),
            tool: attributes
                .word(attribute::GEN_AI_TOOL_NAME)
                .unwrap_or_else(|| span.name.to_string()),
            args: beside
                .args
                .or_else(|| attributes.string(attribute::GEN_AI_TOOL_CALL_ARGUMENTS)),
            result: beside
                .result
                .or_else(|| attributes.string(attribute::GEN_AI_TOOL_CALL_RESULT)),
            duration: Some(since(span.start_time, span.end_time)),
            turn_number: attributes.count(attribute::TES_TURN_NUMBER),
            user_id: attributes.user_id(conversation),
            metadata: attributes.metadata(conversation),
            error: error(span, &attributes, message),
        }
    }

    /// Without anything that was said.
    pub(crate) fn without_content(mut self) -> Self {
        (self.args, self.result) = (None, None);
        if let Some(error) = &mut self.error {
            error.message = None;
        }
        self
    }
}
