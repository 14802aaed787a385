//! A text, whatever a provider makes of one.

use crate::operation::word;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A text, borrowed wherever its JSON has no escapes.
///
/// `Option<Cow<str>>` alone never borrows: serde looks for the attribute on
/// the `Cow` itself. Numbers and flags are taken as they are written; a list
/// of parts is the text of its parts; anything else is empty.
#[derive(Debug, Clone, Default)]
pub(in crate::format) struct Text<'a>(pub(in crate::format) Cow<'a, str>);

impl Text<'_> {
    /// Whether there is anything in it.
    pub(in crate::format) fn is_said(&self) -> bool {
        !self.0.is_empty()
    }

    /// The text, unless there is none in it.
    pub(in crate::format) fn into_string(self) -> Option<String> {
        self.is_said().then(|| self.0.into_owned())
    }

    /// As a word of a bounded length, unless it is empty.
    pub(in crate::format) fn into_word(self) -> Option<String> {
        let word = word::word(&self.0);
        (!word.is_empty()).then(|| word.to_owned())
    }

    /// As an id of a bounded length, unless it is empty.
    pub(in crate::format) fn into_id(self) -> Option<String> {
        let id = word::id(&self.0);
        (!id.is_empty()).then(|| id.into_owned())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

/// What a message says: a text as [`Text`] is, and what lies between its parts.
#[derive(Debug, Default)]
pub(in crate::format) struct Said<'a> {
    pub(in crate::format) text: Text<'a>,
    pub(in crate::format) between: Option<Box<Between>>,
}

/// What lies between the texts of a message; seldom anything.
#[derive(Debug, Default)]
pub(in crate::format) struct Between {
    pub(in crate::format) thoughts: String,
    /// Parts, as the entries of a JSON list.
    pub(in crate::format) images: String,
}

impl<'a> From<Text<'a>> for Said<'a> {
    fn from(text: Text<'a>) -> Self {
        Self {
            text,
            between: None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Said<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SaidVisitor)
    }
}

/// The text that is written as JSON; from some servers the JSON itself.
pub(in crate::format) fn written(json: &RawValue) -> Option<Cow<'_, str>> {
    let json = json.get();
    if !json.starts_with('"') {
        return Some(Cow::Borrowed(json));
    }
    let text: Option<Text<'_>> = serde_json::from_str(json).ok();
    text.map(|text| text.0)
}

/// As [`TextVisitor`], but for lists.
struct SaidVisitor;

macro_rules! as_text {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E: Error>(self, said: $type) -> Result<Self::Value, E> {
            TextVisitor.$method(said).map(|text| Text(text).into())
        })*
    };
}

impl<'de> Visitor<'de> for SaidVisitor {
    type Value = Said<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TextVisitor.expecting(f)
    }

    as_text!(visit_borrowed_str: &'de str, visit_str: &str, visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Said::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Self::Value, A::Error> {
        let (mut text, mut between) = (String::new(), Between::default());
        let append = Append {
            text: &mut text,
            thoughts: Some(&mut between.thoughts),
            images: Some(&mut between.images),
        };
        append.visit_seq(parts)?;
        let is_between = !between.thoughts.is_empty() || !between.images.is_empty();
        Ok(Said {
            text: Text(Cow::Owned(text)),
            between: is_between.then(|| Box::new(between)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, part: A) -> Result<Self::Value, A::Error> {
        TextVisitor.visit_map(part).map(|text| Text(text).into())
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
        Append::to(&mut text).visit_seq(parts)?;
        Ok(Cow::Owned(text))
    }

    /// A part of a message: its `text`.
    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Self::Value, A::Error> {
        let mut text = Cow::Borrowed("");
        while let Some(key) = part.next_key()? {
            match key {
                PartKey::Text | PartKey::Number => text = part.next_value::<Text<'de>>()?.0,
                PartKey::Thinking | PartKey::ImageUrl | PartKey::Other => {
                    let IgnoredAny = part.next_value()?;
                }
            }
        }
        Ok(text)
    }
}

/// As [`TextVisitor`], at the end of a text that has begun: lists may lie in
/// lists, and no text is to be copied once for each of them.
struct Append<'t> {
    text: &'t mut String,
    /// Where thoughts between the texts go, if anywhere.
    thoughts: Option<&'t mut String>,
    /// The same of images.
    images: Option<&'t mut String>,
}

impl<'t> Append<'t> {
    fn to(text: &'t mut String) -> Self {
        Self {
            text,
            thoughts: None,
            images: None,
        }
    }

    /// The same, for one entry of a list.
    fn again(&mut self) -> Append<'_> {
        Append {
            text: self.text,
            thoughts: self.thoughts.as_deref_mut(),
            images: self.images.as_deref_mut(),
        }
    }
}

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
        self.text.push_str(text);
        Ok(())
    }

    // Numbers are no part of a text.
    otherwise_nothing!((), visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut parts: A) -> Result<(), A::Error> {
        while parts.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut part: A) -> Result<(), A::Error> {
        let before = self.text.len();
        while let Some(key) = part.next_key()? {
            match key {
                PartKey::Text => {
                    self.text.truncate(before);
                    part.next_value_seed(Append::to(self.text))?;
                }
                PartKey::Thinking => match self.thoughts.as_deref_mut() {
                    Some(thoughts) => part.next_value_seed(Append::to(thoughts))?,
                    None => drop(part.next_value::<IgnoredAny>()?),
                },
                PartKey::ImageUrl => match self.images.as_deref_mut() {
                    Some(images) => draw(part.next_value()?, images),
                    None => drop(part.next_value::<IgnoredAny>()?),
                },
                PartKey::Number | PartKey::Other => drop(part.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Adds a part with an image to a list of such.
fn draw(image_url: &RawValue, images: &mut String) {
    let before = if images.is_empty() { "" } else { "," };
    let part = [
        before,
        r#"{"type":"image_url","image_url":"#,
        image_url.get(),
        "}",
    ];
    images.extend(part);
}

/// What a part of a message is read for.
#[derive(Deserialize)]
#[serde(field_identifier)]
enum PartKey {
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "thinking")]
    Thinking,
    #[serde(rename = "image_url")]
    ImageUrl,
    /// Where `arbitrary_precision` hides a number in a map.
    #[serde(rename = "$serde_json::private::Number")]
    Number,
    #[serde(other)]
    Other,
}
