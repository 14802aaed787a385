//! Keyed digests of what was said.

use crate::operation::{Message, Part};
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What digests are keyed by: whoever has only the file that they are in cannot
/// try what was said.
#[derive(Clone)]
pub(crate) struct HistoryKey(Hmac<Sha256>);

/// Half of an HMAC-SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Digest(u64, u64);

/// A digest in the making. What is added is told apart from what follows it.
#[derive(Clone)]
pub(super) struct Digester(Hmac<Sha256>);

impl HistoryKey {
    /// Of a secret of the program, which is not in the file.
    pub(crate) fn of(secret: &str) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        let digest = Sha256::digest(format!("turnspan history {secret}"));
        for (to, from) in key.iter_mut().zip(digest) {
            *to = from;
        }
        Self(Hmac::new(&key))
    }

    pub(super) fn digester(&self) -> Digester {
        Digester(self.0.clone())
    }

    pub(super) fn digest(&self, fields: &[&str]) -> Digest {
        let mut digester = self.digester();
        for field in fields {
            digester.text(field);
        }
        digester.finish()
    }
}

impl fmt::Debug for HistoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Digester {
    pub(super) fn text(&mut self, text: &str) {
        self.number(u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    fn count(&mut self, kind: &str, count: usize) {
        self.text(kind);
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    pub(super) fn digest(&mut self, Digest(first, second): Digest) {
        self.number(first);
        self.number(second);
    }

    /// Of a message that has results they are all that is sure to stay.
    pub(super) fn message(&mut self, message: &Message) {
        let has_results = message.has_results();
        let role = if has_results {
            "results"
        } else {
            &message.role
        };
        self.text(role);
        self.text(message.name.as_deref().unwrap_or_default());
        let parts = message.parts.iter();
        let counted = parts.filter(|part| !has_results || part.is_result());
        for part in counted {
            self.part(part);
        }
    }

    /// Its text, or the id that stands for it. What was thought may be left out
    /// the next time.
    pub(super) fn part(&mut self, part: &Part) {
        let (kind, text) = match part {
            Part::Text { content, .. } | Part::Refusal { content } if content.is_empty() => return,
            Part::Text { content, .. } | Part::Refusal { content } => ("text", Some(content)),
            Part::ToolCall { id, .. } | Part::ServerToolCall { id, .. } => ("call", id.as_ref()),
            Part::ServerToolCallResponse { id, .. } => ("found", id.as_ref()),
            Part::ToolCallResponse { id, response } => {
                self.text(response.as_str());
                ("result", id.as_ref())
            }
            Part::Blob { sha256, .. } => ("blob", sha256.as_ref()),
            Part::File { file_id, .. } => ("file", Some(file_id)),
            Part::Uri { uri, .. } => ("uri", Some(uri)),
            Part::Reasoning { .. } | Part::Other { .. } => return,
        };
        self.text(kind);
        self.text(text.map_or("", String::as_str));
    }

    /// The same for all ways to write the same.
    pub(super) fn json(&mut self, value: &Value) {
        match value {
            Value::Array(list) => {
                self.count("list", list.len());
                for entry in list {
                    self.json(entry);
                }
            }
            Value::Object(map) => {
                self.count("map", map.len());
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                for (key, entry) in entries {
                    self.text(key);
                    self.json(entry);
                }
            }
            Value::Number(number) => {
                self.text("number");
                self.number(number.as_f64().unwrap_or_default().to_bits());
            }
            Value::String(text) => {
                self.text("text");
                self.text(text);
            }
            Value::Bool(_) | Value::Null => self.text(&value.to_string()),
        }
    }

    pub(super) fn finish(self) -> Digest {
        let mut bytes = self.0.finalize().into_bytes().into_iter();
        let mut half =
            || u64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or_default()));
        Digest(half(), half())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_digest_depends_on_the_key_and_on_where_a_text_ends() {
        let key = HistoryKey::of("tes_key");
        assert_eq!(key.digest(&["ab", "c"]), key.digest(&["ab", "c"]));
        assert_ne!(key.digest(&["ab", "c"]), key.digest(&["a", "bc"]));
        assert_ne!(key.digest(&["ab"]), HistoryKey::of("other").digest(&["ab"]));
        assert!(!format!("{key:?}").contains("tes_key"));
    }

    #[test]
    fn json_is_the_same_however_it_is_written() {
        let key = HistoryKey::of("tes_key");
        let digest = |json: &str| {
            let mut digester = key.digester();
            digester.json(&serde_json::from_str(json).unwrap());
            digester.finish()
        };
        let one = digest(r#"{"a": [1, "\u0041"], "b": null}"#);
        assert_eq!(one, digest("{\n\"b\":null,\"a\":[1.0,\"A\"]}"));
        for other in [json!({"a": [1, "A"]}), json!({"a": ["1", "A"], "b": null})] {
            assert_ne!(one, digest(&other.to_string()), "{other}");
        }
    }
}
