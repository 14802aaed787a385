//! Wire formats: bytes in, facts out. One folder a format.
//!
//! A format recognises its requests by path, reads the parameters of a request
//! on the caller's task, its messages later, and follows a response as it
//! arrives. To add one: a folder, and a row in [`APIS`].

mod anthropic_messages;
mod error_body;
mod lenient;
mod openai_chat;
mod parts;
mod repair;
mod room;
pub(crate) mod sse;
mod tools;

pub(crate) use error_body::ErrorBody;
pub(crate) use repair::text;

use crate::operation::{Failure, InferenceRequest, InferenceResponse, Input};
use serde::Deserialize;
use std::fmt::Debug;

const APIS: [&dyn Api; 2] = [
    &openai_chat::OpenAiChat,
    &anthropic_messages::AnthropicMessages,
];

/// A wire format.
pub(crate) trait Api: Debug + Send + Sync {
    /// The value of `gen_ai.operation.name`.
    fn operation(&self) -> &'static str;

    /// The provider to name when the host tells none.
    fn default_provider(&self) -> &'static str;

    /// Whether a request to this path is one of this format.
    fn recognises(&self, path: &str) -> bool;

    /// Reads the parameters of a request, skipping what was said.
    fn read_request(&self, body: &[u8]) -> Result<InferenceRequest, Unreadable>;

    /// Reads what was said in a request.
    fn read_input(&self, body: &[u8]) -> Input;

    /// A reader for one response; it keeps content only if that is wanted.
    fn response_reader(&self, keep_content: bool) -> Box<dyn ResponseReader>;

    /// The error in the body of a refusal, if it says one.
    fn read_error(&self, body: &str) -> Option<ErrorBody>;
}

/// Follows one response.
pub(crate) trait ResponseReader: Send {
    /// Reads a whole body that is not a stream.
    fn read_body(&mut self, body: &str) -> Result<Progress, Unreadable>;

    /// Reads the data of one server-sent event.
    fn read_event(&mut self, data: &str) -> Result<Progress, Unreadable>;

    /// The model that answers, once that is known.
    fn model(&self) -> Option<&str>;

    /// What is known when the response has ended, however it ended.
    fn finish(&mut self) -> InferenceResponse;
}

/// What one event of a stream, or a whole body, told.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The event carries generated content (not just a role).
    pub(crate) generated: bool,
    /// The protocol says that the answer is complete.
    pub(crate) terminated: bool,
    /// The provider reports an error inside an answer that is none by its status.
    pub(crate) error: Option<Failure>,
}

/// The bytes are not what the format says.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl From<serde_json::Error> for Unreadable {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// Reads an object. What is no object is refused by its first character, as
/// saying what it is instead would cost far more than reading it.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Unreadable> {
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Unreadable);
    }
    Ok(serde_json::from_str(json)?)
}

/// The format of a request to `path`, if it is a known one.
pub(crate) fn by_path(path: &str) -> Option<&'static dyn Api> {
    APIS.into_iter().find(|api| api.recognises(path))
}
