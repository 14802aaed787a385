//! Answers, whole or as a stream of events.

use super::block::Block;
use super::wire::{Container, Delta, Event, StopDetails, WireBlock, WireMessage};
use crate::format;
use crate::format::error_body;
use crate::format::lenient::Text;
use crate::format::room::{Room, Slots};
use crate::format::usage::Counts;
use crate::format::{Completion, Progress, Reader, Unreadable};
use crate::framing::Frame;
use crate::operation::{Counting, Message, Output, Request, Response};
use crate::semconv::{attribute, value};

/// Gathers one answer.
#[derive(Debug, Default)]
pub(super) struct MessagesReader {
    keep_content: bool,
    room: Room,
    begun: bool,
    id: Option<String>,
    model: Option<String>,
    role: Option<String>,
    stop_reason: Option<String>,
    refusal_category: Option<String>,
    container: Option<String>,
    blocks: Slots<Block>,
    counts: Counts,
}

impl MessagesReader {
    pub(super) fn new(keep_content: bool) -> Self {
        Self {
            keep_content,
            room: Room::of_an_answer(keep_content),
            counts: Counts::counted(Counting::ANTHROPIC),
            ..Self::default()
        }
    }

    /// Returns whether the message carries generated content.
    fn absorb_message(&mut self, wire: WireMessage<'_>) -> bool {
        self.begun = true;
        self.room.fill_id(&mut self.id, wire.id);
        self.room.fill(&mut self.model, wire.model);
        self.room.fill(&mut self.role, wire.role);
        self.end(wire.stop_reason, wire.stop_details, wire.container);
        if let Some(usage) = wire.usage {
            self.counts.report(&usage);
        }
        let mut generated = false;
        let blocks = self.room.of_list(wire.content.unwrap_or_default());
        for (index, block) in blocks.into_iter().enumerate() {
            generated |= self.start_block(index, block);
        }
        generated
    }

    /// Why it ends, and where its code ran.
    fn end(
        &mut self,
        reason: Option<Text<'_>>,
        details: Option<Box<StopDetails<'_>>>,
        container: Option<Box<Container<'_>>>,
    ) {
        self.room.fill(&mut self.stop_reason, reason);
        let category = details.and_then(|details| details.category);
        self.room.fill(&mut self.refusal_category, category);
        let id = container.and_then(|container| container.id);
        self.room.fill_id(&mut self.container, id);
    }

    fn start_block(&mut self, index: usize, wire: WireBlock<'_>) -> bool {
        let block = self.blocks.at(index, &mut self.room);
        block.is_some_and(|block| block.start(wire, &mut self.room))
    }

    fn add_to_block(&mut self, index: usize, delta: Delta<'_>) -> bool {
        let block = self.blocks.at(index, &mut self.room);
        block.is_some_and(|block| block.absorb(delta, &mut self.room))
    }

    /// Returns whether the event brings generated content.
    fn absorb_event(&mut self, event: Event<'_>) -> bool {
        let index = event.index.unwrap_or_default();
        match event.kind.as_ref().map(|kind| kind.0.as_ref()) {
            Some("message_start") => {
                let generated = event
                    .message
                    .is_some_and(|message| self.absorb_message(message));
                // The output is not counted yet: what is there is a placeholder.
                self.counts.tokens.forget_output();
                generated
            }
            Some("content_block_start") => event
                .content_block
                .is_some_and(|block| self.start_block(index, block)),
            Some("content_block_delta") => event
                .delta
                .is_some_and(|delta| self.add_to_block(index, delta)),
            Some("message_delta") => {
                if let Some(delta) = event.delta {
                    self.end(delta.stop_reason, delta.stop_details, delta.container);
                }
                self.begun |= self.stop_reason.is_some();
                if let Some(usage) = event.usage {
                    self.counts.report(&usage);
                }
                false
            }
            // `ping`, `content_block_stop`, and what is yet to come.
            _ => false,
        }
    }

    fn output(&mut self) -> Output {
        let blocks = std::mem::take(&mut self.blocks);
        let role = self.role.take();
        let reason = message_finish_reason(self.stop_reason.as_deref()).to_owned();
        Output::new(self.room.kept(), || {
            vec![Message {
                role: role.unwrap_or_else(|| "assistant".to_owned()),
                finish_reason: Some(reason),
                parts: blocks.into_values().filter_map(Block::into_part).collect(),
                name: None,
            }]
        })
    }
}

impl Reader for MessagesReader {
    fn document(&mut self, body: &[u8]) -> Result<Progress, Unreadable> {
        let json = format::text(body);
        let mut wire: WireMessage<'_> = format::object(&json)?;
        if let Some(error) = error_body::of_answer(wire.error.take(), false, &json) {
            return Ok(Progress {
                error: Some(error.into()),
                ..Progress::default()
            });
        }
        if wire.content.is_none() {
            return Err(Unreadable::OfAnotherShape);
        }
        Ok(Progress {
            generated: self.absorb_message(wire),
            ..Progress::default()
        })
    }

