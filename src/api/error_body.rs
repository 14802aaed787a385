//! The error object of a refusal, or of a frame in a stream.
//!
//! `OpenAI` and Anthropic both wrap it as `{"error": {..}}`; others leave
//! fields out, or write just a text.

use super::lenient::Text;
use crate::operation::Failure;
use crate::semconv::value;
use serde::Deserialize;
use std::borrow::Cow;

/// What a provider says of an error.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    pub(crate) kind: Option<String>,
    pub(crate) message: Option<String>,
}

/// Reads the body of a refusal.
pub(super) fn read(body: &[u8]) -> Option<ErrorBody> {
    let refusal: Refusal<'_> = serde_json::from_slice(body).ok()?;
    Some(refusal.error?.into())
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
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
    Other(#[serde(borrow)] Text<'a>),
}

impl From<ErrorObject<'_>> for ErrorBody {
    fn from(error: ErrorObject<'_>) -> Self {
        let text = |text: Option<Text<'_>>| text.and_then(Text::into_string);
        match error {
            ErrorObject::Object {
                message,
                r#type,
                code,
            } => Self {
                kind: text(r#type).or_else(|| text(code)),
                message: text(message),
            },
            ErrorObject::Other(message) => Self {
                kind: None,
                message: message.into_string(),
            },
        }
    }
}

impl From<ErrorObject<'_>> for Failure {
    fn from(error: ErrorObject<'_>) -> Self {
        let body = ErrorBody::from(error);
        Self {
            error_type: body
                .kind
                .map_or(Cow::Borrowed(value::error_type::OTHER), Cow::Owned),
            message: body.message,
        }
    }
}
