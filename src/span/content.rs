//! Content as span attributes: only where the gate lets it.

use crate::operation::{Conversed, Message};
use crate::semconv::attribute;
use opentelemetry::{KeyValue, Value};

/// Messages as the JSON text that the conventions ask for on spans.
pub(crate) fn attributes(content: &Conversed) -> Vec<KeyValue> {
    let definitions = content
        .input
        .tool_definitions
        .as_ref()
        .map(|tools| tools.as_str().to_owned());
    super::attributes::known([
        (
            attribute::GEN_AI_INPUT_MESSAGES,
            messages(&content.input.messages),
        ),
        (attribute::GEN_AI_OUTPUT_MESSAGES, messages(&content.output)),
        (
            attribute::GEN_AI_TOOL_DEFINITIONS,
            definitions.map(Value::from),
        ),
    ])
}

fn messages(messages: &[Message]) -> Option<Value> {
    if messages.is_empty() {
        return None;
    }
    serde_json::to_string(messages).ok().map(Value::from)
}
