//! The error object of a refusal, or of a frame in a stream.
//!
//! `OpenAI` and Anthropic both wrap it as `{"error": {..}}`; others leave
//! fields out, write just a text, or the object without its wrapper. Google
//! answers with a list of one where a list was asked for.

use super::lenient::{self, Few, Text};
use crate::format;
use crate::operation::Failure;
use crate::semconv::value;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The longest kind of error that is one of a few, and no text.
const MAX_KIND_BYTES: usize = 64;

/// What a provider says of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    kind: Option<String>,
    pub(crate) message: Option<String>,
}

/// Reads the body of a refusal, or the data of an event that is an error.
pub(super) fn read(body: &str) -> Option<ErrorBody> {
    let refusal: Refusal<'_> = format::object(only(body)).ok()?;
    let bare = ErrorObject::Object(Fields {
        message: refusal.message.or(refusal.detail),
        // Anthropic's frames say that they are errors, not of which kind.
        r#type: refusal.r#type.filter(|kind| kind.0 != "error"),
        status: None,
        code: refusal.code,
    });
    let first = refusal.errors.entries.into_iter().next();
    refusal
        .error
        .and_then(ErrorObject::said)
        .map(|error| error.of_kind(refusal.error_type))
        .or_else(|| first.map(ErrorBody::of))
        .or_else(|| bare.said())
}

/// The object, or what lies between the brackets around it: of several, nothing
/// can be read.
fn only(body: &str) -> &str {
    let body = body.trim_ascii();
    let inner = body.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    inner.unwrap_or(body)
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    detail: Option<Text<'a>>,
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    code: Option<Text<'a>>,
    /// What kind it is, where the error is a text.
    #[serde(borrow)]
    error_type: Option<Text<'a>>,
    /// Of Cloudflare and watsonx.
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    errors: Few<Fields<'a>>,
}

/// An error, as an object, a flag or a text.
pub(super) enum ErrorObject<'a> {
    Object(Fields<'a>),
    Flag(bool),
    Other(Text<'a>),
}

#[derive(Deserialize)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    message: Option<Text<'a>>,
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    /// Google's name of it, beside a number.
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    code: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ErrorObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ErrorVisitor)
    }
}

/// By hand: serde's untagged enums read a body once for each variant, and write
/// all of it into the error of those that do not fit.
struct ErrorVisitor;

impl<'de> Visitor<'de> for ErrorVisitor {
    type Value = ErrorObject<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map)).map(ErrorObject::Object)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(ErrorObject::Flag(flag))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(ErrorObject::Other(Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(ErrorObject::Other(Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(ErrorObject::Other(Text(Cow::Owned(number.to_string()))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(ErrorObject::Other(Text(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(ErrorObject::Other(Text(Cow::Owned(number.to_string()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(ErrorObject::Flag(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Self::Value, A::Error> {
        Text::deserialize(SeqAccessDeserializer::new(parts)).map(ErrorObject::Other)
    }
}

impl ErrorObject<'_> {
    /// What it says; an empty one says that there is no error.
    pub(super) fn said(self) -> Option<ErrorBody> {
        let body = match self {
            Self::Flag(is_error) => return is_error.then(ErrorBody::default),
            Self::Object(fields) => ErrorBody::of(fields),
            Self::Other(message) => ErrorBody {
                kind: None,
                message: message.into_string(),
            },
        };
        (body.kind.is_some() || body.message.is_some()).then_some(body)
    }
}

impl ErrorBody {
    pub(super) fn of(fields: Fields<'_>) -> Self {
        let text = |text: Option<Text<'_>>| text.and_then(Text::into_string);
        Self {
            kind: text(fields.r#type)
                .or_else(|| text(fields.status))
                .or_else(|| text(fields.code)),
            message: text(fields.message),
        }
    }

    /// With its kind, where that stands beside what it says.
    pub(super) fn of_kind(mut self, kind: Option<Text<'_>>) -> Self {
        self.kind = self.kind.or_else(|| kind.and_then(Text::into_string));
        self
    }
}

impl From<ErrorBody> for Failure {
    fn from(body: ErrorBody) -> Self {
        let kind = body.kind.filter(|kind| is_word(kind));
        Self {
            error_type: kind.map_or(Cow::Borrowed(value::error_type::OTHER), Cow::Owned),
            message: body.message,
        }
    }
}

/// What may be the name of a kind, and no text, no URL and no other value.
fn is_word(kind: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !kind.is_empty() && kind.len() <= MAX_KIND_BYTES && kind.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::operation::Failure;

    #[test]
    fn an_error_of_googles_has_a_name_and_may_lie_in_a_list() {
        let error = r#"{"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}}"#;
        for body in [error.to_owned(), format!("[{error}\n]\n")] {
            let failure = Failure::from(read(&body).unwrap());
            assert_eq!(failure.error_type, "UNAVAILABLE");
            assert_eq!(failure.message.as_deref(), Some("No."));
        }
        for body in ["[]", "[1]", "[", &format!("[{error}, {error}]")] {
            assert!(read(body).is_none(), "{body}");
        }
    }
}
