//! A finished run of a tool.

use super::TurnError;
use crate::operation::Operation;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// One run of a tool.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ToolRun {
    pub(crate) session_id: String,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) tool: String,
    /// As it was written on the span, mostly JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) args: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) turn_number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    pub(crate) metadata: Vec<(String, Value)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<TurnError>,
}

impl ToolRun {
    /// The run that an operation is.
    pub(crate) fn of(operation: &Operation<'_>) -> Self {
        let said = operation.conversed.tool.clone().unwrap_or_default();
        Self {
            session_id: operation.session_id.clone(),
            trace_id: operation.place.trace_id.clone(),
            span_id: operation.place.span_id.clone(),
            tool: operation.tool.clone().unwrap_or_default(),
            args: said.args,
            result: said.result,
            duration: Some(operation.duration),
            turn_number: operation.number,
            user_id: operation.user_id.clone(),
            metadata: operation.metadata.clone(),
            error: operation.error.clone().map(TurnError::from),
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
