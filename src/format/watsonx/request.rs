//! The parameters of a request for text; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::format::sampling::Sampling;
use crate::operation::Request;
use serde::Deserialize;

/// Reads the parameters of a request body. That of a deployment names no model.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    asked.name_model(wire.model_id.and_then(Text::into_word));
    if let Some(parameters) = wire.parameters {
        Sampling::from(parameters).tell(&mut asked.facts);
    }
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model_id: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default, deserialize_with = "lenient::integer")]
    max_new_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    random_seed: Option<i64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    stop_sequences: Vec<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
}

impl From<Parameters> for Sampling {
    fn from(parameters: Parameters) -> Self {
        Self {
            max_tokens: parameters.max_new_tokens,
            seed: parameters.random_seed,
            stop: parameters.stop_sequences,
            temperature: parameters.temperature,
            top_k: parameters.top_k,
            top_p: parameters.top_p,
            ..Self::default()
        }
    }
}
