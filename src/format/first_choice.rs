//! The first choice of an answer in nearly `OpenAI`'s form, whole or in pieces,
//! for formats that have it among others.

use super::lenient::{self, Few, Text};
use super::said::{CallPiece, Said};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    delta: Option<Message<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    message: Option<Message<'a>>,
    /// Of a completion.
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<Text<'a>>,
    #[serde(borrow)]
    reasoning: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::few_objects")]
    tool_calls: Few<Call<'a>>,
}

/// A call, in a function of its own or not.
#[derive(Deserialize)]
pub(super) struct Call<'a> {
    #[serde(default, deserialize_with = "lenient::index")]
    index: Option<usize>,
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    function: Option<Function<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl Choice<'_> {
    /// Returns whether there is generated content in it.
    pub(super) fn tell(self, said: &mut Said) -> bool {
        said.finish_reason(self.finish_reason);
        let mut generated = said.text(self.text);
        if let Some(message) = self.delta.or(self.message) {
            let reasoning = message.reasoning_content.or(message.reasoning);
            generated |= said.reasoning(reasoning);
            generated |= said.text(message.content);
            generated |= tell_calls(message.tool_calls, said);
        }
        generated
    }
}

/// Takes calls, each whole unless it has a number.
pub(super) fn tell_calls(calls: Few<Call<'_>>, said: &mut Said) -> bool {
    let mut generated = false;
    for call in said.of_list(calls) {
        let (name, arguments) = call
            .function
            .map_or((call.name, call.arguments), |it| (it.name, it.arguments));
        let piece = CallPiece {
            id: call.id,
            name,
            arguments: arguments.and_then(lenient::written),
        };
        generated |= match call.index {
            Some(index) => said.call_at(index, piece),
            None => said.call(piece),
        };
    }
    generated
}
