//! The parameters of a request; what was said is skipped. Google reads the names
//! of fields in either case, and clients write them in either.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// Reads the parameters of a request body. The model is in the path.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    if let Some(contents) = &wire.contents {
        asked.count_messages(contents.len());
        asked.answered_ids = answered_ids(contents);
    }
    if let Some(config) = wire.generation_config {
        config.tell(asked);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireRequest<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::known_objects")]
    contents: Option<Vec<Content<'a>>>,
    #[serde(
        borrow,
        default,
        alias = "generation_config",
        deserialize_with = "lenient::object"
    )]
    generation_config: Option<GenerationConfig<'a>>,
}

/// Of a message only what links the results of tools to their calls.
#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::objects")]
    parts: Vec<Part<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(
        borrow,
        default,
        alias = "function_response",
        deserialize_with = "lenient::object"
    )]
    function_response: Option<FunctionResponse<'a>>,
}

#[derive(Deserialize)]
struct FunctionResponse<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::format::gemini) struct GenerationConfig<'a> {
    #[serde(
        default,
        alias = "candidate_count",
        deserialize_with = "lenient::integer"
    )]
    candidate_count: Option<i64>,
    #[serde(
        default,
        alias = "frequency_penalty",
        deserialize_with = "lenient::number"
    )]
    frequency_penalty: Option<f64>,
    #[serde(
        default,
        alias = "max_output_tokens",
        deserialize_with = "lenient::integer"
    )]
    max_output_tokens: Option<i64>,
    #[serde(
        default,
        alias = "presence_penalty",
        deserialize_with = "lenient::number"
    )]
    presence_penalty: Option<f64>,
    #[serde(
        borrow,
        default,
        alias = "response_modalities",
        deserialize_with = "lenient::list"
    )]
    response_modalities: Vec<Text<'a>>,
    #[serde(borrow, alias = "response_mime_type")]
    response_mime_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::integer")]
    seed: Option<i64>,
    #[serde(
        default,
        alias = "stop_sequences",
        deserialize_with = "lenient::one_or_many"
    )]
    stop_sequences: Vec<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(
        borrow,
        default,
        alias = "thinking_config",
        deserialize_with = "lenient::object"
    )]
    thinking_config: Option<ThinkingConfig<'a>>,
    /// Where interactions have it.
    #[serde(borrow, alias = "thinking_level")]
    thinking_level: Option<Text<'a>>,
    #[serde(default, alias = "top_k", deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, alias = "top_p", deserialize_with = "lenient::number")]
    top_p: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThinkingConfig<'a> {
    #[serde(borrow, alias = "thinking_level")]
    thinking_level: Option<Text<'a>>,
}

impl Content<'_> {
    fn is_answer(&self) -> bool {
        self.role.as_ref().is_some_and(|role| role.0 == "model")
    }
}

impl GenerationConfig<'_> {
    pub(in crate::format::gemini) fn tell(self, asked: &mut Request) {
        asked.choices = self.candidate_count;
        let mime_type = self.response_mime_type.as_ref();
        let output_type = output_type(&self.response_modalities, mime_type);
        let level = self.thinking_config.and_then(|it| it.thinking_level);
        let level = level.or(self.thinking_level).and_then(Text::into_word);
        let facts = &mut asked.facts;
        // One is what a request without it asks for.
        let choices = self.candidate_count.filter(|n| *n != 1);
        facts.know(attribute::GEN_AI_REQUEST_CHOICE_COUNT, choices);
        facts.know(
            attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
            self.frequency_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_MAX_TOKENS, self.max_output_tokens);
        facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        facts.know(
            attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
            self.presence_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, level);
        facts.know(attribute::GEN_AI_REQUEST_SEED, self.seed);
        let stop = Some(self.stop_sequences).filter(|stop| !stop.is_empty());
        facts.know(attribute::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_K, self.top_k);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
    }
}

/// The tool results after the last answer: those of earlier rounds were answered
/// by earlier requests. Not every result has an id.
fn answered_ids(contents: &[Content<'_>]) -> Vec<String> {
    let said = since_answer(contents, Content::is_answer);
    said.iter()
        .flat_map(|content| &content.parts)
        .filter_map(|part| part.function_response.as_ref()?.id.clone()?.into_id())
        .collect()
}

/// By what it is to be made of, else by its format. Modalities may be numbers.
fn output_type(modalities: &[Text<'_>], mime_type: Option<&Text<'_>>) -> Option<&'static str> {
    let has = |name: &str, number: &str| {
        let mut modalities = modalities.iter();
        modalities.any(|it| it.0.eq_ignore_ascii_case(name) || it.0 == number)
    };
    match mime_type.map(|mime_type| mime_type.0.as_ref()) {
        _ if has("image", "2") => Some(value::output_type::IMAGE),
        _ if has("audio", "3") => Some(value::output_type::SPEECH),
        Some("application/json") => Some(value::output_type::JSON),
        Some("text/plain") => Some(value::output_type::TEXT),
        _ => has("text", "1").then_some(value::output_type::TEXT),
    }
}
