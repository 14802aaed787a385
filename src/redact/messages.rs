//! Lists of messages in JSON: which part of them is of which field.

use super::field::Field;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::ops::Range;

/// What tells of a message, and not what was said.
const ABOUT_MESSAGES: [&str; 5] = ["role", "name", "id", "finish_reason", "type"];

/// What tells of a part.
const ABOUT_PARTS: [&str; 8] = [
    "type",
    "id",
    "name",
    "tool_call_id",
    "modality",
    "mime_type",
    "byte_size",
    "sha256",
];

/// The parts of a list of messages, or of parts of one, in their order and with
/// their fields: the conventions' shape, and OpenAI's. What is neither is of
/// `field` as a whole.
pub(super) fn regions(json: &str, field: Field) -> Vec<(Range<usize>, Field)> {
    let mut regions = Regions {
        start: json.as_ptr().addr(),
        found: Vec::new(),
    };
    match serde_json::from_str::<Vec<&RawValue>>(json) {
        Ok(items) => items.into_iter().for_each(|item| regions.item(item, field)),
        Err(_) => regions.found.push((0..json.len(), field)),
    }
    regions.found
}

struct Regions {
    start: usize,
    found: Vec<(Range<usize>, Field)>,
}

impl Regions {
    fn add(&mut self, json: &RawValue, field: Field) {
        let start = json.get().as_ptr().addr() - self.start;
        self.found.push((start..start + json.get().len(), field));
    }

    fn item(&mut self, item: &RawValue, field: Field) {
        let Ok(entries) = serde_json::from_str::<Entries<'_>>(item.get()) else {
            return self.add(item, field);
        };
        let is_part = entries.text("type").is_some() && entries.text("role").is_none();
        if is_part {
            return self.part(&entries, field);
        }
        let role = entries.text("role");
        let field = role.and_then(|role| Field::of_role(&role)).unwrap_or(field);
        for (key, value) in &entries.0 {
            match key.as_str() {
                "parts" | "content" => self.parts(value, field),
                "tool_calls" | "function_call" => self.add(value, Field::ToolArguments),
                key if ABOUT_MESSAGES.contains(&key) => {}
                _ => self.add(value, field),
            }
        }
    }

    fn parts(&mut self, parts: &RawValue, field: Field) {
        let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(parts.get()) else {
            return self.add(parts, field);
        };
        for part in list {
            match serde_json::from_str::<Entries<'_>>(part.get()) {
                Ok(entries) => self.part(&entries, field),
                Err(_) => self.add(part, field),
            }
        }
    }

    fn part(&mut self, entries: &Entries<'_>, field: Field) {
        let kind = entries.text("type");
        let field = kind.and_then(|kind| Field::of_part(&kind)).unwrap_or(field);
        for (key, value) in &entries.0 {
            if !ABOUT_PARTS.contains(&key.as_str()) {
                self.add(value, field);
            }
        }
    }
}

/// An object with all its entries, also repeated ones.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl Entries<'_> {
    fn text(&self, key: &str) -> Option<String> {
        let (_, value) = self.0.iter().find(|(known, _)| known == key)?;
        serde_json::from_str(value.get()).ok()
    }
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Vec<String> {
        let regions = regions(json, Field::AssistantResponse);
        let show = |(range, field): (Range<usize>, Field)| {
            format!("{field:?} {}", json.get(range).unwrap())
        };
        regions.into_iter().map(show).collect()
    }

    #[test]
    fn parts_of_messages_have_the_field_of_their_role_and_kind() {
        let json = r#"[
            {"parts":[{"type":"text","content":"q"}],"role":"user"},
            {"role":"system","parts":[{"content":"s","type":"text"}]},
            {"role":"assistant","parts":[
                {"type":"tool_call","id":"c","name":"f","arguments":{"a":1}},
                {"type":"text","content":"a","content":"b"}],"finish_reason":"stop"},
            {"role":"tool","parts":[{"type":"tool_call_response","id":"c","response":[1]}]}]"#;
        assert_eq!(
            shown(json),
            [
                r#"UserMessage "q""#,
                r#"SystemPrompt "s""#,
                r#"ToolArguments {"a":1}"#,
                r#"AssistantResponse "a""#,
                r#"AssistantResponse "b""#,
                "ToolResults [1]",
            ]
        );
    }

    #[test]
    fn other_shapes_have_fields_too() {
        assert_eq!(
            shown(
                r#"[{"role":"user","content":"q","tool_calls":[1]}, "x", {"type":"text","content":"p"}]"#
            ),
            [
                r#"UserMessage "q""#,
                "ToolArguments [1]",
                r#"AssistantResponse "x""#,
                r#"AssistantResponse "p""#,
            ]
        );
        assert_eq!(shown("text"), ["AssistantResponse text"]);
        assert_eq!(shown(r#"{"a":1}"#), [r#"AssistantResponse {"a":1}"#]);
    }
}
