//! A text, whatever a provider makes of one.

use crate::operation::word;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A text, borrowed wherever its JSON has no escapes.
///
/// `Option<Cow<str>>` alone never borrows: serde looks for the attribute on
/// the `Cow` itself. Numbers and flags are taken as they are written; a list
/// of parts is the text of its parts; anything else is empty.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Text<'a>(pub(in crate::api) Cow<'a, str>);

impl Text<'_> {
    /// The text, unless there is none in it.
    pub(in crate::api) fn into_string(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.into_owned())
    }

    /// As a word of a bounded length, unless it is empty.
    pub(in crate::api) fn into_word(self) -> Option<String> {
        let word = word::word(&self.0);
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// As an id of a bounded length, unless it is empty.
    pub(in crate::api) fn into_id(self) -> Option<String> {
        let id = word::id(&self.0);
        (!id.is_empty()).then(|| id.into_owned())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Cow::Owned(flag.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cow::Owned(number.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Self::Value, A::Error> {
        let mut text = String::new();
        Append(&mut text).visit_seq(parts)?;
        Ok(Cow::Owned(text))
    }

    /// A part of a message: its `text`.
    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Self::Value, A::Error> {
        let mut text = Cow::Borrowed("");
        while let Some(key) = part.next_key()? {
            match key {
                PartKey::Text | PartKey::Number => text = part.next_value::<Text<'de>>()?.0,
                PartKey::Other => drop(part.next_value::<IgnoredAny>()?),
            }
        }
        Ok(text)
    }
}

/// As [`TextVisitor`], at the end of a text that has begun: lists may lie in
/// lists, and no text is to be copied once for each of them.
struct Append<'t>(&'t mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }

    // Numbers are no part of a text.
    otherwise_nothing!((), visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<(), A::Error> {
        while parts.next_element_seed(Append(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<(), A::Error> {
        let before = self.0.len();
        while let Some(key) = part.next_key()? {
            match key {
                PartKey::Text => {
                    self.0.truncate(before);
                    part.next_value_seed(Append(self.0))?;
                }
                PartKey::Number | PartKey::Other => drop(part.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// What a part of a message is read for.
#[derive(Deserialize)]
#[serde(field_identifier)]
enum PartKey {
    #[serde(rename = "text")]
    Text,
    /// Where `arbitrary_precision` hides a number in a map.
    #[serde(rename = "$serde_json::private::Number")]
    Number,
    #[serde(other)]
    Other,
}
