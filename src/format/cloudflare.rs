//! Cloudflare Workers AI: models of any task run at one path, by REST or through
//! its AI gateway; it speaks `OpenAI`'s formats too.
//!
//! Reference: <https://developers.cloudflare.com/workers-ai/models>. By REST an
//! answer is the `result` of an envelope; through bindings and in streams it is not.

use super::error_body::ErrorObject;
use super::first_choice::{Call, Choice, tell_calls};
use super::lenient::{self, Few, Text};
use super::marks::has_any;
use super::route::{Route, Sent};
use super::said::{Said, SaidReader, Script};
use super::usage::WireUsage;
use super::{Format, Progress, Reader, Unreadable, object, openai, plain, prompt};
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use serde::Deserialize;
use serde_json::value::RawValue;

const PROVIDER: &str = "cloudflare.workers_ai";
const CHAT: Kind = Kind::inference(value::operation::CHAT);
const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
const TASK: Kind = Kind::other(name::RUN_MODEL);

/// Where models run, by REST and through the gateway: they are `@cf/meta/llama`
/// or `@hf/acme/writer`.
const PATHS: [&str; 2] = [
    "/ai/run/{model}/{model}/{model}",
    "/workers-ai/{model}/{model}/{model}",
];

const fn run(kind: Kind, path: &'static str) -> Route {
    Route::anywhere(kind, path).of_provider(PROVIDER)
}

/// Text, asked for by messages or by a prompt.
#[derive(Debug)]
pub(crate) struct Generation;

/// Every other task.
#[derive(Debug)]
pub(crate) struct Task;

impl Format for Generation {
    fn routes(&self) -> &'static [Route] {
        const fn chat(path: &'static str) -> Route {
            run(CHAT, path).only_if(|sent| has_owner(sent) && has_any(sent.body, &["messages"]))
        }
        /// Pictures are asked for by a prompt too.
        const fn completion(path: &'static str) -> Route {
            run(COMPLETION, path).only_if(|sent| {
                has_owner(sent) && has_any(sent.body, &["prompt"]) && !is_of_pictures(sent)
            })
        }
        const ROUTES: [Route; 4] = [
            chat(PATHS[0]),
            chat(PATHS[1]),
            completion(PATHS[0]),
            completion(PATHS[1]),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    /// Parameters are called as in `OpenAI`'s chats.
    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        openai::Chat.read_request(sent, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        if has_any(body, &["messages"]) {
            openai::Chat.read_input(body)
        } else {
            prompt::read(body)
        }
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        SaidReader::<Run>::boxed(keep_content)
    }
}

impl Format for Task {
    fn routes(&self) -> &'static [Route] {
        const fn embeddings(path: &'static str) -> Route {
            run(EMBEDDINGS, path).only_if(|sent| has_owner(sent) && is_of_embeddings(sent))
        }
        const fn task(path: &'static str) -> Route {
            run(TASK, path).only_if(has_owner)
        }
        const ROUTES: [Route; 4] = [
            embeddings(PATHS[0]),
            embeddings(PATHS[1]),
            task(PATHS[0]),
            task(PATHS[1]),
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

fn has_owner(sent: &Sent<'_>) -> bool {
    let path = sent.url.path();
    path.contains("/@") || path.contains("/%40")
}

fn is_of_pictures(sent: &Sent<'_>) -> bool {
    let families = [
        "diffusion",
        "flux",
        "dreamshaper",
        "lucid-origin",
        "phoenix",
    ];
    families.iter().any(|it| sent.url.path().contains(it))
}

fn is_of_embeddings(sent: &Sent<'_>) -> bool {
    let families = ["/bge-", "embed", "/plamo-"];
    families.iter().any(|it| sent.url.path().contains(it))
}

#[derive(Debug)]
struct Run;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

/// An answer, or an event, in Cloudflare's own form or nearly in `OpenAI`'s.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    /// A text, or the JSON that was asked for.
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    choices: Few<Choice<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    usage: Option<Box<WireUsage>>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

impl Script for Run {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Answer<'a>;

    fn read(json: &str) -> Result<Answer<'_>, Unreadable> {
        let envelope: Envelope<'_> = object(json)?;
        let result = envelope.result.map(RawValue::get);
        object(result.filter(|it| it.starts_with('{')).unwrap_or(json))
    }

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let is_answer = wire.response.is_some()
            || wire.error.is_some()
            || !wire.choices.entries.is_empty()
            || !wire.tool_calls.entries.is_empty();
        let progress = Self::piece(wire, said);
        is_answer
            .then_some(progress)
            .ok_or(Unreadable::OfAnotherShape)
    }

    fn piece(wire: Answer<'_>, said: &mut Said) -> Progress {
        said.id(wire.id);
        said.model(wire.model);
        if let Some(usage) = wire.usage {
            said.counts().report(&usage);
        }
        let response = wire.response.and_then(lenient::written);
        let mut generated = said.text(response.map(Text));
        generated |= tell_calls(wire.tool_calls, said);
        let first = said.of_list(wire.choices).into_iter().next();
        generated |= first.is_some_and(|choice| choice.tell(said));
        Progress {
            generated,
            error: wire.error.and_then(ErrorObject::said).map(Into::into),
            ..Progress::default()
        }
    }
}
