//! Anthropic messages, and everybody who speaks them.
//!
//! Reference: the Claude API's `POST /v1/messages`. `DeepSeek`, Moonshot,
//! llama.cpp, vLLM and gateways answer at the same path below their own.

mod block;
mod counted;
mod input;
mod request;
mod response;
mod wire;

use super::error_body::{self, ErrorBody};
use super::{Api, ResponseReader, Unreadable};
use crate::operation::{InferenceRequest, Input};
use crate::semconv::value;

/// The messages format.
#[derive(Debug)]
pub(crate) struct AnthropicMessages;

impl Api for AnthropicMessages {
    fn operation(&self) -> &'static str {
        value::operation::CHAT
    }

    fn default_provider(&self) -> &'static str {
        value::provider::ANTHROPIC
    }

    /// With its version: `OpenAI`'s threads have a path that ends in `/messages`.
    fn recognises(&self, path: &str) -> bool {
        path.trim_end_matches('/').ends_with("/v1/messages")
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
