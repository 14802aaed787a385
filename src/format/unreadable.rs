//! Why bytes are not what a format says, and what can be done.

use crate::repair::repaired;
use serde_json::Value;
use std::fmt::{self, Write};

/// The bytes are not what the format says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// They are no JSON, or say something else.
    OfAnotherShape,
    /// An object has a field twice. Most readers of JSON take the last.
    WithRepeats,
}

/// How many bytes of one answer may be read anew, as objects in them have a field
/// twice: that takes longer than reading them.
#[derive(Debug)]
pub(crate) struct Merges(usize);

impl Default for Merges {
    fn default() -> Self {
        Self(64 << 10)
    }
}

impl Unreadable {
    /// The JSON as it may be read, if it can be mended.
    pub(super) fn mended(self, json: &[u8], merges: &mut Merges) -> Option<String> {
        match self {
            Self::OfAnotherShape => repaired(json),
            Self::WithRepeats => {
                merges.0 = merges.0.checked_sub(json.len())?;
                merged(json)
            }
        }
    }
}

/// The JSON with the last of the fields of each name.
pub(super) fn merged(json: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(json).ok()?;
    Some(value.to_string())
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        let mut beginning = Beginning("duplicate field");
        let is_it = error.is_data() && write!(beginning, "{error}").is_err();
        if is_it && beginning.0.is_empty() {
            Self::WithRepeats
        } else {
            Self::OfAnotherShape
        }
    }
}

/// Compares the beginning of a text, and takes no more of it.
struct Beginning(&'static str);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let both = self.0.len().min(text.len());
        let (expected, rest) = self.0.split_at_checked(both).ok_or(fmt::Error)?;
        if !text.starts_with(expected) {
            return Err(fmt::Error);
        }
        self.0 = rest;
        if rest.is_empty() {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Read {
        a: Option<u64>,
    }

    fn why(json: &str) -> Option<Unreadable> {
        let read: Result<Read, _> = serde_json::from_str(json);
        read.err().map(Unreadable::from)
    }

    #[test]
    fn a_field_that_is_there_twice_is_told_from_all_else() {
        assert_eq!(why(r#"{"a": 1, "a": 2}"#), Some(Unreadable::WithRepeats));
        for other in ["{", "[]", r#"{"a": "duplicate field"}"#, "null"] {
            assert_eq!(why(other), Some(Unreadable::OfAnotherShape), "{other}");
        }
        assert_eq!(why(r#"{"b": 1, "b": 2}"#), None);
    }

    #[test]
    fn the_last_of_them_holds_as_far_as_there_is_room() {
        let mut merges = Merges(20);
        let mended = |json: &str, merges: &mut Merges| {
            Unreadable::WithRepeats.mended(json.as_bytes(), merges)
        };
        let json = r#"{"a":1,"a":2}"#;
        assert_eq!(mended(json, &mut merges).as_deref(), Some(r#"{"a":2}"#));
        assert_eq!(mended(json, &mut merges), None);
    }
}
