//! Wire formats: bytes in, facts out. One folder a format.
//!
//! A format knows its requests by its routes, reads the parameters of a request
//! on the caller's task, its messages later, and follows a response as it
//! arrives. To add one: a folder, and a row in [`FORMATS`].

mod anthropic;
mod cloudflare;
mod cohere;
mod databricks;
mod error_body;
mod first_choice;
mod form;
mod gemini;
mod huggingface;
mod index;
mod lenient;
mod llama_cpp;
mod marks;
mod mistral;
mod object;
mod ollama;
mod openai;
mod parts;
mod pattern;
mod plain;
mod prompt;
mod replicate;
mod rerank;
mod room;
mod route;
mod said;
mod sampling;
mod shape;
mod snowflake;
mod tools;
mod unreadable;
mod usage;
mod values;
mod watsonx;

pub(crate) use crate::repair::text;
pub(crate) use error_body::ErrorBody;
pub(crate) use form::boundary;
pub(crate) use index::prepare;
pub(crate) use route::{Host, Routed, Sent};
pub(crate) use shape::read as read_any;
pub(crate) use unreadable::{Merges, Unreadable};
pub(crate) use values::Values;

use crate::framing::{Frame, Framing};
use crate::operation::{Failure, Input, Kind, Request, Response};
use crate::repair::repaired;
use route::Route;
use serde::Deserialize;
use std::fmt::Debug;

/// The first that has a route for a request is its format: paths that mean
/// something at one provider's hosts come first, those of everybody's last.
const FORMATS: &[&dyn Format] = &[
    &gemini::GenerateContent,
    &gemini::Resources,
    &gemini::Interactions,
    &cohere::Chat,
    &cohere::ChatV1,
    &cohere::Plain,
    &huggingface::Chat,
    &huggingface::Generation,
    &huggingface::Task,
    &mistral::FillInTheMiddle,
    &replicate::Predictions,
    &watsonx::Generation,
    &watsonx::Plain,
    &cloudflare::Generation,
    &cloudflare::Task,
    &databricks::Chat,
    &databricks::Task,
    &snowflake::Complete,
    &snowflake::Embed,
    &ollama::Generation,
    &ollama::Models,
    &openai::Chat,
    &openai::Responses,
    &anthropic::Messages,
    &anthropic::Complete,
    &anthropic::Stored,
    &openai::Embeddings,
    &openai::Completions,
    &openai::Images,
    &openai::Audio,
    &openai::Runs,
    &openai::Assistants,
    &openai::VectorSearch,
    &rerank::Rerank,
    &llama_cpp::Completion,
    &llama_cpp::Tokens,
    &openai::Plain,
];

/// A wire format.
pub(crate) trait Format: Debug + Send + Sync {
    /// Where requests of this format go.
    fn routes(&self) -> &'static [Route];

    /// The provider to name when neither host nor path tells one.
    fn provider(&self) -> &'static str;

    /// How a stream may be cut if its head does not say it.
    fn framings(&self) -> &'static [Framing] {
        &[Framing::Sse]
    }

    /// Reads the parameters of a request into what its way told, skipping what
    /// was said.
    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable>;

    /// Reads what was said in a request.
    fn read_input(&self, _body: &[u8]) -> Input {
        Input::default()
    }

    /// A reader for one answer; it keeps content only if that is wanted.
    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader>;

    /// How a stream is asked for its usage, where that is an option.
    fn stream_usage(&self) -> Option<UsageOption> {
        None
    }

    /// The error in the body of a refusal, if it says one.
    fn read_error(&self, body: &str) -> Option<ErrorBody> {
        error_body::read(body)
    }
}

/// How a request for a stream asks for its usage, and what then comes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsageOption {
    /// The body of a request with the option, if that is to be added to it.
    pub(crate) asking: fn(&[u8]) -> Option<Vec<u8>>,
    /// Whether the data of an event comes of the option alone.
    pub(crate) is_usage: fn(&[u8]) -> bool,
}

impl dyn Format {
    /// Reads the parameters of a request, mending it if it is no JSON as it is.
    pub(crate) fn read_asked(
        &self,
        sent: &Sent<'_>,
        asked: &mut Request,
    ) -> Result<(), Unreadable> {
        let read = self.read_request(sent, asked);
        let mended = read.as_ref().err();
        let Some(mended) = mended.and_then(|why| why.mended(sent.body, &mut Merges::default()))
        else {
            return read;
        };
        let body = mended.as_bytes();
        self.read_request(&Sent { body, ..*sent }, asked)
    }

    /// Reads what was said in a request, mending it if nothing could be read.
    pub(crate) fn read_said(&self, body: &[u8]) -> Input {
        let input = self.read_input(body);
        if !input.is_empty() {
            return input;
        }
        let mended = repaired(body).or_else(|| unreadable::merged(body));
        let mended = mended.map(|mended| self.read_input(mended.as_bytes()));
        mended.unwrap_or(input)
    }
}

