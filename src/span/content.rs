//! Content as span attributes: only where the gate lets it.

use crate::operation::Conversed;
use crate::semconv::attribute;
use opentelemetry::{KeyValue, Value};
use serde::Serialize;

/// Messages as the JSON text that the conventions ask for on spans.
pub(crate) fn attributes(content: &Conversed) -> Vec<KeyValue> {
    super::attributes::known([
        (
            attribute::GEN_AI_INPUT_MESSAGES,
            list(&content.input.messages),
        ),
        (attribute::GEN_AI_OUTPUT_MESSAGES, list(&content.output)),
        (
            attribute::GEN_AI_SYSTEM_INSTRUCTIONS,
            list(&content.input.system_instructions),
        ),
        (
            attribute::GEN_AI_TOOL_DEFINITIONS,
            list(&content.input.tool_definitions),
        ),
    ])
}

fn list(items: &[impl Serialize]) -> Option<Value> {
    if items.is_empty() {
        return None;
    }
    serde_json::to_string(items).ok().map(Value::from)
}
