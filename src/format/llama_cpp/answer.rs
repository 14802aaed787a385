//! Completions, whole or as events, which have the same fields: the last one all
//! counts.

use crate::format::error_body::ErrorObject;
use crate::format::lenient::{self, Text};
use crate::format::said::{Said, Script};
use crate::format::{Progress, Unreadable};
use crate::operation::{Facts, Usage};
use crate::semconv::attribute;
use serde::Deserialize;

#[derive(Debug)]
pub(super) struct Completion;

#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stop: Option<bool>,
    #[serde(borrow)]
    stop_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    tokens_evaluated: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    tokens_predicted: Option<u64>,
    #[serde(default, deserialize_with = "lenient::object")]
    timings: Option<Timings>,
    #[serde(borrow)]
    error: Option<ErrorObject<'a>>,
}

/// In milliseconds.
#[derive(Deserialize)]
struct Timings {
    #[serde(default, deserialize_with = "lenient::number")]
    prompt_ms: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    predicted_ms: Option<f64>,
}

impl Script for Completion {
    type Whole<'a> = Answer<'a>;
    type Piece<'a> = Answer<'a>;

    fn whole(wire: Answer<'_>, said: &mut Said) -> Result<Progress, Unreadable> {
        let is_answer = wire.content.is_some() || wire.error.is_some();
        let progress = Self::piece(wire, said);
        is_answer
            .then_some(progress)
            .ok_or(Unreadable::OfAnotherShape)
    }

    fn piece(wire: Answer<'_>, said: &mut Said) -> Progress {
        let terminated = wire.stop.unwrap_or(false);
        if terminated {
            said.report(wire.timings.map_or_else(Facts::default, Into::into));
        }
        said.model(wire.model);
        said.finish_reason(wire.stop_type.filter(|reason| reason.0 != "none"));
        said.count(Usage {
            input_tokens: wire.tokens_evaluated,
            output_tokens: wire.tokens_predicted,
            ..Usage::default()
        });
        Progress {
            generated: said.text(wire.content),
            terminated,
            error: wire.error.and_then(ErrorObject::said).map(Into::into),
            ..Progress::default()
        }
    }
}

impl From<Timings> for Facts {
    fn from(timings: Timings) -> Self {
        let mut facts = Self::default();
        for (name, milliseconds) in [
            (
                attribute::TURNSPAN_SERVER_PROMPT_DURATION,
                timings.prompt_ms,
            ),
            (
                attribute::TURNSPAN_SERVER_GENERATION_DURATION,
                timings.predicted_ms,
            ),
        ] {
            facts.know(name, milliseconds.map(|it| it / 1000.0));
        }
        facts
    }
}