    fn frame(&mut self, frame: Frame<'_>) -> Result<Progress, Unreadable> {
        let json = format::text(frame.data);
        let mut event: Event<'_> = format::object(&json)?;
        let is = |kind: &str| event.kind.as_ref().is_some_and(|known| known.0 == kind);
        let (terminated, is_error) = (is("message_stop"), is("error"));
        let error = error_body::of_answer(event.error.take(), is_error, &json);
        let generated = self.absorb_event(event);
        self.begun |= generated;
        Ok(Progress {
            generated,
            terminated,
            error: error.map(Into::into),
            ..Progress::default()
        })
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn completion(&self, _asked: &Request) -> Completion {
        Completion::said_if(self.begun && self.stop_reason.is_some())
    }

    fn finish(&mut self) -> Response {
        let mut response = Response {
            id: self.id.take(),
            model: self.model.take(),
            tokens: self.counts.tokens,
            is_truncated: self.room.is_exceeded(),
            tool_calls: self.blocks.iter().filter_map(Block::tool_call).collect(),
            ..Response::default()
        };
        self.counts.tell(&mut response.facts);
        response.facts.know(
            attribute::TURNSPAN_RESPONSE_REFUSAL_CATEGORY,
            self.refusal_category.take(),
        );
        response.facts.know(
            attribute::TURNSPAN_RESPONSE_CONTAINER_ID,
            self.container.take(),
        );
        if self.begun {
            response.finish_reasons = vec![self.stop_reason.clone()];
        }
        if self.begun && self.keep_content {
            response.output = self.output();
        }
        response
    }
}

/// The finish reason of an output message, in the conventions' vocabulary; a
/// reason without a counterpart stays as the provider wrote it.
pub(super) fn message_finish_reason(reason: Option<&str>) -> &str {
    match reason {
        None => value::finish_reason::ERROR,
        Some("tool_use") => value::finish_reason::TOOL_CALL,
        Some("end_turn" | "stop_sequence") => value::finish_reason::STOP,
        Some("max_tokens" | "model_context_window_exceeded") => value::finish_reason::LENGTH,
        Some("refusal") => value::finish_reason::CONTENT_FILTER,
        Some(other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Usage;
    use serde_json::{Value, json};

    fn stream(events: &[Value]) -> (Vec<bool>, Response) {
        let mut reader = MessagesReader::new(true);
        let generated = events
            .iter()
            .map(|event| {
                let event = event.to_string();
                reader
                    .frame(Frame::unnamed(event.as_bytes()))
                    .unwrap()
                    .generated
            })
            .collect();
        (generated, reader.finish())
    }

    fn start(usage: &Value) -> Value {
        json!({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4",
            "content": [], "stop_reason": null, "usage": usage,
        }})
    }

    fn delta(index: usize, delta: &Value) -> Value {
        json!({"type": "content_block_delta", "index": index, "delta": delta})
    }

    fn block(index: usize, block: &Value) -> Value {
        json!({"type": "content_block_start", "index": index, "content_block": block})
    }

    fn message(response: Response) -> Value {
        json!(response.output.into_messages()[0])
    }

    #[test]
    fn usage_comes_in_pieces_and_the_input_includes_what_was_cached() {
        let (_, response) = stream(&[
            start(
                &json!({"input_tokens": 15, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 5, "output_tokens": 1}),
            ),
            json!({"type": "ping"}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 8}}),
        ]);
        assert_eq!(response.tokens.inclusive().0.input_tokens, Some(24));
        assert_eq!(response.tokens.uncached_input(), Some(15));
        assert_eq!(
            response.tokens.inclusive().0.cache_read_input_tokens,
            Some(4)
        );
        assert_eq!(response.tokens.inclusive().0.output_tokens, Some(8));
    }

