//! What the body of a request says of its format: the fields that it has.

use super::lenient::Text;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// Whether a body is an object that has all of these fields, null being none.
pub(super) fn has_all(body: &[u8], fields: &[&str]) -> bool {
    found(body, fields).is_some_and(|found| found.count_ones() as usize == fields.len())
}

/// Whether a body is an object that has one of these fields at least.
pub(super) fn has_any(body: &[u8], fields: &[&str]) -> bool {
    found(body, fields).is_some_and(|found| found > 0)
}

/// A bit for each field that is there.
fn found(body: &[u8], fields: &[&str]) -> Option<u64> {
    let mut json = serde_json::Deserializer::from_slice(body);
    json.deserialize_map(FieldsVisitor(fields)).ok()
}

struct FieldsVisitor<'f>(&'f [&'f str]);

impl<'de> Visitor<'de> for FieldsVisitor<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut found = 0;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let is_there = map.next_value::<Option<IgnoredAny>>()?.is_some();
            let at = self.0.iter().position(|field| *field == key.0);
            if let Some(at) = at.filter(|_| is_there) {
                found |= 1 << at;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{has_all, has_any};

    #[test]
    fn fields_count_wherever_they_stand_and_null_is_none() {
        let body = br#"{"b": null, "a": {"c": 1}, "d": "\ud83d", "a": 7}"#;
        assert!(has_all(body, &["a", "d"]));
        assert!(!has_all(body, &["a", "b"]));
        assert!(!has_all(body, &["a", "c"]));
        assert!(has_any(body, &["x", "a"]));
        assert!(!has_any(body, &["b", "c"]));
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        for body in ["", "[]", "\"a\"", "{\"a\": 1", "7"] {
            assert!(!has_any(body.as_bytes(), &["a"]), "{body}");
        }
    }
}
