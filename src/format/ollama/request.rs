//! The parameters of a chat or a completion; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::format::sampling::Sampling;
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Reads the parameters of a request body.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    wire.tell(asked);
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::known_objects")]
    messages: Option<Vec<Message<'a>>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    /// `json`, or a schema.
    #[serde(borrow)]
    format: Option<&'a RawValue>,
    /// A flag, or how hard to think.
    #[serde(borrow)]
    think: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    options: Option<Options>,
}

/// Of a message only what links tool results to their calls.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow)]
    tool_call_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Options {
    #[serde(default, deserialize_with = "lenient::number")]
    frequency_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    num_predict: Option<i64>,
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

impl From<Options> for Sampling {
    fn from(options: Options) -> Self {
        Self {
            frequency_penalty: options.frequency_penalty,
            // As long as it gets, by a negative number.
            max_tokens: options.num_predict.filter(|tokens| *tokens >= 0),
            presence_penalty: options.presence_penalty,
            seed: options.seed,
            stop: options.stop,
            temperature: options.temperature,
            top_k: options.top_k,
            top_p: options.top_p,
        }
    }
}

impl Message<'_> {
    fn is_answer(&self) -> bool {
        self.role.as_ref().is_some_and(|role| role.0 == "assistant")
    }
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream = self.stream.unwrap_or(true);
        if let Some(messages) = &self.messages {
            asked.count_messages(messages.len());
            let results = since_answer(messages, Message::is_answer).iter();
            let ids = results.filter_map(|it| it.tool_call_id.clone()?.into_id());
            asked.answered_ids = ids.collect();
        }
        let is_json = self.format.is_some_and(|format| is_json(format.get()));
        let level = self.think.and_then(Text::into_word);
        let level = level.filter(|level| level != "true" && level != "false");
        let facts = &mut asked.facts;
        facts.know(
            attribute::GEN_AI_OUTPUT_TYPE,
            is_json.then_some(value::output_type::JSON),
        );
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, level);
        self.options
            .map_or_else(Sampling::default, Into::into)
            .tell(facts);
    }
}

fn is_json(format: &str) -> bool {
    format == "\"json\"" || format.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Fact;
    use serde_json::json;

    fn read(body: &serde_json::Value) -> Request {
        let mut asked = Request::default();
        super::read(body.to_string().as_bytes(), &mut asked).unwrap();
        asked
    }

    #[test]
    fn parameters_are_among_the_options_and_streams_are_the_rule() {
        let request = read(&json!({
            "model": "qwen3", "format": {"type": "object"}, "think": "low", "temperature": 9,
            "options": {"num_predict": 50, "temperature": 0, "top_k": 40, "stop": ["a"], "seed": 7},
            "messages": [
                {"role": "user", "content": "?"},
                {"role": "assistant", "tool_calls": []},
                {"role": "tool", "tool_call_id": "c", "content": "1"},
            ],
        }));
        assert_eq!(request.model.as_deref(), Some("qwen3"));
        assert!(request.stream);
        assert_eq!(request.message_count, Some(3));
        assert_eq!(request.answered_ids, ["c"]);
        for (name, expected) in [
            (attribute::GEN_AI_REQUEST_MAX_TOKENS, Fact::Int(50)),
            (attribute::GEN_AI_REQUEST_TEMPERATURE, Fact::Float(0.0)),
            (attribute::GEN_AI_REQUEST_TOP_K, Fact::Float(40.0)),
            (attribute::GEN_AI_REQUEST_SEED, Fact::Int(7)),
            (attribute::GEN_AI_OUTPUT_TYPE, "json".into()),
            (
                attribute::GEN_AI_REQUEST_REASONING_LEVEL,
                "low".to_owned().into(),
            ),
            (
                attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
                Fact::Texts(vec!["a".to_owned()]),
            ),
        ] {
            assert_eq!(request.facts.get(name), Some(&expected), "{name}");
        }
    }

    #[test]
    fn flags_and_what_means_nothing_are_no_facts() {
        let request = read(&json!({
            "model": "m", "stream": false, "think": true, "format": "",
            "options": {"num_predict": -1, "seed": "x"},
        }));
        assert!(!request.stream);
        assert_eq!(request.facts.iter().count(), 0);
    }
}
