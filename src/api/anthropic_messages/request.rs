//! The parameters of a request; what was said is skipped.

use crate::api::Unreadable;
use crate::api::lenient::{self, Text};
use crate::operation::{InferenceRequest, Parameters, since_answer};
use crate::semconv::value;
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
    max_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_k: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
    #[serde(borrow, default, deserialize_with = "lenient::list")]
    stop_sequences: Vec<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    output_config: Option<OutputConfig<'a>>,
    /// The predecessor of `output_config.format`.
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    output_format: Option<OutputFormat<'a>>,
}

/// Of a message only what links tool results to their calls.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::objects")]
    content: Vec<Block<'a>>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    tool_use_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct OutputConfig<'a> {
    #[serde(borrow)]
    effort: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    format: Option<OutputFormat<'a>>,
}

#[derive(Deserialize)]
struct OutputFormat<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
}

impl Message<'_> {
    fn is_answer(&self) -> bool {
        self.role.as_ref().is_some_and(|role| role.0 == "assistant")
    }
}

impl From<Request<'_>> for InferenceRequest {
    fn from(wire: Request<'_>) -> Self {
        let (effort, format) = wire
            .output_config
            .map_or((None, None), |config| (config.effort, config.format));
        Self {
            model: wire.model.and_then(Text::into_word),
            stream: wire.stream.unwrap_or(false),
            message_count: i64::try_from(wire.messages.len()).ok(),
            answered_ids: answered_ids(&wire.messages),
            refinements: Vec::new(),
            parameters: Parameters {
                max_tokens: wire.max_tokens,
                output_type: output_type(format.or(wire.output_format)),
                reasoning_level: effort.and_then(Text::into_word),
                stop_sequences: wire
                    .stop_sequences
                    .into_iter()
                    .filter_map(Text::into_string)
                    .collect(),
                temperature: wire.temperature,
                top_k: wire.top_k,
                top_p: wire.top_p,
                ..Parameters::default()
            },
        }
    }
}

/// The tool results after the last answer, whatever else is said there: those
/// of earlier rounds were answered by earlier requests.
fn answered_ids(messages: &[Message<'_>]) -> Vec<String> {
    let said = since_answer(messages, Message::is_answer);
    said.iter()
        .flat_map(|message| &message.content)
        .filter_map(|block| block.tool_use_id.clone()?.into_id())
        .collect()
}

fn output_type(format: Option<OutputFormat<'_>>) -> Option<&'static str> {
    (format?.kind?.0 == "json_schema").then_some(value::output_type::JSON)
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn parameters_are_read_and_only_the_last_rounds_results_count_as_answered() {
        let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "1"});
        let body = json!({
            "model": "claude-sonnet-4", "max_tokens": 100, "top_k": 5, "temperature": 0.5,
            "stream": true, "stop_sequences": ["END"], "system": "Be brief.",
            "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {}}},
            "messages": [
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": []}, {"role": "user", "content": [result("a")]},
                {"role": "assistant", "content": []},
                {"role": "user", "content": [result("b"), {"type": "text", "text": "and"}]},
                {"role": "user", "content": [result("c")]}, {"role": "user", "content": "hurry"},
                {"role": "assistant", "content": "It "},
            ],
        });
        let request = read(body.to_string().as_bytes()).unwrap();
        assert_eq!(request.answered_ids, ["b", "c"]);
        assert_eq!(request.message_count, Some(8));
        assert!(request.stream);
        let parameters = request.parameters;
        assert_eq!(parameters.max_tokens, Some(100));
        assert_eq!(parameters.top_k, Some(5.0));
        assert_eq!(parameters.reasoning_level.as_deref(), Some("high"));
        assert_eq!(parameters.output_type, Some("json"));
        assert_eq!(parameters.stop_sequences, ["END"]);
    }

    #[test]
    fn a_parameter_of_the_wrong_type_costs_itself_alone() {
        let request = read(
            br#"{"model":"m","messages":[1,{"role":7,"content":[null,"x"]}],"max_tokens":"x","output_config":[],"stop_sequences":"x"}"#,
        )
        .unwrap();
        assert_eq!(request.model.as_deref(), Some("m"));
        assert!(request.parameters.stop_sequences.is_empty());
    }
}
