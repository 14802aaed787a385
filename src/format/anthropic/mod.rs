//! Anthropic messages, and everybody who speaks them.
//!
//! Reference: the Claude API's `POST /v1/messages`. `DeepSeek`, Moonshot,
//! llama.cpp, vLLM and gateways answer at the same path below their own.

mod block;
mod complete;
mod input;
mod request;
mod response;
mod stored;
mod wire;

pub(super) use complete::Complete;
pub(super) use stored::Stored;

use super::route::{Route, Sent};
use super::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The messages format.
#[derive(Debug)]
pub(crate) struct Messages;

impl Format for Messages {
    /// With its version: `OpenAI`'s threads have a path that ends in `/messages`.
    /// At Vertex AI the model is in the path.
    fn routes(&self) -> &'static [Route] {
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const VERTEX: &str = value::provider::GCP_VERTEX_AI;
        const ROUTES: [Route; 3] = [
            Route::marked(CHAT, "/v1/messages", has_mark),
            Route::anywhere(CHAT, "/publishers/anthropic/models/{model}:rawPredict")
                .of_provider(VERTEX),
            Route::anywhere(
                CHAT,
                "/publishers/anthropic/models/{model}:streamRawPredict",
            )
            .of_provider(VERTEX)
            .streams(),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::ANTHROPIC
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::MessagesReader::new(keep_content))
    }
}

/// Whether a request says that it is one: services of text messages have the
/// same path.
fn has_mark(sent: &Sent<'_>) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        model: Option<IgnoredAny>,
        messages: Option<IgnoredAny>,
    }
    let in_body = || {
        let marks: Option<Marks> = serde_json::from_slice(sent.body).ok();
        marks.is_some_and(|marks| marks.model.is_some() && marks.messages.is_some())
    };
    has_version(sent) || in_body()
}

/// Whether a request says which version of the API it means.
fn has_version(sent: &Sent<'_>) -> bool {
    sent.headers.contains_key("anthropic-version")
}
