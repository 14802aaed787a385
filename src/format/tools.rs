//! Tools that a request offers, out of what the formats write.

use crate::operation::{Json, ToolDefinition};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The fields of an object, unread.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The tools of a list; what is none costs itself alone.
pub(super) fn definitions(tools: Option<&RawValue>) -> Vec<ToolDefinition> {
    let tools: Option<Vec<&RawValue>> = tools.and_then(|it| serde_json::from_str(it.get()).ok());
    let tools = tools.into_iter().flatten();
    tools.filter_map(definition).collect()
}

/// A tool lies flat, or below its own type. One that the caller runs has a
/// schema of what it takes; one that the provider runs may have nothing but a
/// type.
fn definition(tool: &RawValue) -> Option<ToolDefinition> {
    let flat = fields(tool)?;
    let kind = text(&flat, "type");
    let below = kind.as_ref().and_then(|kind| fields(flat.get(kind)?));
    let inner = below.unwrap_or(flat);
    let schema = inner
        .get("parameters")
        .or_else(|| inner.get("input_schema"));
    let is_function = schema.is_some() || kind.is_none();
    let name = text(&inner, "name").or_else(|| kind.clone())?;
    Some(ToolDefinition {
        kind: match kind {
            Some(kind) if !is_function => kind,
            _ => ToolDefinition::FUNCTION.to_owned(),
        },
        name,
        description: text(&inner, "description"),
        parameters: schema
            .filter(|it| fields(it).is_some())
            .map(|it| Json::or_text(it.get())),
    })
}

fn fields(object: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(object.get()).ok()
}

fn text(fields: &Fields<'_>, key: &str) -> Option<String> {
    serde_json::from_str(fields.get(key)?.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::definitions;
    use crate::operation::ToolDefinition;
    use serde_json::json;

    fn read(tools: &str) -> Vec<ToolDefinition> {
        definitions(Some(serde_json::from_str(tools).unwrap()))
    }

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
            serde_json::to_value(read(&tools.to_string())).unwrap(),
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
        assert!(read("\"tools\"").is_empty() && definitions(None).is_empty());
    }

    #[test]
    fn half_a_character_and_depth_cost_a_tool_what_they_are_in() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        let tools = format!(
            r#"[{{"name": "a", "description": "\ud83d", "input_schema": {{"z": 1e999, "a": 1}}}},
                {{"name": "b", "input_schema": {deep}}}]"#
        );
        let read = read(&tools);
        assert_eq!([&*read[0].name, &*read[1].name], ["a", "b"]);
        assert_eq!(read[0].description, None);
        // In the order that its author chose.
        let schema = read[0].parameters.as_ref().unwrap();
        assert_eq!(schema.as_str(), r#"{"z": 1e999, "a": 1}"#);
    }
}
