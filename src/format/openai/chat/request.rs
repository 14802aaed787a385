//! The parameters of a chat request; what was said is skipped.

use crate::format::lenient::{self, Text};
use crate::format::{Unreadable, openai};
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use serde_json::value::RawValue;

const API: &str = value::openai_api_type::CHAT_COMPLETIONS;

/// Reads the parameters of a request body.
pub(super) fn read(body: &[u8], asked: &mut Request) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    wire.tell(Some(API), asked);
    Ok(())
}

/// As [`read`], of a text completion: each of its prompts has as many choices.
pub(in crate::format::openai) fn read_completion(
    body: &[u8],
    asked: &mut Request,
) -> Result<(), Unreadable> {
    let wire: WireRequest<'_> = serde_json::from_slice(body)?;
    let prompts = wire.prompts();
    wire.tell(None, asked);
    let choices = asked.choices.unwrap_or(1).checked_mul(prompts);
    asked.choices = choices.or(asked.choices);
    Ok(())
}

#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    /// watsonx's name for it.
    #[serde(borrow)]
    model_id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::known_objects")]
    messages: Option<Vec<Message<'a>>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::object")]
    stream_options: Option<StreamOptions>,
    #[serde(default, deserialize_with = "lenient::integer")]
    n: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    frequency_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    presence_penalty: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_completion_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::integer")]
    seed: Option<i64>,
    #[serde(default, deserialize_with = "lenient::one_or_many")]
    stop: Vec<String>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::list")]
    modalities: Vec<Text<'a>>,
    #[serde(borrow)]
    reasoning_effort: Option<Text<'a>>,
    #[serde(borrow)]
    service_tier: Option<Text<'a>>,
    /// Of a text completion: a text, several, or tokens in place of each.
    #[serde(borrow)]
    prompt: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default, deserialize_with = "lenient::flag")]
    include_usage: Option<bool>,
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
    /// How many prompts there are: a list of tokens is one.
    fn prompts(&self) -> i64 {
        let list = self.prompt.map(RawValue::get);
        let list = list.and_then(|list| serde_json::from_str::<Vec<&RawValue>>(list).ok());
        let is_number =
            |prompt: &&RawValue| prompt.get().starts_with(|it: char| it.is_ascii_digit());
        match list {
            Some(list) if !list.iter().any(is_number) => i64::try_from(list.len()).unwrap_or(1),
            _ => 1,
        }
    }

    fn tell(self, api: Option<&'static str>, asked: &mut Request) {
        asked.name_model(self.model.or(self.model_id).and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        let includes_usage = self.stream_options.and_then(|it| it.include_usage);
        asked.omits_usage = asked.stream && includes_usage != Some(true);
        asked.choices = self.n;
        if let Some(messages) = &self.messages {
            asked.count_messages(messages.len());
            asked.answered_ids = answered_ids(messages);
        }
        let output_type = output_type(&self.modalities, self.response_format);
        let max_tokens = self.max_completion_tokens.or(self.max_tokens);
        let reasoning = self.reasoning_effort.and_then(Text::into_word);
        let facts = &mut asked.facts;
        // One is what a request without it asks for.
        let choices = self.n.filter(|n| *n != 1);
        facts.know(attribute::GEN_AI_REQUEST_CHOICE_COUNT, choices);
        facts.know(
            attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
            self.frequency_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_MAX_TOKENS, max_tokens);
        facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        facts.know(
            attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
            self.presence_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, reasoning);
        facts.know(attribute::GEN_AI_REQUEST_SEED, self.seed);
        let stop = Some(self.stop).filter(|stop| !stop.is_empty());
        facts.know(attribute::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_K, self.top_k);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
        openai::tell_request(api, self.service_tier, facts);
    }
}

/// The tool results after the last answer, whatever else is said there: those
/// of earlier rounds were answered by earlier requests.
fn answered_ids(messages: &[Message<'_>]) -> Vec<String> {
    let ids = since_answer(messages, Message::is_answer);
    ids.iter()
        .filter_map(|message| message.tool_call_id.clone()?.into_id())
        .collect()
}

fn output_type(
    modalities: &[Text<'_>],
    format: Option<ResponseFormat<'_>>,
) -> Option<&'static str> {
    if modalities.iter().any(|modality| modality.0 == "audio") {
        return Some(value::output_type::SPEECH);
    }
    openai::output_type(&format?.r#type?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Fact;

    fn read(body: &[u8]) -> Result<Request, Unreadable> {
        let mut asked = Request::default();
        super::read(body, &mut asked)?;
        Ok(asked)
    }

    #[test]
    fn only_the_last_rounds_tool_results_count_as_answered() {
        let body = br#"{"messages":[
            {"role":"user","content":"q"},
            {"role":"assistant","tool_calls":[]},{"role":"tool","tool_call_id":"a","content":"1"},
            {"role":"assistant","tool_calls":[]},
            {"role":"tool","tool_call_id":"b","content":"2"},{"role":"tool","tool_call_id":"c","content":"3"}]}"#;
        let request = read(body).unwrap();
        assert_eq!(request.answered_ids, ["b", "c"]);
        assert_eq!(request.message_count, Some(6));
    }

    #[test]
    fn whatever_stands_behind_or_between_results_they_are_answered() {
        let body = br#"{"messages":[
            {"role":"assistant","tool_calls":[]},{"role":"tool","tool_call_id":"a","content":"1"},
            {"role":"assistant","tool_calls":[]},
            {"role":"tool","tool_call_id":"b","content":"2"},{"role":"system","content":"hurry"},
            {"role":"tool","tool_call_id":"c","content":"3"},{"role":"user","content":"an image"},
            {"role":"assistant","content":"It "}]}"#;
        assert_eq!(read(body).unwrap().answered_ids, ["b", "c"]);
    }

    #[test]
    fn a_parameter_of_the_wrong_type_costs_itself_alone() {
        let request = read(
            br#"{"model":"m","messages":[1,{"role":7}],"temperature":"hot","top_p":1,"n":"x","seed":1e300,
                "max_tokens":10.0,"stop":7,"stream":"yes","response_format":"json","modalities":"audio"}"#,
        )
        .unwrap();
        assert_eq!(request.model.as_deref(), Some("m"));
        for (name, expected) in [
            (attribute::GEN_AI_REQUEST_TOP_P, Some(Fact::Float(1.0))),
            (attribute::GEN_AI_REQUEST_MAX_TOKENS, Some(Fact::Int(10))),
            (attribute::GEN_AI_REQUEST_TEMPERATURE, None),
            (attribute::GEN_AI_REQUEST_SEED, None),
            (attribute::GEN_AI_REQUEST_STOP_SEQUENCES, None),
        ] {
            assert_eq!(request.facts.get(name), expected.as_ref(), "{name}");
        }
        assert!(!request.stream);
    }

    #[test]
    fn nulls_are_as_good_as_absent() {
        let request =
            read(br#"{"model":null,"messages":null,"stop":null,"n":null,"stream":null}"#).unwrap();
        assert!(request.model.is_none() && !request.stream);
        let stop = request.facts.get(attribute::GEN_AI_REQUEST_STOP_SEQUENCES);
        assert_eq!(stop, None);
    }
}
