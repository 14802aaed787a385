//! OpenAI chat completions, and everybody who speaks them.
//!
//! Reference: the OpenAI API's `POST /v1/chat/completions`. Groq, Together,
//! Mistral, vLLM, llama.cpp and others answer at the same path.

mod input;
mod request;
mod response;
mod wire;

use super::{Api, ErrorBody, ResponseReader, Unreadable};
use crate::operation::{InferenceRequest, Input};
use crate::semconv::value;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// The chat completions format.
#[derive(Debug)]
pub(crate) struct OpenAiChat;

impl Api for OpenAiChat {
    fn operation(&self) -> &'static str {
        value::operation::CHAT
    }

    fn default_provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn recognises(&self, path: &str) -> bool {
        path.trim_end_matches('/').ends_with("/chat/completions")
    }

    fn read_request(&self, body: &[u8]) -> Result<InferenceRequest, Unreadable> {
        request::read(body)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn response_reader(&self, keep_content: bool) -> Box<dyn ResponseReader> {
        Box::new(response::Reader::new(keep_content))
    }

    fn read_error(&self, body: &[u8]) -> Option<ErrorBody> {
        let refusal: Refusal = serde_json::from_slice(body).ok()?;
        Some(refusal.error?.into())
    }
}

#[derive(Deserialize)]
struct Refusal {
    error: Option<ErrorObject>,
}

/// `error` as OpenAI writes it; others leave fields out or give a number.
#[derive(Deserialize)]
struct ErrorObject {
    message: Option<Value>,
    r#type: Option<Value>,
    code: Option<Value>,
}

impl From<ErrorObject> for ErrorBody {
    fn from(error: ErrorObject) -> Self {
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => Some(text),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        Self {
            kind: text(error.r#type).or_else(|| text(error.code)),
            message: text(error.message),
        }
    }
}

/// A string that is borrowed wherever its JSON has no escapes.
///
/// `Option<Cow<str>>` alone never borrows: serde looks for the attribute on
/// the `Cow` itself.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    fn into_string(self) -> String {
        self.0.into_owned()
    }
}
