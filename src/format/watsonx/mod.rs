//! IBM watsonx.ai's own text generation; its chats have `OpenAI`'s form.
//!
//! Reference: <https://cloud.ibm.com/apidocs/watsonx-ai>.

mod answer;
mod request;

use super::plain;
use super::prompt;
use super::route::{Route, Sent};
use super::said::SaidReader;
use super::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};

const PROVIDER: &str = value::provider::IBM_WATSONX_AI;

const fn at_watsonx(kind: Kind, path: &'static str) -> Route {
    Route::anywhere(kind, path).of_provider(PROVIDER)
}

/// Text that goes on from a text.
#[derive(Debug)]
pub(crate) struct Generation;

/// What says nothing.
#[derive(Debug)]
pub(crate) struct Plain;

impl Format for Generation {
    fn routes(&self) -> &'static [Route] {
        const fn generation(path: &'static str) -> Route {
            let kind = Kind::inference(value::operation::TEXT_COMPLETION);
            at_watsonx(kind, path)
        }
        const ROUTES: [Route; 6] = [
            generation("/ml/v1/text/generation"),
            generation("/ml/v1/text/generation_stream").streams(),
            generation("/ml/v1/deployments/{}/text/generation"),
            generation("/ml/v1/deployments/{}/text/generation_stream").streams(),
            generation("/ml/v1-beta/generation/text"),
            generation("/ml/v1-beta/generation/text_stream").streams(),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        prompt::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        SaidReader::<answer::Generation>::boxed(keep_content)
    }
}

impl Format for Plain {
    fn routes(&self) -> &'static [Route] {
        const ROUTES: [Route; 2] = [
            at_watsonx(
                Kind::other(value::operation::EMBEDDINGS),
                "/ml/v1/text/embeddings",
            ),
            at_watsonx(Kind::other(name::TOKENIZE_TEXT), "/ml/v1/text/tokenization"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}
