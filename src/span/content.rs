//! Content as span attributes: only where the gate lets it.

use crate::operation::{Conversed, ToolDefinition};
use crate::semconv::attribute;
use opentelemetry::{KeyValue, Value};
use serde::Serialize;

/// Messages as the JSON text that the conventions ask for on spans; of tools
/// their descriptions and parameters too if `full_tools`.
pub(crate) fn attributes(content: &Conversed, full_tools: bool) -> Vec<KeyValue> {
    let tools = &content.input.tool_definitions;
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
            tool_definitions(tools, full_tools),
        ),
    ])
}

fn tool_definitions(tools: &[ToolDefinition], full: bool) -> Option<Value> {
    if full {
        return list(tools);
    }
    let brief: Vec<_> = tools.iter().map(ToolDefinition::brief).collect();
    list(&brief)
}

fn list(items: &[impl Serialize]) -> Option<Value> {
    if items.is_empty() {
        return None;
    }
    serde_json::to_string(items).ok().map(Value::from)
}
