//! Chats and completions of the first version, whole or as lines. The last line
//! has the whole answer once more.

use super::failure;
use super::usage::WireUsage;
use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::said::{CallPiece, Said, Script};
use crate::format::{Progress, Unreadable};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

#[derive(Debug)]
pub(super) struct Generation;

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    /// Of a completion.
    #[serde(borrow)]
    id: Option<Text<'a>>,
    /// Of a chat.
    #[serde(borrow)]
    generation_id: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    generations: Few<Generated<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few")]
    citations: Few<&'a RawValue>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    meta: Option<WireUsage>,
}

#[derive(Deserialize)]
struct Generated<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    /// An object, not its text.
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

/// A line of a stream.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    event_type: Option<Text<'a>>,
    #[serde(borrow)]
    generation_id: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    is_finished: Option<bool>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    /// Of a line of calls.
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    response: Option<Box<Answer<'a>>>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

impl Script for Generation {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Line<'a>;

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let error = failure(wire.finish_reason.as_ref(), None);
        let generated = wire.tell(said);
        if !generated && !said.has_finish_reason() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated,
            error,
            ..Progress::default()
        })
    }

    /// Other lines than those of text say what comes beside it, or what the last
    /// one says too.
    fn piece(wire: Line<'_>, said: &mut Said) -> Progress {
        let told = wire.error.and_then(ErrorObject::said);
        let error = failure(wire.finish_reason.as_ref(), told);
        said.id(wire.generation_id);
        said.finish_reason(wire.finish_reason);
        let is_text = wire.event_type.is_some_and(|it| it.0 == "text-generation");
        let mut generated = said.text(wire.text.filter(|_| is_text));
        generated |= tell_calls(wire.tool_calls, said);
        let terminated = wire.is_finished.unwrap_or(false);
        if let Some(answer) = wire.response.filter(|_| terminated) {
            generated |= answer.tell(said);
        }
        Progress {
            generated,
            terminated,
            error,
            ..Progress::default()
        }
    }
}

impl Answer<'_> {
    /// Returns whether there is generated content in it that was not known.
    fn tell(self, said: &mut Said) -> bool {
        said.id(self.generation_id);
        said.id(self.id);
        said.finish_reason(self.finish_reason);
        if let Some(usage) = self.meta {
            usage.tell(said.counts());
        }
        let mut generated = said.whole_text(self.text);
        // Of several, the first is the answer.
        if let Some(first) = said.of_list(self.generations).into_iter().next() {
            said.finish_reason(first.finish_reason);
            generated |= said.whole_text(first.text);
        }
        for citation in said.of_list(self.citations) {
            said.cite(citation);
        }
        if !said.has_calls() {
            generated |= tell_calls(self.tool_calls, said);
        }
        generated
    }
}

fn tell_calls(calls: Few<Call<'_>>, said: &mut Said) -> bool {
    let mut generated = false;
    for call in said.of_list(calls) {
        generated |= said.call(CallPiece {
            id: None,
            name: call.name,
            arguments: call.parameters.map(|it| Cow::Borrowed(it.get())),
        });
    }
    generated
}
