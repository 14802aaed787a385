//! A piece of JSON that passes through unread.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON text kept as it was written: key order, numbers and all.
#[derive(Debug, Clone)]
pub(crate) struct Json(Box<RawValue>);

impl Json {
    /// Keeps `text` as JSON if it is JSON, else as a JSON string.
    ///
    /// Models write tool arguments that do not parse; they are kept as text.
    pub(crate) fn or_text(text: &str) -> Self {
        match serde_json::from_str::<Box<RawValue>>(text) {
            Ok(raw) => Self(raw),
            Err(_) => Self::text(text),
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
