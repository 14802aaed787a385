//! Mistral's code that fills a gap; what else it has is as of `OpenAI`.
//!
//! Reference: <https://docs.mistral.ai/api>.

use super::route::{Route, Sent};
use super::{Format, Reader, Unreadable, openai};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value;

const PROVIDER: &str = value::provider::MISTRAL_AI;

/// A chat's answer to a prompt and what is to follow.
#[derive(Debug)]
pub(crate) struct FillInTheMiddle;

impl Format for FillInTheMiddle {
    fn routes(&self) -> &'static [Route] {
        const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
        const ROUTES: [Route; 1] =
            [Route::anywhere(COMPLETION, "/fim/completions").of_provider(PROVIDER)];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        openai::Completions.read_request(sent, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        openai::Completions.read_input(body)
    }

    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        openai::Chat.reader(kind, keep_content)
    }
}
