//! Hugging Face: the inference API and its router, where a path names a model of
//! any task, and Text Generation Inference, which runs on machines of one's own.
//!
//! Reference: <https://huggingface.co/docs/inference-providers> and
//! <https://huggingface.co/docs/text-generation-inference>.

mod answer;
mod request;

use super::marks::{has_all, has_any};
use super::openai;
use super::plain;
use super::prompt;
use super::route::{Route, Sent};
use super::said::SaidReader;
use super::{Format, Reader, Unreadable};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use request::asks_for_text;

const PROVIDER: &str = "huggingface";
const CHAT: Kind = Kind::inference(value::operation::CHAT);
const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
const TASK: Kind = Kind::other(name::RUN_MODEL);

const fn at_hub(kind: Kind, path: &'static str) -> Route {
    Route::at_hosts_of(PROVIDER, kind, path)
}

/// Chats at the path of a model, in `OpenAI`'s form.
#[derive(Debug)]
pub(crate) struct Chat;

/// Text that goes on from a text.
#[derive(Debug)]
pub(crate) struct Generation;

/// Every other task.
#[derive(Debug)]
pub(crate) struct Task;

impl Format for Chat {
    fn routes(&self) -> &'static [Route] {
        const fn chat(path: &'static str) -> Route {
            at_hub(CHAT, path).only_if(|sent| has_all(sent.body, &["messages"]))
        }
        const ROUTES: [Route; 2] = [chat("/models/{model}/{model}"), chat("/models/{model}")];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        openai::Chat.read_request(sent, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        openai::Chat.read_input(body)
    }

    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        openai::Chat.reader(kind, keep_content)
    }
}

impl Format for Generation {
    fn routes(&self) -> &'static [Route] {
        const fn generation(path: &'static str) -> Route {
            at_hub(COMPLETION, path).only_if(|sent| asks_for_text(sent.body))
        }
        const fn of_text(path: &'static str) -> Route {
            Route::anywhere(COMPLETION, path).only_if(|sent| has_any(sent.body, &["inputs"]))
        }
        const ROUTES: [Route; 6] = [
            at_hub(COMPLETION, "/pipeline/text-generation/{model}/{model}"),
            at_hub(COMPLETION, "/pipeline/text-generation/{model}"),
            generation("/models/{model}/{model}"),
            generation("/models/{model}"),
            of_text("/generate_stream").streams(),
            Route::anywhere(COMPLETION, "/generate")
                .only_if(|sent| has_all(sent.body, &["inputs", "parameters"])),
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

impl Format for Task {
    fn routes(&self) -> &'static [Route] {
        const ROUTES: [Route; 8] = [
            at_hub(EMBEDDINGS, "/pipeline/feature-extraction/{model}/{model}"),
            at_hub(EMBEDDINGS, "/pipeline/feature-extraction/{model}"),
            at_hub(
                EMBEDDINGS,
                "/models/{model}/{model}/pipeline/feature-extraction",
            ),
            at_hub(TASK, "/models/{model}/{model}/pipeline/{}"),
            at_hub(TASK, "/pipeline/{}/{model}/{model}"),
            at_hub(TASK, "/pipeline/{}/{model}"),
            at_hub(TASK, "/models/{model}/{model}"),
            at_hub(TASK, "/models/{model}"),
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
