//! An answer that is an object or a list of some: embeddings, images, files,
//! batches, and whatever else a provider keeps. What it says of itself is told.

mod wire;

use super::error_body::ErrorObject;
use super::lenient::Text;
use super::room::Room;
use super::usage::Counts;
use super::{Completion, Progress, Reader, Unreadable};
use crate::format;
use crate::framing::Frame;
use crate::operation::{Facts, Message, Output, Part, Request, Response, Usage};
use crate::semconv::{attribute, value};
use wire::{Requests, WireObject};

/// Gathers what an object says of itself.
#[derive(Debug, Default)]
pub(super) struct ObjectReader {
    holds: Holds,
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    status: Option<String>,
    text: String,
    /// Some of the text has come, whether it is kept or not.
    has_text: bool,
    counts: Counts,
    entries: Option<u64>,
    pages: Option<i64>,
    requests: Requests,
    has_end: bool,
}

/// What there is in it besides what is known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing that was said. They alone have ids.
    #[default]
    Things,
    /// Vectors, whose tokens are all input.
    Vectors,
    /// A text, which may be all of it.
    Text,
    /// Answers to earlier requests, a line each.
    Answers,
}

impl ObjectReader {
    pub(super) fn new(holds: Holds, keep_content: bool) -> Self {
        let keep_content = keep_content && holds == Holds::Text;
        Self {
            holds,
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// Returns whether there is something in it that was made.
    fn absorb(&mut self, mut wire: WireObject<'_>) -> bool {
        if self.holds == Holds::Things {
            self.room.fill_id(&mut self.id, wire.id.take());
        }
        let model = wire.model.take().or_else(|| wire.model_id.take());
        self.room.fill(&mut self.model, model);
        let status = wire.status.take().or_else(|| wire.processing_status.take());
        self.room.replace(&mut self.status, status);
        if let Some(usage) = &wire.usage {
            self.counts.report(usage);
        }
        if let Some(usage) = wire.meta.take() {
            usage.tell(&mut self.counts);
        }
        let counted = wire.input_tokens.or(wire.input_token_count);
        self.counts.tokens.report(Usage {
            input_tokens: counted.or(wire.prompt_eval_count),
            ..Usage::default()
        });
        self.pages = wire
            .usage_info
            .take()
            .map_or(self.pages, |it| it.pages_processed);
        let list = wire.data.take().or_else(|| wire.results.take());
        let vectors = wire.embeddings.take().and_then(|it| it.0);
        let entries = list.and_then(|it| it.0).or(vectors);
        self.entries = entries.or(self.entries);
        if let Some(requests) = wire.request_counts.take() {
            self.requests = requests.into();
        }
        entries.is_some_and(|entries| entries > 0) || self.say(&wire)
    }

    /// Takes what is said, whole or a piece of it. What came in pieces stays.
    fn say(&mut self, wire: &WireObject<'_>) -> bool {
        let of_stream = [&wire.audio, &wire.b64_json, &wire.delta];
        let made = of_stream.into_iter().flatten().any(Text::is_said);
        if self.holds != Holds::Text {
            return made;
        }
        let is_segment = wire.is("transcript.text.segment");
        let whole = wire.text.as_ref().filter(|_| !is_segment);
        let whole = whole.filter(|_| !self.has_text);
        let Some(piece) = wire.delta.as_ref().or(whole).filter(|text| text.is_said()) else {
            return made || is_segment;
        };
        self.room.keep(&mut self.text, &piece.0);
        self.has_text = true;
        true
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        let count = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let requests = &self.requests;
        for (name, number) in [
            (attribute::TURNSPAN_RESPONSE_ITEM_COUNT, self.entries),
            (
                attribute::TURNSPAN_BATCH_REQUEST_COUNT_TOTAL,
                requests.total,
            ),
            (
                attribute::TURNSPAN_BATCH_REQUEST_COUNT_COMPLETED,
                requests.completed,
            ),
            (
                attribute::TURNSPAN_BATCH_REQUEST_COUNT_FAILED,
                requests.failed,
            ),
        ] {
            facts.know(name, count(number));
        }
        facts.know(attribute::TURNSPAN_USAGE_PAGES, self.pages);
        facts.know(attribute::TURNSPAN_RESPONSE_STATUS, self.status.clone());
        self.counts.tell(&mut facts);
        facts
    }

    fn output(&mut self) -> Output {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() || !self.keep_content {
            return Output::default();
        }
        Output::new(self.room.kept(), || {
            vec![Message {
                role: "assistant".to_owned(),
                parts: vec![Part::text(text)],
                name: None,
                finish_reason: Some(value::finish_reason::STOP.to_owned()),
            }]
        })
    }
}

impl Reader for ObjectReader {
    /// What is no object is what was asked for itself: a file, a text, speech.
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let Ok(mut wire) = format::object::<WireObject<'_>>(&json) else {
            let is_text = self.holds == Holds::Text;
            if is_text {
                self.room.keep(&mut self.text, &json);
            }
            return Ok(Progress {
                generated: is_text && !json.is_empty(),
                ..Progress::default()
            });
        };
        let is_something = wire.is_something();
        let error = wire.error.take().filter(|_| !is_something);
        Ok(Progress {
            error: error.and_then(ErrorObject::said).map(Into::into),
            generated: self.absorb(wire),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        if self.holds == Holds::Answers {
            self.entries = Some(self.entries.unwrap_or_default() + 1);
            return Ok(Progress::default());
        }
        if let Some(done) = Progress::of_mark(frame) {
            return Ok(done);
        }
        let json = format::text(frame.data);
        let mut wire: WireObject<'_> = format::object(&json)?;
        let is_error = wire.is("error");
        let error = format::error_body::of_answer(wire.error.take(), is_error, &json);
        let terminated = wire.is_last();
        self.has_end |= wire.kind.as_ref().is_some_and(|it| is_an_end(&it.0));
        Ok(Progress {
            generated: self.absorb(wire),
            terminated,
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        if self.holds == Holds::Answers {
            Completion::Silent
        } else {
            Completion::said_if(self.has_end)
        }
    }

    fn is_brief(&self) -> bool {
        self.holds != Holds::Text
    }

    fn finish(&mut self) -> Response {
        if self.holds == Holds::Vectors {
            self.counts.tokens.forget_output();
        }
        Response {
            facts: self.facts(),
            id: self.id.take(),
            model: self.model.take(),
            tokens: self.counts.tokens,
            is_truncated: self.room.is_exceeded(),
            output: self.output(),
            ..Response::default()
        }
    }
}

/// Whether all of something has come with this event: there may be more of the
/// kind, as of images.
fn is_an_end(event: &str) -> bool {
    event.ends_with(".completed")
}
