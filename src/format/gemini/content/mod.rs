//! Gemini's content: what a model makes of what it is told.
//!
//! Reference: `models.generateContent` and `streamGenerateContent` of the Gemini
//! API, and the same of Vertex AI below the publisher of a model. A stream comes
//! as events if it was asked for with `alt=sse`, else as one JSON array.

mod arguments;
mod call;
mod candidate;
mod input;
mod part;
mod request;
mod response;
mod wire;
mod words;

pub(super) use request::GenerationConfig;

use crate::format::route::{Route, Sent};
use crate::format::{Format, Reader, Unreadable};
use crate::framing::Framing;
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{operation, provider};

pub(super) const GENERATE_CONTENT: Kind = Kind::inference(operation::GENERATE_CONTENT);

/// The format of generated content.
#[derive(Debug)]
pub(crate) struct GenerateContent;

impl Format for GenerateContent {
    fn routes(&self) -> &'static [Route] {
        const fn whole(path: &'static str) -> Route {
            Route::anywhere(GENERATE_CONTENT, path)
        }
        const fn streamed(path: &'static str) -> Route {
            whole(path).streams()
        }
        const VERTEX: &str = provider::GCP_VERTEX_AI;
        const ROUTES: [Route; 8] = [
            whole("/publishers/{}/models/{model}:generateContent").of_provider(VERTEX),
            streamed("/publishers/{}/models/{model}:streamGenerateContent").of_provider(VERTEX),
            // Tuned models, by what serves them.
            whole("/endpoints/{model}:generateContent").of_provider(VERTEX),
            streamed("/endpoints/{model}:streamGenerateContent").of_provider(VERTEX),
            whole("/models/{model}:generateContent"),
            streamed("/models/{model}:streamGenerateContent"),
            whole("/tunedModels/{model}:generateContent"),
            streamed("/tunedModels/{model}:streamGenerateContent"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        provider::GCP_GEMINI
    }

    fn framings(&self) -> &'static [Framing] {
        &[Framing::Sse, Framing::JsonArray]
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(response::ContentReader::new(keep_content))
    }
}
