//! Chat answers, whole or as a stream of deltas.
//!
//! A whole message and a delta have the same shape, so both are absorbed into
//! the same choices.

use super::choice::Choice;
use super::wire::{Delta, Wire, WireChoice, WireUsage};
use crate::api::room::{Room, Slots};
use crate::api::{self, error_body};
use crate::api::{ErrorBody, Progress, ResponseReader, Unreadable};
use crate::operation::{Fact, InferenceResponse, Output, Usage};
use crate::semconv::attribute;

/// Gathers one answer.
#[derive(Debug, Default)]
pub(super) struct Reader {
    keep_content: bool,
    room: Room,
    id: Option<String>,
    model: Option<String>,
    service_tier: Option<String>,
    system_fingerprint: Option<String>,
    usage: Usage,
    has_implausible_usage: bool,
    choices: Slots<Choice>,
}

/// What an answer says of an error, in any of its places.
fn error(data: &str, wire: &mut Wire<'_>) -> Option<ErrorBody> {
    let choices = wire.choices.iter_mut().flat_map(|few| &mut few.entries);
    let of_choices = choices.filter_map(|choice| {
        let is_error = choice
            .finish_reason
            .as_ref()
            .is_some_and(|it| it.0 == "error");
        let said = choice.error.take().and_then(|error| error.said());
        said.or_else(|| is_error.then(ErrorBody::default))
    });
    let is_error = wire
        .object
        .as_ref()
        .is_some_and(|object| object.0 == "error");
    let error = wire.error.take().and_then(|error| error.said());
    error
        .or_else(|| of_choices.into_iter().next())
        .or_else(|| is_error.then(|| error_body::read(data).unwrap_or_default()))
}

impl Reader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    /// Takes a whole answer, or an event of a stream, as `of_choice` reads
    /// what its choices say. Returns whether there is generated content in it.
    fn absorb(&mut self, wire: Wire<'_>, of_choice: OfChoice) -> bool {
        self.room.fill_id(&mut self.id, wire.id);
        self.room.fill(&mut self.model, wire.model);
        self.room.fill(&mut self.service_tier, wire.service_tier);
        self.room
            .fill(&mut self.system_fingerprint, wire.system_fingerprint);
        // Before the choices: the usage chunk of a stream has none.
        let usage = wire
            .usage
            .or_else(|| wire.x_groq.and_then(|groq| groq.usage));
        if let Some(usage) = usage {
            self.count(&usage);
        }
        let mut generated = false;
        let choices = self.room.of_list(wire.choices.unwrap_or_default());
        for (position, choice) in choices.into_iter().enumerate() {
            generated |= self.absorb_choice(position, choice, of_choice);
        }
        generated
    }

    fn absorb_choice(
        &mut self,
        position: usize,
        mut wire: WireChoice<'_>,
        of_choice: OfChoice,
    ) -> bool {
        if let Some(usage) = wire.usage.take() {
            self.count(&usage);
        }
        let number = wire.index.unwrap_or(position);
        let Some(choice) = self.choices.at(number, &mut self.room) else {
            return false;
        };
        self.room
            .replace(&mut choice.finish_reason, wire.finish_reason.take());
        match of_choice(wire) {
            Some(delta) => choice.absorb(delta, &mut self.room),
            None => false,
        }
    }

    fn count(&mut self, wire: &WireUsage) {
        let (usage, had_others) = Usage::from(wire).plausible();
        self.usage.update(usage);
        self.has_implausible_usage |= had_others;
    }

    fn refinements(&mut self) -> Vec<(&'static str, Fact)> {
        [
            (
                attribute::OPENAI_RESPONSE_SERVICE_TIER,
                self.service_tier.take(),
            ),
            (
                attribute::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
                self.system_fingerprint.take(),
            ),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key, Fact::Text(text?))))
        .collect()
    }
}

/// Which of its two fields holds what a choice says.
type OfChoice = for<'a> fn(WireChoice<'a>) -> Option<Delta<'a>>;

