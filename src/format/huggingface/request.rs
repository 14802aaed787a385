//! The parameters of a request for text; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::format::marks::has_any;
use crate::format::sampling::Sampling;
use crate::operation::Request;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the parameters of a request body.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    asked.name_model(wire.model.and_then(Text::into_word));
    asked.stream |= wire.stream.unwrap_or(false);
    if let Some(parameters) = wire.parameters {
        Sampling::from(parameters).tell(&mut asked.facts);
    }
    Ok(())
}

/// Whether a request to some model means one that writes text: the path does not
/// say it, but only such models take these parameters.
pub(super) fn asks_for_text(body: &[u8]) -> bool {
    const OF_TEXT: &[&str] = &[
        "decoder_input_details",
        "do_sample",
        "max_new_tokens",
        "repetition_penalty",
        "return_full_text",
        "stop",
        "temperature",
        "top_p",
        "typical_p",
    ];
    let wire: Option<Signs<'_>> = serde_json::from_slice(body).ok();
    wire.is_some_and(|wire| {
        let has = |object: Option<&RawValue>, fields: &[&str]| {
            object.is_some_and(|it| has_any(it.get().as_bytes(), fields))
        };
        wire.inputs.is_some() && wire.stream.unwrap_or(false)
            || has(wire.parameters, OF_TEXT)
            || has(wire.inputs, &["past_user_inputs", "generated_responses"])
    })
}

#[derive(Deserialize)]
struct Signs<'a> {
    #[serde(borrow)]
    inputs: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::object")]
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(default, deserialize_with = "lenient::number")]
    frequency_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_new_tokens: Option<i64>,
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

impl From<Parameters> for Sampling {
    fn from(parameters: Parameters) -> Self {
        Self {
            frequency_penalty: parameters.frequency_penalty,
            max_tokens: parameters.max_new_tokens,
            presence_penalty: None,
            seed: parameters.seed,
            stop: parameters.stop,
            temperature: parameters.temperature,
            top_k: parameters.top_k,
            top_p: parameters.top_p,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::asks_for_text;

    #[test]
    fn a_request_for_text_shows_it_by_its_parameters() {
        for (body, expected) in [
            (
                r#"{"inputs": "a", "parameters": {"max_new_tokens": 5}}"#,
                true,
            ),
            (r#"{"inputs": "a", "stream": true}"#, true),
            (r#"{"inputs": {"text": "a", "past_user_inputs": []}}"#, true),
            (r#"{"inputs": "a"}"#, false),
            (
                r#"{"inputs": "a", "parameters": {"guidance_scale": 5}}"#,
                false,
            ),
            (r#"{"inputs": {"question": "a", "context": "b"}}"#, false),
            ("", false),
        ] {
            assert_eq!(asks_for_text(body.as_bytes()), expected, "{body}");
        }
    }
}
