//! The parameters of a completion; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::format::sampling::Sampling;
use crate::operation::Request;
use serde::Deserialize;

/// Parameters that nobody else has, or not at a path like this: one of them
/// stands in most requests.
pub(super) const OWN: &[&str] = &[
    "cache_prompt",
    "grammar",
    "id_slot",
    "json_schema",
    "mirostat",
    "n_keep",
    "n_predict",
    "n_probs",
    "repeat_penalty",
    "samplers",
    "stream",
];

/// Reads the parameters of a request body.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    asked.name_model(wire.model.and_then(Text::into_word));
    asked.stream = wire.stream.unwrap_or(false);
    let sampling = Sampling {
        frequency_penalty: wire.frequency_penalty,
        // As long as it gets, by a negative number.
        max_tokens: wire.n_predict.filter(|tokens| *tokens >= 0),
        presence_penalty: wire.presence_penalty,
        seed: wire.seed.filter(|seed| *seed >= 0),
        stop: wire.stop,
        temperature: wire.temperature,
        top_k: wire.top_k,
        top_p: wire.top_p,
    };
    sampling.tell(&mut asked.facts);
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::number")]
    frequency_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    n_predict: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    presence_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    seed: Option<i64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    stop: Vec<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
}
