//! Chats and completions, whole or as lines: each has the same fields, the last
//! one all counts.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::said::{CallPiece, Said, Script};
use crate::format::{Progress, Unreadable};
use crate::operation::{Facts, Usage};
use crate::semconv::attribute;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct Generation;

#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    /// Of a chat.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    message: Option<Message<'a>>,
    /// Of a completion.
    #[serde(borrow)]
    response: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    done: Option<bool>,
    #[serde(borrow)]
    done_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_eval_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    eval_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_duration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    load_duration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_eval_duration: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    eval_duration: Option<u64>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    /// An object, not its text.
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl Script for Generation {
    type Whole<'a> = Line<'a>;
    type Piece<'a> = Line<'a>;

    fn whole(wire: Line<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let is_answer = wire.message.is_some() || wire.response.is_some();
        let progress = Self::piece(wire, said);
        if !is_answer && progress.error.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(progress)
    }

    fn piece(mut wire: Line<'_>, said: &mut Said) -> Progress {
        let error = wire.error.take().and_then(ErrorObject::said);
        let is_done = wire.done.unwrap_or(false);
        if is_done {
            said.report(wire.facts());
        }
        said.count(Usage {
            input_tokens: wire.prompt_eval_count,
            output_tokens: wire.eval_count,
            ..Usage::default()
        });
        said.model(wire.model);
        said.finish_reason(wire.done_reason);
        let mut generated = said.reasoning(wire.thinking);
        generated |= said.text(wire.response);
        if let Some(message) = wire.message {
            generated |= message.tell(said);
        }
        Progress {
            generated,
            terminated: is_done,
            error: error.map(Into::into),
            ..Progress::default()
        }
    }
}

impl Line<'_> {
    /// Durations are in nanoseconds.
    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for (name, nanoseconds) in [
            (attribute::TURNSPAN_SERVER_DURATION, self.total_duration),
            (attribute::TURNSPAN_SERVER_LOAD_DURATION, self.load_duration),
            (
                attribute::TURNSPAN_SERVER_PROMPT_DURATION,
                self.prompt_eval_duration,
            ),
            (
                attribute::TURNSPAN_SERVER_GENERATION_DURATION,
                self.eval_duration,
            ),
        ] {
            facts.know(name, nanoseconds.map(seconds));
        }
        facts
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    std::time::Duration::from_nanos(nanoseconds).as_secs_f64()
}

impl Message<'_> {
    /// Returns whether there is generated content in it.
    fn tell(self, said: &mut Said) -> bool {
        let mut generated = said.reasoning(self.thinking);
        generated |= said.text(self.content);
        for call in said.of_list(self.tool_calls) {
            generated |= call.tell(said);
        }
        generated
    }
}

impl Call<'_> {
    /// Each comes whole, in a line of its own or with others.
    fn tell(self, said: &mut Said) -> bool {
        let function = self.function;
        let (name, arguments) = function.map_or((None, None), |it| (it.name, it.arguments));
        said.call(CallPiece {
            id: self.id,
            name,
            arguments: arguments.map(|it| Cow::Borrowed(it.get())),
        })
    }
}
