//! Cohere's own API, of both versions; it speaks `OpenAI`'s formats too.
//!
//! Reference: <https://docs.cohere.com/reference>. Its words are everybody's
//! (`/chat`, `/embed`), so they mean it at its hosts alone.

mod chat;
mod input;
mod request;
mod usage;
mod v1;

pub(super) use usage::WireUsage;

use super::error_body::ErrorBody;
use super::lenient::Text;
use super::openai;
use super::plain;
use super::route::{Route, Sent};
use super::said::SaidReader;
use super::{Format, Reader, Unreadable};
use crate::framing::Framing;
use crate::operation::{Failure, Input, Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use http::Method;

const PROVIDER: &str = value::provider::COHERE;
const CHAT: Kind = Kind::inference(value::operation::CHAT);
const COMPLETION: Kind = Kind::inference(value::operation::TEXT_COMPLETION);

const fn at_cohere(kind: Kind, path: &'static str) -> Route {
    Route::at_hosts_of(PROVIDER, kind, path)
}

/// Chats of the second version.
#[derive(Debug)]
pub(crate) struct Chat;

/// Chats and completions of the first version.
#[derive(Debug)]
pub(crate) struct ChatV1;

/// What says nothing: embeddings, tokens, classes.
#[derive(Debug)]
pub(crate) struct Plain;

impl Format for Chat {
    fn routes(&self) -> &'static [Route] {
        const ROUTES: [Route; 1] = [at_cohere(CHAT, "/v2/chat")];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        request::read(sent.body, asked)
    }

    /// Messages and tools are written as `OpenAI` writes them.
    fn read_input(&self, body: &[u8]) -> Input {
        openai::Chat.read_input(body)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        SaidReader::<chat::Chat>::boxed(keep_content)
    }
}

impl Format for ChatV1 {
    fn routes(&self) -> &'static [Route] {
        const ROUTES: [Route; 2] = [
            at_cohere(CHAT, "/v1/chat"),
            at_cohere(COMPLETION, "/v1/generate"),
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
        SaidReader::<v1::Generation>::boxed(keep_content)
    }
}

impl Format for Plain {
    fn routes(&self) -> &'static [Route] {
        const EMBEDDINGS: Kind = Kind::other(value::operation::EMBEDDINGS);
        const fn plain(name: &'static str, path: &'static str) -> Route {
            at_cohere(Kind::other(name), path)
        }
        const ROUTES: [Route; 9] = [
            at_cohere(EMBEDDINGS, "/embed"),
            plain(name::CREATE_EMBED_JOB, "/embed-jobs"),
            plain(name::LIST_EMBED_JOBS, "/embed-jobs").method(&Method::GET),
            plain(name::RETRIEVE_EMBED_JOB, "/embed-jobs/{}").method(&Method::GET),
            plain(name::TOKENIZE_TEXT, "/tokenize"),
            plain(name::DETOKENIZE_TEXT, "/detokenize"),
            plain(name::CLASSIFY_TEXT, "/classify"),
            plain(name::SUMMARIZE_TEXT, "/summarize"),
            plain(name::CHECK_API_KEY, "/check-api-key"),
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

/// The error that was told, or that is why the answer ended.
fn failure(finish_reason: Option<&Text<'_>>, told: Option<ErrorBody>) -> Option<Failure> {
    let reason = finish_reason.map(|reason| reason.0.as_ref());
    let silent = match reason {
        Some("ERROR") => Some(ErrorBody::default()),
        Some("TIMEOUT") => Some(ErrorBody::default().of_kind(finish_reason.cloned())),
        _ => None,
    };
    told.or(silent).map(Into::into)
}
