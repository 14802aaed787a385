//! Values of `tracing` fields in the types that the conventions ask for.
//!
//! A field holds a number, a flag or a text; unsigned numbers arrive as texts,
//! and a list only as what `Debug` makes of it.

use crate::semconv::{
    BOOLEAN_ATTRIBUTES, DOUBLE_ATTRIBUTES, INT_ATTRIBUTES, STRING_ATTRIBUTES,
    STRING_LIST_ATTRIBUTES,
};
use opentelemetry::{Array, KeyValue, StringValue, Value};

/// The attribute with its value in the right type, where that can be had.
pub(super) fn typed(attribute: KeyValue) -> KeyValue {
    let KeyValue { key, value, .. } = attribute;
    let is = |list: &[&str]| list.contains(&key.as_str());
    let value = if !key.as_str().starts_with("gen_ai.") {
        value
    } else if is(INT_ATTRIBUTES) {
        int(value)
    } else if is(DOUBLE_ATTRIBUTES) {
        double(value)
    } else if is(BOOLEAN_ATTRIBUTES) {
        boolean(value)
    } else if is(STRING_LIST_ATTRIBUTES) {
        strings(value)
    } else if is(STRING_ATTRIBUTES) {
        string(value)
    } else {
        value
    };
    KeyValue::new(key, value)
}

fn int(value: Value) -> Value {
    match &value {
        Value::String(text) => text.as_str().parse::<i64>().map_or(value, Value::I64),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and small, as tested"
        )]
        Value::F64(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Value::I64(*number as i64)
        }
        _ => value,
    }
}

fn double(value: Value) -> Value {
    match &value {
        Value::String(text) => text.as_str().parse::<f64>().map_or(value, Value::F64),
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is meant")]
        Value::I64(number) => Value::F64(*number as f64),
        _ => value,
    }
}

fn boolean(value: Value) -> Value {
    match &value {
        Value::String(text) => text.as_str().parse().map_or(value, Value::Bool),
        _ => value,
    }
}

fn string(value: Value) -> Value {
    match value {
        Value::String(text) => unquoted(text.as_str()).into(),
        Value::Array(_) => value,
        other => other.to_string().into(),
    }
}

/// A list, from what `Debug` wrote of one; a text alone is a list of one.
fn strings(value: Value) -> Value {
    let Value::String(text) = value else {
        return value;
    };
    let text = text.as_str();
    let items: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| {
        match text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
        {
            Some("") => Vec::new(),
            Some(items) => items.split(", ").map(unquoted).collect(),
            None => vec![unquoted(text)],
        }
    });
    let items = items.into_iter().map(StringValue::from).collect();
    Value::Array(Array::String(items))
}

/// The text that `Debug` wrote in quotes.
fn unquoted(text: &str) -> String {
    if text.len() >= 2 && text.starts_with('"') {
        return serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::typed;
    use opentelemetry::{Array, KeyValue, Value};

    fn value(key: &'static str, value: impl Into<Value>) -> Value {
        typed(KeyValue::new(key, value)).value
    }

    fn list(items: &[&'static str]) -> Value {
        Value::Array(Array::String(
            items.iter().map(|item| (*item).into()).collect(),
        ))
    }

    #[test]
    fn numbers_and_flags_are_what_they_are() {
        for given in [Value::from("12"), 12.0.into(), 12.into()] {
            assert_eq!(value("gen_ai.usage.input_tokens", given), Value::I64(12));
        }
        assert_eq!(value("gen_ai.request.temperature", 1), Value::F64(1.0));
        assert_eq!(value("gen_ai.request.temperature", "0.5"), Value::F64(0.5));
        assert_eq!(value("gen_ai.request.stream", "true"), Value::Bool(true));
    }

    #[test]
    fn lists_are_lists() {
        let key = "gen_ai.response.finish_reasons";
        assert_eq!(
            value(key, r#"["stop", "a, \"b\""]"#),
            list(&["stop", "a, \"b\""])
        );
        assert_eq!(value(key, "[Stop, Length]"), list(&["Stop", "Length"]));
        assert_eq!(value(key, "[]"), list(&[]));
        assert_eq!(value(key, "stop"), list(&["stop"]));
    }

    #[test]
    fn texts_lose_the_quotes_of_debug_and_nothing_else() {
        assert_eq!(value("gen_ai.request.model", "\"gpt-4o\""), "gpt-4o".into());
        assert_eq!(value("gen_ai.request.model", 4), "4".into());
        assert_eq!(value("gen_ai.request.model", "\""), "\"".into());
    }

    #[test]
    fn what_cannot_be_had_stays_and_other_names_are_let_be() {
        assert_eq!(value("gen_ai.usage.input_tokens", "many"), "many".into());
        assert_eq!(value("http.route", "12"), "12".into());
        assert_eq!(value("gen_ai.input.messages", "[]"), "[]".into());
    }
}
