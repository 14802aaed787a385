//! The parameters of a request; what was said is skipped.

use crate::format::Unreadable;
use crate::format::lenient::{self, Text};
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;

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

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        if let Some(messages) = &self.messages {
            asked.count_messages(messages.len());
            asked.answered_ids = answered_ids(messages);
        }
        let config = self.output_config;
        let (effort, format) = config.map_or((None, None), |it| (it.effort, it.format));
        let output_type = output_type(format.or(self.output_format));
        let effort = effort.and_then(Text::into_word);
        let stop = self.stop_sequences.into_iter();
        let stop: Vec<_> = stop.filter_map(Text::into_string).collect();
        let facts = &mut asked.facts;
        facts.know(attribute::GEN_AI_REQUEST_MAX_TOKENS, self.max_tokens);
        facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, effort);
        let stop = Some(stop).filter(|stop| !stop.is_empty());
        facts.know(attribute::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_K, self.top_k);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
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
    use super::*;
    use crate::operation::Fact;
    use serde_json::json;

    fn read(body: &[u8]) -> Result<Request, Unreadable> {
        let mut asked = Request::default();
        super::read(body, &mut asked)?;
        Ok(asked)
    }

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
        for (name, expected) in [
            (attribute::GEN_AI_REQUEST_MAX_TOKENS, Fact::Int(100)),
            (attribute::GEN_AI_REQUEST_TOP_K, Fact::Float(5.0)),
            (attribute::GEN_AI_REQUEST_REASONING_LEVEL, "high".into()),
            (attribute::GEN_AI_OUTPUT_TYPE, "json".into()),
            (
                attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
                vec!["END".to_owned()].into(),
            ),
        ] {
            assert_eq!(request.facts.get(name), Some(&expected), "{name}");
        }
    }

    #[test]
    fn a_parameter_of_the_wrong_type_costs_itself_alone() {
        let request = read(
            br#"{"model":"m","messages":[1,{"role":7,"content":[null,"x"]}],"max_tokens":"x","output_config":[],"stop_sequences":"x"}"#,
        )
        .unwrap();
        assert_eq!(request.model.as_deref(), Some("m"));
        let stop = request.facts.get(attribute::GEN_AI_REQUEST_STOP_SEQUENCES);
        assert_eq!(stop, None);
    }
}
