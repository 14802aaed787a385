//! What a receiver's answer says.

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Read leniently: an answer that says "no" in its own way is no acknowledgement.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) data: Option<Map<String, Value>>,
    pub(super) errors: Vec<GraphqlError>,
}

#[derive(Debug)]
pub(super) struct GraphqlError {
    pub(super) message: Option<String>,
    path: Vec<Value>,
}

impl Answer {
    /// `None` if it is no GraphQL answer at all. Of one that cannot be read to
    /// its end, as it is broken or longer than what is read, the beginning counts.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let mut said = Said::default();
        // An error says where it broke: what came before is here by then.
        drop(serde_json::Deserializer::from_slice(body).deserialize_map(&mut said));
        let data = match said.data {
            Some(Value::Object(data)) => Some(data),
            _ => None,
        };
        let errors = match said.errors {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(errors)) => errors,
            Some(error) => vec![error],
        };
        let errors = errors.iter().map(GraphqlError::of).collect();
        said.is_object.then_some(Self { data, errors })
    }
}

/// The fields of an answer, as far as they were read.
#[derive(Debug, Default)]
struct Said {
    is_object: bool,
    data: Option<Value>,
    errors: Option<Value>,
}

impl<'de> Visitor<'de> for &mut Said {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        self.is_object = true;
        while let Some(field) = fields.next_key::<String>()? {
            match field.as_str() {
                "data" => self.data = Some(fields.next_value()?),
                "errors" => {
                    // There are some, also if nobody can read them.
                    let errors = fields.next_value();
                    let is_broken = errors.is_err();
                    self.errors = Some(errors.unwrap_or(Value::Bool(true)));
                    if is_broken {
                        return Ok(());
                    }
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl GraphqlError {
    fn of(error: &Value) -> Self {
        let message = match error {
            Value::String(message) => Some(message.clone()),
            error => error
                .get("message")
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        let path = error.get("path").and_then(Value::as_array);
        Self {
            message,
            path: path.cloned().unwrap_or_default(),
        }
    }

    pub(super) fn is_of(&self, alias: &str) -> bool {
        self.path.first().and_then(Value::as_str) == Some(alias)
    }
}
