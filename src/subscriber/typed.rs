//! Values of `tracing` fields in the types that the conventions ask for.
//!
//! A field holds a number, a flag or a text; unsigned numbers arrive as texts,
//! and a list only as what `Debug` makes of it.

use crate::conventions::whole;
use crate::semconv::{
    BOOLEAN_ATTRIBUTES, DOUBLE_ATTRIBUTES, INT_ATTRIBUTES, STRING_ATTRIBUTES,
    STRING_LIST_ATTRIBUTES,
};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use std::str::Chars;

/// The attribute with its value in the right type, where that can be had.
/// Nothing if there is no value: `Debug` writes `None` of an option.
pub(super) fn typed(attribute: KeyValue) -> Option<KeyValue> {
    let KeyValue { key, value, .. } = attribute;
    let convert = conversion(key.as_str());
    let Some(convert) = convert else {
        return Some(KeyValue::new(key, value));
    };
    let value = match value {
        Value::String(text) => Value::from(within_some(text.as_str())?.to_owned()),
        other => other,
    };
    Some(KeyValue::new(key, convert(value)))
}

/// A way to the type that the conventions ask for.
type Conversion = fn(Value) -> Value;

/// How a field with that name gets its type, if the name is known.
fn conversion(key: &str) -> Option<Conversion> {
    let by_type: [(&[&str], Conversion); 5] = [
        (INT_ATTRIBUTES, int),
        (DOUBLE_ATTRIBUTES, double),
        (BOOLEAN_ATTRIBUTES, boolean),
        (STRING_LIST_ATTRIBUTES, strings),
        (STRING_ATTRIBUTES, string),
    ];
    let known = by_type.into_iter().find(|(list, _)| list.contains(&key));
    known
        .filter(|_| key.starts_with("gen_ai."))
        .map(|(_, convert)| convert)
}

/// What an option holds, as `Debug` writes it.
fn within_some(text: &str) -> Option<&str> {
    if text == "None" {
        return None;
    }
    let within = text
        .strip_prefix("Some(")
        .and_then(|text| text.strip_suffix(')'));
    Some(within.unwrap_or(text))
}

fn int(value: Value) -> Value {
    match &value {
        Value::String(text) => text.as_str().parse::<i64>().map_or(value, Value::I64),
        Value::F64(number) => whole(*number).map_or(value, Value::I64),
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
    let items: Vec<String> = serde_json::from_str(text)
        .ok()
        .or_else(|| debug_list(text))
        .unwrap_or_else(|| vec![unquoted(text)]);
    let items = items.into_iter().map(StringValue::from).collect();
    Value::Array(Array::String(items))
}

/// The text that `Debug` wrote in quotes.
fn unquoted(text: &str) -> String {
    match debug_text(text) {
        Some((item, "")) => item,
        _ => text.to_owned(),
    }
}

/// The items of a list that `Debug` wrote: texts in quotes, or words.
fn debug_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (item, after) = debug_text(rest).unwrap_or_else(|| {
            let (word, _) = rest.split_once(", ").unwrap_or((rest, ""));
            (word.to_owned(), rest.get(word.len()..).unwrap_or_default())
        });
        items.push(item);
        rest = match after {
            "" => after,
            _ => after.strip_prefix(", ")?,
        };
    }
    Some(items)
}

/// The text in quotes at the beginning, and what follows it.
fn debug_text(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.chars();
    let mut item = String::new();
    loop {
        match chars.next()? {
            '"' => return Some((item, chars.as_str())),
            '\\' => item.push(escaped(&mut chars)?),
            char => item.push(char),
        }
    }
}

/// The character that an escape of `Debug` stands for.
fn escaped(chars: &mut Chars<'_>) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        'u' => {
            let (code, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            *chars = after.chars();
            char::from_u32(u32::from_str_radix(code, 16).ok()?)?
        }
        char => char,
    })
}

#[cfg(test)]
mod tests {
    use super::typed;
    use opentelemetry::{Array, KeyValue, Value};

    fn value(key: &'static str, value: impl Into<Value>) -> Value {
        typed(KeyValue::new(key, value)).unwrap().value
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
    fn lists_are_read_as_debug_writes_them() {
        let key = "gen_ai.request.stop_sequences";
        for items in [
            ["a, b", "\u{1b}"],
            ["\"", "\\"],
            ["", "\n\0\u{1f600}'"],
            ["]", "["],
        ] {
            assert_eq!(value(key, format!("{items:?}")), list(&items));
        }
        assert_eq!(value(key, r#"["open"#), list(&[r#"["open"#]));
    }

    #[test]
    fn an_option_is_what_it_holds() {
        let max_tokens = "gen_ai.request.max_tokens";
        assert_eq!(value(max_tokens, format!("{:?}", Some(5))), Value::I64(5));
        assert_eq!(value("gen_ai.request.model", r#"Some("m")"#), "m".into());
        for key in [max_tokens, "gen_ai.request.model"] {
            assert!(typed(KeyValue::new(key, "None")).is_none());
        }
    }

    #[test]
    fn what_cannot_be_had_stays_and_other_names_are_let_be() {
        assert_eq!(value("gen_ai.usage.input_tokens", "many"), "many".into());
        assert_eq!(value("http.route", "12"), "12".into());
        assert_eq!(value("gen_ai.input.messages", "[]"), "[]".into());
    }
}
