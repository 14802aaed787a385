//! OpenAI chat completions, and everybody who speaks them.
//!
//! Reference: the OpenAI API's `POST /v1/chat/completions`. Groq, Together,
//! Mistral, vLLM, llama.cpp and others answer at the same path.

mod input;
mod request;
mod response;
mod wire;

use super::lenient::Text;
use super::{Api, ErrorBody, ResponseReader, Unreadable};
use crate::operation::{InferenceRequest, Input};
use crate::semconv::value;
use serde::Deserialize;

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
        let refusal: Refusal<'_> = serde_json::from_slice(body).ok()?;
        Some(refusal.error?.into())
    }
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

/// `error` as OpenAI writes it; others leave fields out, or write just a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorObject<'a> {
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
