//! Tools that a request offers, out of what the formats write.

use crate::operation::{Json, ToolDefinition};
use serde_json::Value;

/// The tools of a list; what is none costs itself alone.
pub(super) fn definitions(tools: &Value) -> Vec<ToolDefinition> {
    let tools = tools.as_array().into_iter().flatten();
    tools.filter_map(definition).collect()
}

/// A tool lies flat, or below its own type. One that the caller runs has a
/// schema of what it takes; one that the provider runs may have nothing but a
/// type.
fn definition(tool: &Value) -> Option<ToolDefinition> {
    let text = |of: &Value, key: &str| of.get(key)?.as_str().map(str::to_owned);
    let kind = text(tool, "type");
    let inner = kind.as_ref().and_then(|kind| tool.get(kind));
    let inner = inner.filter(|inner| inner.is_object()).unwrap_or(tool);
    let schema = inner
        .get("parameters")
        .or_else(|| inner.get("input_schema"));
    let is_function = schema.is_some() || kind.is_none();
    let name = text(inner, "name").or_else(|| kind.clone())?;
    Some(ToolDefinition {
        kind: match kind {
            Some(kind) if !is_function => kind,
            _ => ToolDefinition::FUNCTION.to_owned(),
        },
        name,
        description: text(inner, "description"),
        parameters: schema.filter(|schema| schema.is_object()).map(Json::of),
    })
}

#[cfg(test)]
mod tests {
    use super::definitions;
    use serde_json::json;

    #[test]
    fn every_way_of_writing_a_tool_becomes_one() {
        let schema = json!({"type": "object"});
        let tools = json!([
            {"type": "function", "function": {"name": "a", "description": "Does.", "parameters": schema}},
            {"type": "function", "name": "b", "parameters": schema, "strict": true},
            {"name": "c", "input_schema": schema},
            {"type": "custom", "name": "d", "input_schema": schema},
            {"type": "custom", "custom": {"name": "e", "format": {"type": "text"}}},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
            {"type": "file_search"},
            7, {}, {"name": 5}, {"type": "function"},
        ]);
        assert_eq!(
            serde_json::to_value(definitions(&tools)).unwrap(),
            json!([
                {"type": "function", "name": "a", "description": "Does.", "parameters": schema},
                {"type": "function", "name": "b", "parameters": schema},
                {"type": "function", "name": "c", "parameters": schema},
                {"type": "function", "name": "d", "parameters": schema},
                {"type": "custom", "name": "e"},
                {"type": "web_search_20250305", "name": "web_search"},
                {"type": "file_search", "name": "file_search"},
                {"type": "function", "name": "function"},
            ])
        );
        assert!(definitions(&json!("tools")).is_empty());
    }
}
