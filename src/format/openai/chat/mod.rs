//! OpenAI chat completions, and everybody who speaks them.
//!
//! Reference: the OpenAI API's `POST /v1/chat/completions`. Groq, Together,
//! Mistral, vLLM, llama.cpp and others answer at the same path.

mod arguments;
mod calls;
mod choice;
mod input;
mod request;
mod response;
mod wire;

pub(super) use input::message;
pub(super) use request::read_completion;

use crate::format::openai::stream_usage;
use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable, UsageOption};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value;

/// A reader for text completions, whose answers have the same shape.
pub(super) fn completions_reader(keep_content: bool) -> Box<dyn Reader> {
    Box::new(response::ChatReader::of_completions(keep_content))
}

/// The chat completions format.
#[derive(Debug)]
pub(crate) struct Chat;

impl Format for Chat {
    /// A deployment of Azure is named in the path, and often not in the body. So
    /// are partners' models at Vertex AI, or they have one path for all.
    fn routes(&self) -> &'static [Route] {
        const WRITER: &str = "writer";
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const WATSONX: &str = value::provider::IBM_WATSONX_AI;
        const fn at_vertex(path: &'static str) -> Route {
            Route::anywhere(CHAT, path).of_provider(value::provider::GCP_VERTEX_AI)
        }
        const fn of_watsonx(path: &'static str) -> Route {
            Route::anywhere(CHAT, path).of_provider(WATSONX)
        }
        const ROUTES: [Route; 13] = [
            at_vertex("/publishers/mistralai/models/{model}:rawPredict"),
            at_vertex("/publishers/mistralai/models/{model}:streamRawPredict").streams(),
            at_vertex("/publishers/ai21/models/{model}:rawPredict"),
            at_vertex("/publishers/ai21/models/{model}:streamRawPredict").streams(),
            at_vertex("/endpoints/openapi/chat/completions"),
            Route::anywhere(CHAT, "/openai/deployments/{model}/chat/completions")
                .of_provider(value::provider::AZURE_AI_OPENAI),
            Route::anywhere(CHAT, "/chat/completions"),
            // Where Writer answered before.
            Route::at_hosts_of(WRITER, CHAT, "/v1/chat"),
            Route::at_hosts_of(value::provider::MISTRAL_AI, CHAT, "/agents/completions"),
            of_watsonx("/ml/v1/text/chat"),
            of_watsonx("/ml/v1/text/chat_stream").streams(),
            of_watsonx("/ml/v1/deployments/{}/text/chat"),
            of_watsonx("/ml/v1/deployments/{}/text/chat_stream").streams(),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::ChatReader::new(keep_content))
    }

    fn stream_usage(&self) -> Option<UsageOption> {
        Some(stream_usage::OPTION)
    }
}
