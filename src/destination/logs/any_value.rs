//! Values of log records, which may have structure.

use crate::operation::ToolDefinition;
use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, Value};
use serde::Serialize;

pub(super) fn json_list(items: &[impl Serialize]) -> Option<String> {
    (!items.is_empty()).then(|| json(&items)).flatten()
}

pub(super) fn json(value: &impl Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// Definitions of tools, with their descriptions and parameters if `full`.
pub(super) fn tools(tools: &[ToolDefinition], full: bool) -> Option<String> {
    if full {
        return json_list(tools);
    }
    let brief: Vec<_> = tools.iter().map(ToolDefinition::brief).collect();
    json_list(&brief)
}

/// JSON in structure; a text that is none stays a text.
pub(super) fn of_json_text(text: String) -> AnyValue {
    serde_json::from_str(&text).map_or_else(|_| text.into(), of_json)
}

fn of_json(json: serde_json::Value) -> AnyValue {
    use serde_json::Value as Json;
    match json {
        // There is no null among the values of attributes.
        Json::Null => AnyValue::from(""),
        Json::Bool(flag) => flag.into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.into_iter().map(of_json).collect(),
        Json::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields.map(|(key, value)| (key, of_json(value))).collect()
        }
    }
}

pub(super) fn any(value: &Value) -> AnyValue {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::I64(whole) => (*whole).into(),
        Value::F64(number) => (*number).into(),
        Value::Array(Array::String(texts)) => {
            texts.iter().map(|text| text.as_str().to_owned()).collect()
        }
        Value::Array(Array::I64(list)) => list.iter().copied().collect(),
        Value::Array(Array::F64(list)) => list.iter().copied().collect(),
        Value::Array(Array::Bool(list)) => list.iter().copied().collect(),
        other => other.as_str().into_owned().into(),
    }
}
