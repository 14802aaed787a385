//! Chat answers, whole or as a stream of deltas.
//!
//! A whole message and a delta have the same shape, so both are absorbed into
//! the same choices.

use super::wire::{Delta, Wire, WireChoice, WireToolCall};
use crate::api::room::{Room, fill, slot};
use crate::api::{Progress, ResponseReader, Unreadable};
use crate::operation::{Fact, Failure, InferenceResponse, Json, Message, Part, ToolCall, Usage};
use crate::semconv::{attribute, value};

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
    choices: Vec<Choice>,
}

#[derive(Debug, Default)]
struct Choice {
    role: Option<String>,
    content: String,
    reasoning: String,
    refusal: String,
    tool_calls: Vec<ToolCall>,
    finish_reason: Option<String>,
}

impl Reader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            ..Self::default()
        }
    }

    fn read(&mut self, mut wire: Wire<'_>) -> Progress {
        Progress {
            error: wire.error.take().map(Failure::from),
            generated: self.absorb(wire),
            terminated: false,
        }
    }

    /// Returns whether the answer carries generated content.
    fn absorb(&mut self, wire: Wire<'_>) -> bool {
        fill(&mut self.id, wire.id);
        fill(&mut self.model, wire.model);
        fill(&mut self.service_tier, wire.service_tier);
        fill(&mut self.system_fingerprint, wire.system_fingerprint);
        // Before the choices: the usage chunk of a stream has none.
        if let Some(usage) = wire.usage {
            self.usage = usage.into();
        }
        let mut generated = false;
        for (position, choice) in wire.choices.into_iter().enumerate() {
            generated |= self.absorb_choice(position, choice);
        }
        generated
    }

    fn absorb_choice(&mut self, position: usize, wire: WireChoice<'_>) -> bool {
        let Some(choice) = slot(&mut self.choices, wire.index.unwrap_or(position)) else {
            return false;
        };
        if let Some(reason) = wire.finish_reason.filter(|reason| !reason.0.is_empty()) {
            choice.finish_reason = reason.into_string();
        }
        let Some(delta) = wire.delta else {
            return false;
        };
        choice.absorb(delta, &mut self.room)
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

impl ResponseReader for Reader {
    fn read_body(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        Ok(self.read(serde_json::from_slice(body)?))
    }

    fn read_event(&mut self, data: &[u8]) -> Result<Progress, Unreadable> {
        if data == b"[DONE]" {
            return Ok(Progress {
                terminated: true,
                ..Progress::default()
            });
        }
        Ok(self.read(serde_json::from_slice(data)?))
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
            uncached_input_tokens: None,
            is_truncated: self.room.is_exceeded(),
            tool_calls: choices
                .iter()
                .flat_map(|choice| choice.tool_calls.clone())
                .collect(),
            output: if self.keep_content {
                choices.into_iter().map(Choice::into_message).collect()
            } else {
                Vec::new()
            },
        }
    }
}

impl Choice {
    /// Returns whether the delta carries generated content.
    fn absorb(&mut self, mut delta: Delta<'_>, room: &mut Room) -> bool {
        fill(&mut self.role, delta.role.take());
        let reasoning = delta
            .reasoning_content
            .take()
            .or_else(|| delta.reasoning.take());
        let mut generated = false;
        for (text, piece) in [
            (&mut self.content, delta.content.take()),
            (&mut self.reasoning, reasoning),
            (&mut self.refusal, delta.refusal.take()),
        ] {
            if let Some(piece) = piece.filter(|piece| !piece.0.is_empty()) {
                generated = true;
                room.keep(text, &piece.0);
            }
        }
        for (position, call) in delta.calls().enumerate() {
            generated = true;
            if let Some(known) = slot(&mut self.tool_calls, call.index.unwrap_or(position)) {
                call.merge_into(known, room);
            }
        }
        generated
    }

    fn into_message(self) -> Message {
        let finish = self.finish_reason.as_deref();
        let parts = [
            Some(self.reasoning)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Reasoning { content }),
            Some(self.content)
                .filter(|text| !text.is_empty())
                .map(|content| Part::text(&content)),
            Some(self.refusal)
                .filter(|text| !text.is_empty())
                .map(|content| Part::Refusal { content }),
        ];
        let calls = self.tool_calls.into_iter().map(|call| Part::ToolCall {
            id: call.id,
            name: call.name,
            arguments: call.arguments.as_deref().map(Json::or_text),
        });
        Message {
            role: self.role.unwrap_or_else(|| "assistant".to_owned()),
            finish_reason: Some(message_finish_reason(finish).to_owned()),
            parts: parts.into_iter().flatten().chain(calls).collect(),
            name: None,
        }
    }
}

impl WireToolCall<'_> {
    /// The first delta of a call has its id and name, the others add to the
    /// arguments.
    fn merge_into(self, known: &mut ToolCall, room: &mut Room) {
        fill(&mut known.id, self.id);
        let Some(function) = self.function else {
            return;
        };
        if let Some(piece) = function.argument_text() {
            room.keep_in(&mut known.arguments, &piece);
        }
        if let Some(name) = function.name.filter(|_| known.name.is_empty()) {
            known.name = name.into_string().unwrap_or_default();
        }
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some("tool_calls" | "function_call") => value::finish_reason::TOOL_CALL,
        Some(other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(events: &[&str]) -> (Vec<bool>, InferenceResponse) {
        let mut reader = Reader::new(true);
        let generated = events
            .iter()
            .map(|event| reader.read_event(event.as_bytes()).unwrap().generated)
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
        let reasons: Vec<_> = response
            .output
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
        assert_eq!(response.output[0].text().as_deref(), Some("ab"));
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
            let progress = Reader::new(true).read_event(frame.as_bytes()).unwrap();
            let failure = progress.error.unwrap();
            assert_eq!(
                (failure.error_type.as_ref(), failure.message.as_deref()),
                (error_type, message)
            );
        }
        let fine = Reader::new(true)
            .read_event(br#"{"error":null,"choices":[]}"#)
            .unwrap();
        assert!(fine.error.is_none());
    }

    #[test]
    fn without_content_only_names_and_ids_of_tools_are_kept() {
        let mut reader = Reader::new(false);
        reader
            .read_body(br#"{"choices":[{"message":{"content":"secret","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"s\":1}"}}]}}]}"#)
            .unwrap();
        let response = reader.finish();
        assert!(response.output.is_empty());
        assert_eq!(response.tool_calls.first().unwrap().arguments, None);
    }
}
