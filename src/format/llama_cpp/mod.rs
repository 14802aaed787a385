//! llama.cpp's own completions; it speaks the formats of others too.
//!
//! Reference: <https://github.com/ggml-org/llama.cpp/tree/master/tools/server>.

mod answer;
mod request;

use super::marks::{has_all, has_any};
use super::route::{Route, Sent};
use super::said::SaidReader;
use super::{Format, Reader, Unreadable, plain, prompt};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};

const PROVIDER: &str = "llama_cpp";

#[derive(Debug)]
pub(crate) struct Completion;

/// What says nothing, and what vLLM has at the same paths.
#[derive(Debug)]
pub(crate) struct Tokens;

impl Format for Completion {
    fn routes(&self) -> &'static [Route] {
        const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
        const ROUTES: [Route; 2] = [
            Route::anywhere(COMPLETION, "/completion").only_if(|sent| {
                has_all(sent.body, &["prompt"]) && has_any(sent.body, request::OWN)
            }),
            Route::anywhere(COMPLETION, "/infill")
                .only_if(|sent| has_all(sent.body, &["input_prefix", "input_suffix"])),
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
        SaidReader::<answer::Completion>::boxed(keep_content)
    }
}

impl Format for Tokens {
    fn routes(&self) -> &'static [Route] {
        const TOKENIZE: Kind = Kind::other(name::TOKENIZE_TEXT);
        const VLLM: &str = "vllm";
        const fn of_vllm(has_mark: fn(&Sent<'_>) -> bool) -> Route {
            Route::anywhere(TOKENIZE, "/tokenize")
                .only_if(has_mark)
                .of_provider(VLLM)
        }
        const ROUTES: [Route; 4] = [
            of_vllm(|sent| has_all(sent.body, &["model", "prompt"])),
            of_vllm(|sent| has_all(sent.body, &["model", "messages"])),
            // Services of payments have tokens too.
            Route::at_known_hosts(TOKENIZE, "/tokenize"),
            Route::at_known_hosts(Kind::other(name::DETOKENIZE_TEXT), "/detokenize"),
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
