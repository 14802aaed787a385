//! Text, whole or as events, which have the same fields.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Few, Text};
use crate::format::said::{Said, Script};
use crate::format::{Progress, Unreadable};
use crate::operation::Usage;
use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Generation;

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    model_id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::given_objects")]
    results: Option<Few<Continuation<'a>>>,
    #[serde(borrow)]
    errors: Option<ErrorObject<'a>>,
}

#[derive(Deserialize)]
struct Continuation<'a> {
    #[serde(borrow)]
    generated_text: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    generated_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    input_token_count: Option<u64>,
    #[serde(borrow)]
    stop_reason: Option<Text<'a>>,
}

impl Script for Generation {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Answer<'a>;

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let has_results = wire.results.is_some();
        let progress = Self::piece(wire, said);
        let is_answer = has_results || progress.error.is_some();
        is_answer
            .then_some(progress)
            .ok_or(Unreadable::OfAnotherShape)
    }

    fn piece(wire: Answer<'_>, said: &mut Said) -> Progress {
        let error = wire.errors.and_then(ErrorObject::said);
        said.model(wire.model_id);
        let mut generated = false;
        for result in said.of_list(wire.results.unwrap_or_default()) {
            generated |= result.tell(said);
        }
        Progress {
            generated,
            error: error.map(Into::into),
            ..Progress::default()
        }
    }
}

impl Continuation<'_> {
    fn tell(self, said: &mut Said) -> bool {
        let is_finished = |reason: &Text<'_>| reason.0 != "not_finished";
        said.finish_reason(self.stop_reason.filter(is_finished));
        said.count(Usage {
            // The first event counts the input, those after it say 0.
            input_tokens: self.input_token_count.filter(|count| *count > 0),
            output_tokens: self.generated_token_count,
            ..Usage::default()
        });
        said.text(self.generated_text)
    }
}
