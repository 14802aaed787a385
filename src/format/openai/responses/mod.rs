//! OpenAI responses, and everybody who speaks them.
//!
//! Reference: the OpenAI API's `POST /v1/responses`. Azure, Bedrock, xAI,
//! `OpenRouter`, LM Studio, llama.cpp and others answer at the same path below
//! their own.

mod input;
mod item;
mod request;
mod response;
mod wire;

use crate::format::openai::{self, Marks};
use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value;
use http::Method;

/// The responses format.
#[derive(Debug)]
pub(crate) struct Responses;

impl Format for Responses {
    fn routes(&self) -> &'static [Route] {
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const RETRIEVE: Kind = Kind::kept(value::operation_of_ours::RETRIEVE_RESPONSE);
        const CANCEL: Kind = Kind::kept(value::operation_of_ours::CANCEL_RESPONSE);
        const ROUTES: [Route; 5] = [
            Route::anywhere(CHAT, "/openai/deployments/{model}/responses")
                .of_provider(value::provider::AZURE_AI_OPENAI),
            Route::marked(CHAT, "/responses", has_mark),
            Route::marked(CHAT, "/responses/compact", has_mark),
            Route::marked(RETRIEVE, "/responses/{}", has_id).method(&Method::GET),
            Route::marked(CANCEL, "/responses/{}/cancel", has_id),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        if sent.body.is_empty() {
            asked.stream |= openai::asks_for_stream(sent);
            return Ok(());
        }
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::ResponsesReader::new(keep_content))
    }
}

/// Whether a request says that it is one: forms have responses too. The model may
/// be in a prompt that the provider keeps.
fn has_mark(sent: &Sent<'_>) -> bool {
    let marks = Marks::of(sent);
    let has_input = marks.input.is_some() || marks.previous_response_id.is_some();
    marks.model.is_some() && (has_input || marks.prompt.is_some())
        || marks.prompt.is_some() && has_input
}

/// Whether a path names a response by its id.
fn has_id(sent: &Sent<'_>) -> bool {
    let parts = sent.url.path_segments();
    parts.is_some_and(|mut parts| parts.any(|part| part.starts_with("resp_")))
}
