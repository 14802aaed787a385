//! The parameters of a request for a response.

use crate::format::lenient::{self, Text};
use crate::format::{Unreadable, openai};
use crate::operation::{Request, since_answer};
use crate::semconv::{attribute, value};
use serde::Deserialize;
use serde_json::value::RawValue;

const API: &str = value::openai_api_type::RESPONSES;

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
    /// A list of items, or a text, which is one message.
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    previous_response_id: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
    #[serde(default, deserialize_with = "lenient::integer")]
    max_output_tokens: Option<i64>,
    #[serde(default, deserialize_with = "lenient::number")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    top_p: Option<f64>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    reasoning: Option<Reasoning<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    text: Option<TextSettings<'a>>,
    #[serde(borrow)]
    service_tier: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Items<'a>(
    #[serde(borrow, deserialize_with = "lenient::known_objects")] Option<Vec<Item<'a>>>,
);

/// Of an item only what links the results of tools to their calls.
#[derive(Default, Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
    #[serde(borrow)]
    role: Option<Text<'a>>,
    #[serde(borrow)]
    call_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Reasoning<'a> {
    #[serde(borrow)]
    effort: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct TextSettings<'a> {
    #[serde(borrow, default, deserialize_with = "lenient::object")]
    format: Option<Format<'a>>,
}

#[derive(Deserialize)]
struct Format<'a> {
    #[serde(borrow)]
    r#type: Option<Text<'a>>,
}

impl Item<'_> {
    fn is_result(&self) -> bool {
        let kind = self.r#type.as_ref();
        kind.is_some_and(|kind| kind.0.ends_with("_output"))
    }

    /// Whether the model said it: reasoning and calls of tools have no role.
    fn is_answer(&self) -> bool {
        match (&self.role, &self.r#type) {
            (Some(role), _) => role.0 == "assistant",
            (None, Some(kind)) => !self.is_result() && kind.0 != "item_reference",
            (None, None) => false,
        }
    }
}

impl WireRequest<'_> {
    fn tell(self, asked: &mut Request) {
        asked.name_model(self.model.and_then(Text::into_word));
        asked.stream |= self.stream.unwrap_or(false);
        if let Some(items) = self.input.and_then(items) {
            asked.count_messages(items.len());
            asked.answered_ids = answered_ids(&items);
        }
        let format = self.text.and_then(|text| text.format?.r#type);
        let output_type = format.and_then(|format| openai::output_type(&format.0));
        let reasoning = self.reasoning.and_then(|it| it.effort?.into_word());
        let previous = self.previous_response_id.and_then(Text::into_id);
        let facts = &mut asked.facts;
        facts.know(attribute::GEN_AI_REQUEST_MAX_TOKENS, self.max_output_tokens);
        facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        facts.know(attribute::GEN_AI_REQUEST_REASONING_LEVEL, reasoning);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
        facts.know(attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID, previous);
        openai::tell_request(Some(API), self.service_tier, facts);
    }
}

fn items(input: &RawValue) -> Option<Vec<Item<'_>>> {
    if input.get().starts_with('"') {
        return Some(vec![Item::default()]);
    }
    serde_json::from_str::<Items<'_>>(input.get()).ok()?.0
}

fn answered_ids(items: &[Item<'_>]) -> Vec<String> {
    let answered = since_answer(items, Item::is_answer).iter();
    let results = answered.filter(|item| item.is_result());
    results
        .filter_map(|item| item.call_id.clone()?.into_id())
        .collect()
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
    fn a_request_has_its_parameters_and_the_results_since_the_last_answer() {
        let body = br#"{
            "model": "gpt-5", "stream": true, "max_output_tokens": 64, "temperature": 0.5,
            "previous_response_id": "resp_1", "reasoning": {"effort": "low"},
            "text": {"format": {"type": "json_schema"}}, "service_tier": "flex",
            "input": [
                {"role": "user", "content": "Hello!"},
                {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "a", "output": "1"},
                {"type": "reasoning", "summary": []},
                {"type": "custom_tool_call", "call_id": "b", "name": "g", "input": "x"},
                {"type": "custom_tool_call_output", "call_id": "b", "output": "2"},
                {"role": "user", "content": "Go on."}
            ]}"#;
        let request = read(body).unwrap();
        assert_eq!(request.model.as_deref(), Some("gpt-5"));
        assert!(request.stream);
        assert_eq!(request.message_count, Some(7));
        assert_eq!(request.answered_ids, ["b"]);
        for (name, expected) in [
            (attribute::GEN_AI_REQUEST_MAX_TOKENS, Fact::Int(64)),
            (attribute::GEN_AI_OUTPUT_TYPE, "json".into()),
            (attribute::GEN_AI_REQUEST_REASONING_LEVEL, "low".into()),
            (
                attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID,
                "resp_1".to_owned().into(),
            ),
            (
                attribute::OPENAI_REQUEST_SERVICE_TIER,
                "flex".to_owned().into(),
            ),
            (attribute::OPENAI_API_TYPE, "responses".into()),
        ] {
            assert_eq!(request.facts.get(name), Some(&expected), "{name}");
        }
    }

    #[test]
    fn results_at_the_start_continue_what_the_provider_keeps() {
        let body = br#"{"previous_response_id": "resp_1", "input": [
            {"type": "function_call_output", "call_id": "a", "output": "1"}]}"#;
        assert_eq!(read(body).unwrap().answered_ids, ["a"]);
    }
}
