//! The parameters of a chat request; what was said is skipped.

use crate::api::Unreadable;
use crate::api::lenient::{self, Text};
use crate::operation::{Fact, InferenceRequest, Parameters, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;

/// Reads the parameters of a request body.
pub(super) fn read(body: &[u8]) -> Result<InferenceRequest, Unreadable> {
    let wire: Request<'_> = serde_json::from_slice(body)?;
    Ok(wire.into())
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::objects")]
    messages: Vec<Message<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
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

impl From<Request<'_>> for InferenceRequest {
    fn from(wire: Request<'_>) -> Self {
        let messages = wire.messages;
        let output_type = output_type(&wire.modalities, wire.response_format);
        Self {
            model: wire.model.and_then(Text::into_word),
            stream: wire.stream.unwrap_or(false),
            message_count: i64::try_from(messages.len()).ok(),
            answered_ids: answered_ids(&messages),
            refinements: refinements(wire.service_tier),
            parameters: Parameters {
                choice_count: wire.n,
                frequency_penalty: wire.frequency_penalty,
                max_tokens: wire.max_completion_tokens.or(wire.max_tokens),
                output_type,
                presence_penalty: wire.presence_penalty,
                reasoning_level: wire.reasoning_effort.and_then(Text::into_word),
                seed: wire.seed,
                stop_sequences: wire.stop,
                temperature: wire.temperature,
                top_k: wire.top_k,
                top_p: wire.top_p,
            },
        }
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
    match format?.r#type?.0.as_ref() {
        "text" => Some(value::output_type::TEXT),
        "json_object" | "json_schema" => Some(value::output_type::JSON),
        _ => None,
    }
}

/// `openai.request.service_tier` is conditionally required unless `auto`.
fn refinements(service_tier: Option<Text<'_>>) -> Vec<(&'static str, Fact)> {
    let api = (
        attribute::OPENAI_API_TYPE,
        Fact::Constant(value::openai_api_type::CHAT_COMPLETIONS),
    );
    let tier = service_tier
        .and_then(Text::into_word)
        .filter(|tier| tier != "auto")
        .map(|tier| (attribute::OPENAI_REQUEST_SERVICE_TIER, Fact::Text(tier)));
    [Some(api), tier].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::read;

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
        let parameters = request.parameters;
        assert_eq!(
            (parameters.top_p, parameters.max_tokens),
            (Some(1.0), Some(10))
        );
        assert_eq!((parameters.temperature, parameters.seed), (None, None));
        assert!(parameters.stop_sequences.is_empty() && !request.stream);
    }

    #[test]
    fn nulls_are_as_good_as_absent() {
        let request =
            read(br#"{"model":null,"messages":null,"stop":null,"n":null,"stream":null}"#).unwrap();
        assert!(request.model.is_none() && !request.stream);
        assert!(request.parameters.stop_sequences.is_empty());
    }
}