impl dyn Reader {
    /// As [`document`](Reader::document), mending what is no JSON as it is.
    pub(crate) fn read_document(
        &mut self,
        body: &[u8],
        merges: &mut Merges,
    ) -> Result<Progress, Unreadable> {
        let read = self.document(body);
        let mended = read.as_ref().err();
        match mended.and_then(|why| why.mended(body, merges)) {
            Some(mended) => self.document(mended.as_bytes()),
            None => read,
        }
    }

    /// As [`frame`](Reader::frame), mending what is no JSON as it is.
    pub(crate) fn read_frame(
        &mut self,
        frame: Frame<'_>,
        merges: &mut Merges,
    ) -> Result<Progress, Unreadable> {
        let read = self.frame(frame);
        let mended = read.as_ref().err();
        match mended.and_then(|why| why.mended(frame.data, merges)) {
            Some(mended) => self.frame(Frame {
                data: mended.as_bytes(),
                ..frame
            }),
            None => read,
        }
    }
}

/// Follows one answer.
pub(crate) trait Reader: Send {
    /// Reads a whole body that is not a stream.
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable>;

    /// Reads one frame of a stream.
    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable>;

    /// The model that answers, once that is known.
    fn model(&self) -> Option<&str>;

    /// Whether a stream without its terminator is whole all the same.
    fn completion(&self, asked: &Request) -> Completion;

    /// Whether all that it reads of a document is short, so that long texts and
    /// lists of numbers need not be kept for it.
    fn is_brief(&self) -> bool {
        false
    }

    /// What is known when the answer has ended, however it ended.
    fn finish(&mut self) -> Response;
}

/// What one frame of a stream, or a whole body, told.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// There is generated content in it (not just a role).
    pub(crate) generated: bool,
    /// The protocol says that the answer is complete.
    pub(crate) terminated: bool,
    /// It is nothing but the mark of the end, which says so of no answer too.
    pub(crate) is_mark: bool,
    /// The provider reports an error inside an answer that is none by its status.
    pub(crate) error: Option<Failure>,
}

impl Progress {
    /// The mark with which streams of `OpenAI`'s, and of many others, end.
    fn of_mark(frame: Frame<'_>) -> Option<Self> {
        (frame.data.trim_ascii() == b"[DONE]").then(|| Self {
            terminated: true,
            is_mark: true,
            ..Self::default()
        })
    }
}

/// Whether an answer is whole, as far as it says so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// It said why it ends: whatever follows is no part of it.
    Said,
    /// Its stream ends without a word, so whoever reads it to its end has it all.
    Silent,
    Missing,
}

impl Completion {
    fn said_if(is_said: bool) -> Self {
        if is_said { Self::Said } else { Self::Missing }
    }

    /// Of an answer in choices, each of which has finished or has not: all that
    /// were asked for must be there.
    fn of_choices(asked: &Request, finished: impl Iterator<Item = bool>) -> Self {
        let asked = asked.choices.and_then(|n| usize::try_from(n).ok());
        let (mut is_all, mut count) = (true, 0);
        for is_finished in finished {
            is_all &= is_finished;
            count += 1;
        }
        Self::said_if(is_all && count >= asked.unwrap_or(1).max(1))
    }
}

/// How many fields a form has.
#[cfg(fuzzing)]
pub(crate) fn fields(sent: &Sent<'_>) -> usize {
    form::of(sent).map_or(0, |form| form.fields().count())
}

/// Reads an object. What is no object is refused by its first character, as
/// saying what it is instead would cost far more than reading it.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Unreadable> {
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Unreadable::OfAnotherShape);
    }
    Ok(serde_json::from_str(json)?)
}

/// The status, if an answer with it gets further.
fn underway(status: &str) -> Option<&'static str> {
    match status {
        "queued" => Some("queued"),
        "in_progress" => Some("in_progress"),
        _ => None,
    }
}

/// The format of a request, if a route means it, and what its path tells. What is
/// known of its host is asked only where it matters.
pub(crate) fn of<'h>(
    sent: &Sent<'_>,
    host: &dyn Fn() -> Host<'h>,
) -> Option<(&'static dyn Format, Routed)> {
    index::find(sent, host)
}

/// Whether a request would be of a format if its host were known, and one that
/// makes a model speak: others have paths that are everybody's.
pub(crate) fn looks_like_a_call(sent: &Sent<'_>) -> bool {
    let known_host = || Host {
        is_meant: true,
        provider: None,
    };
    index::find(sent, &known_host).is_some_and(|(_, routed)| routed.kind.is_inference)
}
