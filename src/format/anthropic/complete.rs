//! The old text completions.
//!
//! Reference: the Claude API's `POST /v1/complete`.

use super::has_version;
use crate::format::error_body::{self, ErrorObject};
use crate::format::lenient::{self, Text};
use crate::format::room::Room;
use crate::format::route::{Route, Sent};
use crate::format::{self, Completion, Format, Progress, Reader, Unreadable};
use crate::framing::Frame;
use crate::operation::{Input, Kind, Message, Output, Part, Request, Response};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// The format of text completions.
#[derive(Debug)]
pub(crate) struct Complete;

impl Format for Complete {
    fn routes(&self) -> &'static [Route] {
        const COMPLETE: Kind = Kind::inference(value::operation::TEXT_COMPLETION);
        const ROUTES: [Route; 1] = [Route::marked(COMPLETE, "/v1/complete", has_version)];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::ANTHROPIC
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        wire.tell(asked);
        Ok(())
    }

    fn read_input(&self, body: &[u8]) -> Input {
        let wire: Option<WireRequest<'_>> = serde_json::from_slice(body).ok();
        let prompt = wire.and_then(|wire| wire.prompt?.into_string());
        Input {
            messages: prompt
                .map(|it| message("user", it, None))
                .into_iter()
                .collect(),
            ..Input::default()
        }
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(CompleteReader {
            room: Room::of_an_answer(keep_content),
            keep_content,
            ..CompleteReader::default()
        })
    }
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    prompt: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_tokens_to_sample: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    stop_sequences: Vec<String>,
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        let stop = Some(self.stop_sequences).filter(|stop| !stop.is_empty());
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_REQUEST_MAX_TOKENS,
            self.max_tokens_to_sample,
        );
        facts.know(attribute::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_K, self.top_k);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
    }
}

/// Gathers one answer: its pieces and the whole of it have the same shape.
#[derive(Debug, Default)]
struct CompleteReader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    stop_reason: Option<String>,
    text: String,
}

#[derive(Deserialize)]
struct WireAnswer<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    completion: Option<Text<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Text<'a>>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

impl CompleteReader {
    fn read(&mut self, json: &str, mut wire: WireAnswer<'_>) -> Progress {
        let is_error = wire.kind.is_some_and(|kind| kind.0 == "error");
        let error = error_body::of_answer(wire.error.take(), is_error, json);
        self.room.fill_id(&mut self.id, wire.id);
        self.room.fill(&mut self.model, wire.model);
        self.room.replace(&mut self.stop_reason, wire.stop_reason);
        let said = wire.completion.filter(Text::is_said);
        if let Some(piece) = &said {
            self.room.keep(&mut self.text, &piece.0);
        }
        Progress {
            generated: said.is_some(),
            terminated: self.stop_reason.is_some(),
            error: error.map(Into::into),
            ..Progress::default()
        }
    }
}

impl Reader for CompleteReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let wire: WireAnswer<'_> = format::object(&json)?;
        if wire.completion.is_none() && wire.error.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(self.read(&json, wire))
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        let json = format::text(frame.data);
        let wire = format::object(&json)?;
        Ok(self.read(&json, wire))
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::said_if(self.stop_reason.is_some())
    }

    fn finish(&mut self) -> Response {
        let reason = self.stop_reason.take();
        let text = std::mem::take(&mut self.text);
        let finish = super::response::message_finish_reason(reason.as_deref()).to_owned();
        Response {
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons: vec![reason],
            is_truncated: self.room.is_exceeded(),
            output: if self.keep_content && !text.is_empty() {
                let make = || vec![message("assistant", text, Some(finish))];
                Output::new(self.room.kept(), make)
            } else {
                Output::default()
            },
            ..Response::default()
        }
    }
}

fn message(role: &str, text: String, finish_reason: Option<String>) -> Message {
    Message {
        role: role.to_owned(),
        parts: vec![Part::text(text)],
        name: None,
        finish_reason,
    }
}