fn of_document(choice: WireChoice<'_>) -> Option<Delta<'_>> {
    choice
        .message
        .map_or(choice.delta, |message| Some(*message))
}

fn of_event(choice: WireChoice<'_>) -> Option<Delta<'_>> {
    choice
        .delta
        .or_else(|| choice.message.map(|message| *message))
}

impl ResponseReader for Reader {
    fn read_body(&mut self, body: &str) -> Result<Progress, Unreadable> {
        let mut wire: Wire<'_> = api::object(body)?;
        let error = error(body, &mut wire);
        if error.is_none() && wire.choices.is_none() {
            return Err(Unreadable);
        }
        Ok(Progress {
            generated: self.absorb(wire, of_document),
            terminated: false,
            error: error.map(Into::into),
        })
    }

    fn read_event(&mut self, data: &str) -> Result<Progress, Unreadable> {
        if data.trim_ascii() == "[DONE]" {
            return Ok(Progress {
                terminated: true,
                ..Progress::default()
            });
        }
        let mut wire: Wire<'_> = api::object(data)?;
        Ok(Progress {
            error: error(data, &mut wire).map(Into::into),
            generated: self.absorb(wire, of_event),
            terminated: false,
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn finish(&mut self) -> InferenceResponse {
        let choices = std::mem::take(&mut self.choices);
        InferenceResponse {
            refinements: self.refinements(),
            id: self.id.take(),
            model: self.model.take(),
            finish_reasons: choices
                .iter()
                .map(|choice| choice.finish_reason.clone())
                .collect(),
            usage: self.usage,
            has_implausible_usage: self.has_implausible_usage,
            uncached_input_tokens: None,
            is_truncated: self.room.is_exceeded(),
            tool_calls: choices.iter().flat_map(Choice::calls).collect(),
            output: if self.keep_content {
                Output::new(self.room.kept(), || {
                    choices.into_values().map(Choice::into_message).collect()
                })
            } else {
                Output::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::ToolCall;

    fn stream(events: &[&str]) -> (Vec<bool>, InferenceResponse) {
        let mut reader = Reader::new(true);
        let generated = events
            .iter()
            .map(|event| reader.read_event(event).unwrap().generated)
            .collect();
        (generated, reader.finish())
    }

    #[test]
    fn parallel_tool_calls_are_assembled_by_index() {
        let (_, response) = stream(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#,
        ]);
        let call = |id: &str, name: &str, arguments: &str| ToolCall {
            id: Some(id.to_owned()),
            name: name.to_owned(),
            arguments: Some(arguments.to_owned()),
        };
        assert_eq!(
            response.tool_calls,
            [call("a", "f", r#"{"x":1}"#), call("b", "g", "{}")]
        );
    }

    #[test]
    fn a_role_alone_is_not_generated_content() {
        let (generated, _) = stream(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        ]);
        assert_eq!(generated, [false, true]);
    }

    #[test]
    fn usage_is_read_from_a_chunk_without_choices_and_absent_otherwise() {
        let (_, without) = stream(&[r#"{"choices":[],"usage":null}"#]);
        assert_eq!(without.usage, Usage::default());
        let (_, with) = stream(&[
            r#"{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":4}}}"#,
        ]);
        assert_eq!(with.usage.input_tokens, Some(0));
        assert_eq!(with.usage.cache_read_input_tokens, Some(4));
        assert_eq!(with.usage.reasoning_output_tokens, None);
    }

    #[test]
    fn choices_keep_their_order_and_a_missing_finish_reason_shows() {
        let (_, response) = stream(&[
            r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"length"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        ]);
        assert_eq!(response.finish_reasons, [None, Some("length".to_owned())]);
        let messages = response.output.into_messages();
        let reasons: Vec<_> = messages
            .iter()
            .map(|m| m.finish_reason.as_deref())
            .collect();
        assert_eq!(reasons, [Some("error"), Some("length")]);
    }

    #[test]
    fn a_field_of_the_wrong_type_costs_itself_alone() {
        let (_, response) = stream(&[
            r#"{"id":7,"model":"m","choices":[{"index":"0","delta":{"content":[{"type":"text","text":"a"}],"tool_calls":{}},"finish_reason":null}],"usage":"none"}"#,
            r#"{"choices":{},"usage":{"prompt_tokens":"12","completion_tokens":-1,"prompt_tokens_details":[]}}"#,
            r#"{"choices":[{"delta":{"content":"b","tool_calls":[{"id":"t","function":{"name":"f","arguments":{"q":1}}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":12.0}}"#,
        ]);
        assert_eq!(response.id.as_deref(), Some("7"));
        assert_eq!(response.model.as_deref(), Some("m"));
        assert_eq!(
            response.output.into_messages()[0].text().as_deref(),
            Some("ab")
        );
        assert_eq!(
            response.tool_calls[0].arguments.as_deref(),
            Some(r#"{"q":1}"#)
        );
        assert_eq!(response.usage.input_tokens, Some(12));
        assert_eq!(response.usage.output_tokens, None);
        assert_eq!(response.finish_reasons, [Some("stop".to_owned())]);
    }

    #[test]
    fn an_error_frame_may_be_an_object_or_a_text() {
        for (frame, error_type, message) in [
            (
                r#"{"error":{"type":"server_error","message":"Busy."}}"#,
                "server_error",
                Some("Busy."),
            ),
            (r#"{"error":{"code":429,"message":null}}"#, "429", None),
            (r#"{"error":"Busy."}"#, "_OTHER", Some("Busy.")),
        ] {
            let progress = Reader::new(true).read_event(frame).unwrap();
            let failure = progress.error.unwrap();
            assert_eq!(
                (failure.error_type.as_ref(), failure.message.as_deref()),
                (error_type, message)
            );
        }
        let fine = Reader::new(true)
            .read_event(r#"{"error":null,"choices":[]}"#)
            .unwrap();
        assert!(fine.error.is_none());
    }

    #[test]
    fn without_content_only_names_and_ids_of_tools_are_kept() {
        let mut reader = Reader::new(false);
        reader
            .read_body(r#"{"choices":[{"message":{"content":"secret","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"s\":1}"}}]}}]}"#)
            .unwrap();
        let response = reader.finish();
        assert!(response.output.into_messages().is_empty());
        assert_eq!(response.tool_calls.first().unwrap().arguments, None);
    }
}