    #[test]
    fn thinking_is_counted_and_passes_of_other_models_are_not_added() {
        let pass = json!({"type": "advisor_message", "input_tokens": 2564, "output_tokens": 99});
        let (_, response) = stream(&[
            start(&json!({"input_tokens": 2, "cache_read_input_tokens": 7, "output_tokens": 1})),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {
                "input_tokens": 40, "output_tokens": 8, "iterations": [pass],
                "output_tokens_details": {"thinking_tokens": 5}}}),
        ]);
        let (usage, _) = response.tokens.inclusive();
        assert_eq!(usage.input_tokens, Some(47));
        assert_eq!(usage.output_tokens, Some(8));
        assert_eq!(usage.reasoning_output_tokens, Some(5));
    }

    #[test]
    fn the_output_count_at_the_start_is_a_placeholder_and_absent() {
        let (_, response) = stream(&[start(&json!({"input_tokens": 15, "output_tokens": 1}))]);
        assert_eq!(response.tokens.inclusive().0.input_tokens, Some(15));
        assert_eq!(response.tokens.uncached_input(), None);
        assert_eq!(response.tokens.inclusive().0.output_tokens, None);
        assert_eq!(response.finish_reasons, [None]);
    }

    #[test]
    fn thinking_text_tools_and_citations_are_assembled_by_block() {
        let (generated, response) = stream(&[
            start(&Value::Null),
            block(
                0,
                &json!({"type": "thinking", "thinking": "", "signature": ""}),
            ),
            delta(0, &json!({"type": "thinking_delta", "thinking": "Hm."})),
            delta(0, &json!({"type": "signature_delta", "signature": "xyz"})),
            block(1, &json!({"type": "text", "text": ""})),
            delta(1, &json!({"type": "text_delta", "text": "So "})),
            delta(
                1,
                &json!({"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "c"}}),
            ),
            delta(1, &json!({"type": "text_delta", "text": "be it."})),
            block(
                2,
                &json!({"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}}),
            ),
            delta(2, &json!({"type": "input_json_delta", "partial_json": ""})),
            delta(
                2,
                &json!({"type": "input_json_delta", "partial_json": "{\"q\":"}),
            ),
            delta(
                2,
                &json!({"type": "input_json_delta", "partial_json": "\"shoes\"}"}),
            ),
            block(
                3,
                &json!({"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}),
            ),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {}}),
        ]);
        assert_eq!(
            generated,
            [
                false, false, true, false, false, true, false, true, true, false, true, true, true,
                false
            ]
        );
        assert_eq!(response.tool_calls.len(), 2);
        let message = message(response);
        assert_eq!(
            message["parts"],
            json!([
                {"type": "reasoning", "content": "Hm."},
                {"type": "text", "content": "So be it.", "citations": [{"type": "char_location", "cited_text": "c"}]},
                {"type": "tool_call", "id": "toolu_1", "name": "search", "arguments": {"q": "shoes"}},
                {"type": "tool_call", "id": "toolu_2", "name": "now", "arguments": {}},
            ])
        );
        assert_eq!(message["finish_reason"], "tool_call");
    }

    #[test]
    fn the_providers_own_tools_are_parts_and_no_calls_for_the_caller() {
        let mut reader = MessagesReader::new(true);
        let body = json!({"type": "message", "role": "assistant", "content": [
            {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"url": "u"}]},
            {"type": "mcp_tool_use", "id": "mcp_1", "name": "echo", "server_name": "s", "input": {}},
            {"type": "mcp_tool_result", "tool_use_id": "mcp_1", "is_error": false, "content": []},
            {"type": "redacted_thinking", "data": "secret"},
        ], "stop_reason": "pause_turn"});
        reader.document(body.to_string().as_bytes()).unwrap();
        let response = reader.finish();
        assert!(response.tool_calls.is_empty());
        let message = message(response);
        assert_eq!(
            message["parts"],
            json!([
                {"type": "server_tool_call", "id": "srv_1", "name": "web_search",
                 "server_tool_call": {"type": "server_tool_use", "input": {"query": "x"}}},
                {"type": "server_tool_call_response", "id": "srv_1",
                 "server_tool_call_response": {"type": "web_search_tool_result", "content": [{"url": "u"}]}},
                {"type": "server_tool_call", "id": "mcp_1", "name": "echo",
                 "server_tool_call": {"type": "mcp_tool_use", "input": {}}},
                {"type": "server_tool_call_response", "id": "mcp_1",
                 "server_tool_call_response": {"type": "mcp_tool_result", "content": []}},
                {"type": "redacted_thinking"},
            ])
        );
        assert_eq!(message["finish_reason"], "pause_turn");
    }

    #[test]
    fn a_field_of_the_wrong_type_costs_itself_alone() {
        let mut reader = MessagesReader::new(true);
        let body = json!({"id": 7, "model": null, "content": [{"type": "text", "text": 1}],
            "stop_reason": [], "usage": {"input_tokens": -1, "output_tokens": "8", "cache_read_input_tokens": 1e300}});
        reader.document(body.to_string().as_bytes()).unwrap();
        let response = reader.finish();
        assert_eq!(response.id.as_deref(), Some("7"));
        assert_eq!(response.tokens.inclusive().0, Usage::default());
        assert_eq!(response.finish_reasons, [None]);
    }

    #[test]
    fn without_content_only_names_and_ids_of_tools_are_kept() {
        let mut reader = MessagesReader::new(false);
        let body = json!({"content": [{"type": "text", "text": "secret"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {"s": 1}}]});
        reader.document(body.to_string().as_bytes()).unwrap();
        let response = reader.finish();
        assert!(response.output.into_messages().is_empty());
        assert_eq!(response.tool_calls[0].name, "f");
        assert_eq!(response.tool_calls[0].arguments, None);
    }
}
