//! What a provider writes of an error, whatever its shape.

use super::{ErrorBody, is_word};
use crate::format::lenient::Text;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// An error as an object, a list, a text, a number or a flag. Empty texts are
/// absent.
#[derive(Default)]
pub(in crate::format) struct ErrorObject<'a> {
    message: Cow<'a, str>,
    /// What kind of error it is, in a word.
    kind: Cow<'a, str>,
    code: Cow<'a, str>,
    /// It is no object and no list.
    is_bare: bool,
    is_flagged: bool,
}

impl<'a> ErrorObject<'a> {
    /// What it says; nothing if it says that there is no error.
    pub(in crate::format) fn said(self) -> Option<ErrorBody> {
        let is_error = self.is_flagged
            || [&self.message, &self.kind, &self.code]
                .iter()
                .any(|it| !it.is_empty());
        let text = |text: Cow<'_, str>| (!text.is_empty()).then(|| text.into_owned());
        is_error.then(|| ErrorBody {
            kind: text(self.kind),
            code: text(self.code),
            message: text(self.message),
        })
    }

    /// Whether more of it may stand beside it.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    fn text(text: Cow<'a, str>) -> Self {
        Self {
            message: unless_nothing(text),
            is_bare: true,
            ..Self::default()
        }
    }

    fn flag(is_flagged: bool) -> Self {
        Self {
            is_flagged,
            is_bare: true,
            ..Self::default()
        }
    }

    /// Adds the next entry of a list: its words follow, the first code stays.
    fn append(&mut self, next: Self) {
        if self.message.is_empty() {
            self.message = next.message;
        } else if !next.message.is_empty() {
            let message = self.message.to_mut();
            message.push_str("; ");
            message.push_str(&next.message);
        }
        fill(&mut self.kind, next.kind);
        fill(&mut self.code, next.code);
    }

    /// Adds what stands further out, or is less likely to be the error's own.
    fn otherwise(&mut self, outer: Self) {
        fill(&mut self.message, outer.message);
        fill(&mut self.kind, outer.kind);
        fill(&mut self.code, outer.code);
        self.is_flagged |= outer.is_flagged;
    }
}

fn fill<'a>(known: &mut Cow<'a, str>, other: Cow<'a, str>) {
    if known.is_empty() {
        *known = other;
    }
}

/// Python servers write the absence of a value as a text. A code of 0 means that
/// there was no error.
fn unless_nothing(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_nothing = matches!(text.trim_ascii(), "None" | "null" | "0");
    if is_nothing { Cow::Borrowed("") } else { text }
}

impl<'de: 'a, 'a> Deserialize<'de> for ErrorObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ErrorVisitor { is_entry: false }.deserialize(deserializer)
    }
}

/// By hand: serde's untagged enums read a body once for each variant, and write
/// all of it into the error of those that do not fit.
struct ErrorVisitor {
    /// Of a list, where a number is no code.
    is_entry: bool,
}

impl ErrorVisitor {
    /// An error that is only a number is a code.
    fn number<'a>(&self, number: impl fmt::Display) -> ErrorObject<'a> {
        let code = (!self.is_entry).then(|| number.to_string());
        ErrorObject {
            code: code.map(Cow::Owned).map(unless_nothing).unwrap_or_default(),
            is_bare: true,
            ..ErrorObject::default()
        }
    }
}

impl<'de> DeserializeSeed<'de> for ErrorVisitor {
    type Value = ErrorObject<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ErrorVisitor {
    type Value = ErrorObject<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(ErrorObject::text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ErrorObject::text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(ErrorObject::flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.number(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(self.number(number))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ErrorObject::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = ErrorObject::default();
        while let Some(entry) = list.next_element_seed(Self { is_entry: true })? {
            if !entry.message.is_empty() || !entry.kind.is_empty() {
                all.append(entry);
            }
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Error => fields.error = map.next_value()?,
                Key::Errors => fields.errors = map.next_value()?,
                Key::Message | Key::Msg => fields.message.otherwise(map.next_value()?),
                Key::Detail => fields.detail = map.next_value()?,
                Key::Type => fields.r#type = map.next_value()?,
                Key::ErrorType => fields.error_type = map.next_value()?,
                Key::Status => fields.status = map.next_value()?,
                Key::Code => fields.code = map.next_value()?,
                Key::Number => return Ok(self.number(map.next_value::<Text<'de>>()?.0)),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields.into_error())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Error,
    Errors,
    Message,
    Msg,
    Detail,
    Type,
    ErrorType,
    Status,
    Code,
    /// Where `arbitrary_precision` hides a number in a map.
    #[serde(rename = "$serde_json::private::Number")]
    Number,
    #[serde(other)]
    Other,
}

/// What is read of an object.
#[derive(Default)]
struct Fields<'a> {
    error: ErrorObject<'a>,
    errors: ErrorObject<'a>,
    message: ErrorObject<'a>,
    detail: ErrorObject<'a>,
    r#type: Text<'a>,
    error_type: Text<'a>,
    status: Text<'a>,
    code: Text<'a>,
}

impl<'a> Fields<'a> {
    fn into_error(self) -> ErrorObject<'a> {
        let mut said = self.error;
        let text = if said.is_bare {
            std::mem::take(&mut said.message)
        } else {
            Cow::default()
        };
        said.is_bare = false;
        for one in [self.errors, self.message, self.detail] {
            said.otherwise(one);
        }
        // A text that has words beside it is the name of the error.
        let name = if said.message.is_empty() {
            said.message = text;
            Cow::default()
        } else {
            text
        };
        let (status, number) = name_or_number(self.status.0);
        // Anthropic's frames say that they are errors, not of which kind.
        let kinds = [self.r#type.0, self.error_type.0, status, name];
        for kind in kinds.into_iter().map(unless_nothing) {
            if is_word(&kind) && kind != "error" {
                fill(&mut said.kind, kind);
            } else {
                // What is no word still says that there is an error.
                said.is_flagged |= !kind.is_empty() && kind != "error";
            }
        }
        fill(&mut said.code, unless_nothing(self.code.0));
        fill(&mut said.code, unless_nothing(number));
        said
    }
}

/// Google names the status, others repeat its number.
fn name_or_number(status: Cow<'_, str>) -> (Cow<'_, str>, Cow<'_, str>) {
    if status.bytes().all(|byte| byte.is_ascii_digit()) {
        (Cow::default(), status)
    } else {
        (status, Cow::default())
    }
}
