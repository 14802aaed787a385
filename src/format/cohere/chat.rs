//! Chats of the second version, whole or as events.

use super::failure;
use super::usage::WireUsage;
use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::said::{CallPiece, Said, Script};
use crate::format::{Progress, Unreadable};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug)]
pub(super) struct Chat;

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    content: Few<Content<'a>>,
    #[serde(borrow)]
    tool_plan: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few")]
    citations: Few<&'a RawValue>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
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
    #[serde(borrow)]
    arguments: Option<Text<'a>>,
}

/// An event of a stream.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::index")]
    index: Option<usize>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    delta: Option<Delta<'a>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    message: Option<MessageDelta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    usage: Option<WireUsage>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
    #[serde(borrow)]
    error_type: Option<Text<'a>>,
}

/// What is a list in a whole message is one entry here.
#[derive(Deserialize)]
struct MessageDelta<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    content: Option<Content<'a>>,
    #[serde(borrow)]
    tool_plan: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    tool_calls: Option<Call<'a>>,
    #[serde(borrow)]
    citations: Option<&'a RawValue>,
}

impl Script for Chat {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Event<'a>;

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let message = wire.message.ok_or(Unreadable::OfAnotherShape)?;
        let error = failure(wire.finish_reason.as_ref(), None);
        said.id(wire.id);
        said.finish_reason(wire.finish_reason);
        if let Some(usage) = wire.usage {
            usage.tell(said.counts());
        }
        Ok(Progress {
            generated: message.tell(said),
            error,
            ..Progress::default()
        })
    }

    fn piece(wire: Event<'_>, said: &mut Said) -> Progress {
        said.id(wire.id);
        let mut progress = Progress {
            terminated: wire.r#type.is_some_and(|it| it.0 == "message-end"),
            ..Progress::default()
        };
        let Some(delta) = wire.delta else {
            return progress;
        };
        let told = delta.error.and_then(ErrorObject::said);
        let told = told.map(|told| told.of_kind(delta.error_type));
        progress.error = failure(delta.finish_reason.as_ref(), told);
        said.finish_reason(delta.finish_reason);
        if let Some(usage) = delta.usage {
            usage.tell(said.counts());
        }
        if let Some(message) = delta.message {
            progress.generated = message.tell(wire.index.unwrap_or_default(), said);
        }
        progress
    }
}

impl Message<'_> {
    /// Returns whether there is generated content in it.
    fn tell(self, said: &mut Said) -> bool {
        // What the model means to do with its tools is no answer.
        let mut generated = said.reasoning(self.tool_plan);
        for content in said.of_list(self.content) {
            generated |= content.tell(said);
        }
        for citation in said.of_list(self.citations) {
            said.cite(citation);
        }
        for (number, call) in said.of_list(self.tool_calls).into_iter().enumerate() {
            generated |= call.tell(number, said);
        }
        generated
    }
}

impl MessageDelta<'_> {
    fn tell(self, number: usize, said: &mut Said) -> bool {
        let mut generated = said.reasoning(self.tool_plan);
        generated |= self.content.is_some_and(|content| content.tell(said));
        generated |= self.tool_calls.is_some_and(|call| call.tell(number, said));
        let citation = self.citations.filter(|it| it.get().starts_with('{'));
        if let Some(citation) = citation {
            said.cite(citation);
        }
        generated
    }
}

impl Content<'_> {
    fn tell(self, said: &mut Said) -> bool {
        let thinks = said.reasoning(self.thinking);
        said.text(self.text) || thinks
    }
}

impl Call<'_> {
    fn tell(self, number: usize, said: &mut Said) -> bool {
        let function = self.function;
        let (name, arguments) = function.map_or((None, None), |it| (it.name, it.arguments));
        said.call_at(
            number,
            CallPiece {
                id: self.id,
                name,
                arguments: arguments.map(|it| it.0),
            },
        )
    }
}
