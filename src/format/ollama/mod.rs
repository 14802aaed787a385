//! Ollama's own API; it speaks `OpenAI`'s formats too.
//!
//! Reference: <https://docs.ollama.com/api>. Answers are streams of lines unless
//! the request says `"stream": false`.

mod input;
mod request;
mod response;

use super::marks::has_all;
use super::plain;
use super::route::{Route, Sent};
use super::said::SaidReader;
use super::{Format, Reader, Unreadable};
use crate::framing::Framing;
use crate::operation::{Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use http::Method;

const PROVIDER: &str = "ollama";

/// Where Ollama listens unless it is told otherwise.
const PORT: u16 = 11434;

/// Chats and completions.
#[derive(Debug)]
pub(crate) struct Generation;

/// Everything else: embeddings, and the models that the server has.
#[derive(Debug)]
pub(crate) struct Models;

impl Format for Generation {
    fn routes(&self) -> &'static [Route] {
        const CHAT: Kind = Kind::inference(value::operation::CHAT);
        const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
        const ROUTES: [Route; 2] = [
            Route::marked(CHAT, "/api/chat", |sent| {
                has_all(sent.body, &["model", "messages"])
            }),
            Route::marked(COMPLETION, "/api/generate", |sent| {
                has_all(sent.body, &["model", "prompt"])
            }),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn framings(&self) -> &'static [Framing] {
        &[Framing::Lines]
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    fn read_input(&self, body: &[u8]) -> Input {
        input::read(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        SaidReader::<response::Generation>::boxed(keep_content)
    }
}

impl Format for Models {
    fn routes(&self) -> &'static [Route] {
        const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
        const fn plain(name: &'static str, path: &'static str) -> Route {
            Route::marked(Kind::other(name), path, is_at_port)
        }
        const ROUTES: [Route; 12] = [
            Route::marked(EMBEDDINGS, "/api/embed", |sent| {
                has_all(sent.body, &["model", "input"])
            }),
            Route::marked(EMBEDDINGS, "/api/embeddings", |sent| {
                has_all(sent.body, &["model", "prompt"])
            }),
            plain(name::LIST_MODELS, "/api/tags").method(&Method::GET),
            plain(name::LIST_RUNNING_MODELS, "/api/ps").method(&Method::GET),
            plain(name::RETRIEVE_VERSION, "/api/version").method(&Method::GET),
            plain(name::RETRIEVE_MODEL, "/api/show"),
            plain(name::CREATE_MODEL, "/api/create"),
            plain(name::COPY_MODEL, "/api/copy"),
            plain(name::PULL_MODEL, "/api/pull"),
            plain(name::PUSH_MODEL, "/api/push"),
            plain(name::DELETE_MODEL, "/api/delete").method(&Method::DELETE),
            plain(name::UPLOAD_FILE, "/api/blobs/{}"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn framings(&self) -> &'static [Framing] {
        &[Framing::Lines]
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}

/// Models are everybody's word, and mostly no name says who runs on a machine.
fn is_at_port(sent: &Sent<'_>) -> bool {
    sent.url.port() == Some(PORT)
}
