//! A piece of JSON that passes through unread.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON text kept as it was written: key order, numbers and all.
#[derive(Debug, Clone)]
pub(crate) struct Json(Box<RawValue>);

/// Readers take no JSON that is nested deeper than they allow, 128 levels often,
/// and ours stands within other.
const MAX_DEPTH: usize = 64;

impl Json {
    /// Keeps `text` as JSON if it is JSON, else as a JSON string.
    ///
    /// Models write tool arguments that do not parse, or that nobody else would
    /// read; they are kept as text.
    pub(crate) fn or_text(text: &str) -> Self {
        match serde_json::from_str::<Box<RawValue>>(text) {
            Ok(raw) if !is_too_deep(text) => Self(raw),
            Ok(_) | Err(_) => Self::text(text),
        }
    }

    /// `text` as a JSON string.
    pub(crate) fn text(text: &str) -> Self {
        Self::of(&Value::from(text))
    }

    /// Any value as JSON.
    pub(crate) fn of(value: &Value) -> Self {
        Self(RawValue::from_string(value.to_string()).unwrap_or_default())
    }

    /// The JSON text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.get()
    }
}

/// Whether JSON is nested deeper than others read.
pub(crate) fn is_too_deep(json: &str) -> bool {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    json.bytes().any(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    /// By way of `Value`: a raw value cannot be read inside a tagged enum.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::of(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_deeper_than_others_read_is_a_text() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let is_text = |json: &str| Json::or_text(json).as_str().starts_with('"');
        assert!(!is_text(&nested(MAX_DEPTH)) && is_text(&nested(MAX_DEPTH + 1)));
        let wide = format!(r#"[{}"\"[[",1]"#, r#"{"a":[]},"#.repeat(1000));
        assert!(!is_text(&wide));
        assert!(!is_too_deep(&Value::from(nested(1000)).to_string()));
    }
}
