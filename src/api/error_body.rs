//! The error object of a refusal, or of a frame in a stream.
//!
//! `OpenAI` and Anthropic both wrap it as `{"error": {..}}`; others leave
//! fields out, write just a text, or the object without its wrapper.

use super::lenient::Text;
use crate::operation::Failure;
use crate::semconv::value;
use serde::Deserialize;
use std::borrow::Cow;

/// The longest kind of error that is one of a few, and no text.
const MAX_KIND_BYTES: usize = 64;

/// What a provider says of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    kind: Option<String>,
    pub(crate) message: Option<String>,
}

/// Reads the body of a refusal, or the data of an event that is an error.
pub(super) fn read(body: &[u8]) -> Option<ErrorBody> {
    let refusal: Refusal<'_> = serde_json::from_slice(body).ok()?;
    let bare = ErrorObject::Object {
        message: refusal.message.or(refusal.detail),
        // Anthropic's frames say that they are errors, not of which kind.
        r#type: refusal.r#type.filter(|kind| kind.0 != "error"),
        code: refusal.code,
    };
    refusal
        .error
        .and_then(ErrorObject::said)
        .or_else(|| bare.said())
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
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ErrorObject<'a> {
    Object {
        #[serde(borrow, default)]
        message: Option<Text<'a>>,
        #[serde(borrow, default)]
        r#type: Option<Text<'a>>,
        #[serde(borrow, default)]
        code: Option<Text<'a>>,
    },
    Flag(bool),
    Other(#[serde(borrow)] Text<'a>),
}

impl ErrorObject<'_> {
    /// What it says; an empty one says that there is no error.
    pub(super) fn said(self) -> Option<ErrorBody> {
        let text = |text: Option<Text<'_>>| text.and_then(Text::into_string);
        let body = match self {
            Self::Flag(is_error) => return is_error.then(ErrorBody::default),
            Self::Object {
                message,
                r#type,
                code,
            } => ErrorBody {
                kind: text(r#type).or_else(|| text(code)),
                message: text(message),
            },
            Self::Other(message) => ErrorBody {
                kind: None,
                message: message.into_string(),
            },
        };
        (body.kind.is_some() || body.message.is_some()).then_some(body)
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
