//! OpenAI chat completions, and everybody who speaks them.
//!
//! Reference: the OpenAI API's `POST /v1/chat/completions`. Groq, Together,
//! Mistral, vLLM, llama.cpp and others answer at the same path.

mod calls;
mod choice;
mod input;
mod request;
mod response;
mod wire;

use super::error_body::{self, ErrorBody};
use super::{Api, ResponseReader, Unreadable};
use crate::operation::{InferenceRequest, Input};
use crate::semconv::value;

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

    fn read_error(&self, body: &str) -> Option<ErrorBody> {
        error_body::read(body)
    }
}
