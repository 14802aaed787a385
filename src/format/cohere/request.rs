//! The parameters of a chat or a completion; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::format::sampling::Sampling;
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use serde::de::IgnoredAny;

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
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(borrow, default, deserialize_with = "lenient::known_objects")]
    messages: Option<Vec<Message<'a>>>,
    /// What is said first in the first version, and what was said before.
    message: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "lenient::list")]
    chat_history: Vec<IgnoredAny>,
    #[serde(default, deserialize_with = "lenient::number")]
    frequency_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    p: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    presence_penalty: Option<f64>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(default, deserialize_with = "lenient::integer")]
    seed: Option<i64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    stop_sequences: Vec<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
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
struct ResponseFormat<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
}

impl Message<'_> {
    fn is_answer(&self) -> bool {
        self.role.as_ref().is_some_and(|role| role.0 == "assistant")
    }
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream = self.stream.unwrap_or(false);
        match (&self.messages, &self.message) {
            (Some(messages), _) => asked.count_messages(messages.len()),
            (None, Some(_)) => asked.count_messages(self.chat_history.len() + 1),
            (None, None) => {}
        }
        let messages = self.messages.unwrap_or_default();
        let results = since_answer(&messages, Message::is_answer).iter();
        let ids = results.filter_map(|it| it.tool_call_id.clone()?.into_id());
        asked.answered_ids = ids.collect();
        let format = self.response_format.and_then(|it| it.r#type);
        let is_json = format.is_some_and(|format| format.0 == "json_object");
        asked.facts.know(
            attribute::GEN_AI_OUTPUT_TYPE,
            is_json.then_some(value::output_type::JSON),
        );
        let sampling = Sampling {
            frequency_penalty: self.frequency_penalty,
            max_tokens: self.max_tokens,
            presence_penalty: self.presence_penalty,
            seed: self.seed,
            stop: self.stop_sequences,
            temperature: self.temperature,
            top_k: self.k,
            top_p: self.p,
        };
        sampling.tell(&mut asked.facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Fact;

    fn read(body: &str) -> Request {
        let mut asked = Request::default();
        super::read(body.as_bytes(), &mut asked).unwrap();
        asked
    }

    #[test]
    fn both_versions_say_how_much_was_said() {
        let second = read(
            r#"{"model": "command-a", "stream": true, "p": 0.5, "k": 3,
            "response_format": {"type": "json_object"}, "messages": [
            {"role": "user", "content": "?"}, {"role": "assistant", "tool_calls": []},
            {"role": "tool", "tool_call_id": "a", "content": "1"}]}"#,
        );
        assert_eq!(second.message_count, Some(3));
        assert_eq!(second.answered_ids, ["a"]);
        assert!(second.stream);
        let facts: Vec<_> = second.facts.iter().cloned().collect();
        assert_eq!(
            facts,
            [
                (attribute::GEN_AI_OUTPUT_TYPE, "json".into()),
                (attribute::GEN_AI_REQUEST_TOP_K, Fact::Float(3.0)),
                (attribute::GEN_AI_REQUEST_TOP_P, Fact::Float(0.5)),
            ]
        );
        let first = read(r#"{"message": "b", "chat_history": [{"role": "USER", "message": "a"}]}"#);
        assert_eq!((first.message_count, first.model), (Some(2), None));
        assert_eq!(read(r#"{"prompt": "a"}"#).message_count, None);
    }
}
