//! Text, whole or as events, a token each.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::said::{Said, Script};
use crate::format::{Progress, Unreadable};
use crate::operation::Usage;
use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Generation;

/// A whole answer, or an event: the last one has the whole text.
#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    token: Option<Token<'a>>,
    #[serde(borrow)]
    generated_text: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    details: Option<Details<'a>>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
    #[serde(borrow)]
    error_type: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Token<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    special: Option<bool>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    input_length: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    generated_tokens: Option<u64>,
}

/// An answer to one of several inputs.
#[derive(Deserialize)]
struct Answers<'a>(#[serde(borrow, deserialize_with = "lenient::few_objects")] Few<Answer<'a>>);

impl Script for Generation {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Answer<'a>;

    /// Most servers put the one answer into a list.
    fn read(json: &str) -> Result<Answer<'_>, Unreadable> {
        if json.trim_ascii_start().starts_with('[') {
            let answers: Answers<'_> = serde_json::from_str(json)?;
            return answers
                .0
                .entries
                .into_iter()
                .next()
                .ok_or(Unreadable::OfAnotherShape);
        }
        crate::format::object(json)
    }

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let is_answer = wire.generated_text.is_some() || wire.error.is_some();
        let progress = Self::piece(wire, said);
        is_answer
            .then_some(progress)
            .ok_or(Unreadable::OfAnotherShape)
    }

    fn piece(wire: Answer<'_>, said: &mut Said) -> Progress {
        let error = wire.error.and_then(ErrorObject::said);
        let error = error.map(|error| error.of_kind(wire.error_type));
        let token = wire.token.filter(|token| token.special != Some(true));
        let mut generated = said.text(token.and_then(|token| token.text));
        let terminated = wire.generated_text.is_some();
        generated |= said.whole_text(wire.generated_text);
        if let Some(details) = wire.details {
            said.finish_reason(details.finish_reason);
            said.count(Usage {
                input_tokens: details.input_length,
                output_tokens: details.generated_tokens,
                ..Usage::default()
            });
        }
        Progress {
            generated,
            terminated,
            error: error.map(Into::into),
            ..Progress::default()
        }
    }
}
