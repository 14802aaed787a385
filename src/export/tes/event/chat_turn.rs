//! The wire form of a `CHAT_TURN`: its JSON is the contract.
//!
//! Captured from agent-events 0.3, in its order: the metadata, `source`,
//! `model`, `usage`, `tool_calls`, `user_message`, `assistant_response`,
//! `system_prompt`, `userId`. Added after them: `event_id`, `trace_id`,
//! `span_id`, `provider`, `finish_reasons`, `latency_ms`,
//! `time_to_first_token_ms`, `retries`, `error`; and inside `usage`, after
//! `ai_rounds`, the cached and reasoning tokens.

use super::super::EventSettings;
use super::super::truncate::{cut_json, cut_text};
use super::{CHAT_TURN, Fields, event_id, milliseconds, stored};
use crate::operation::{Json, Usage};
use crate::turn::{ToolUse, Turn};
use bytes::Bytes;
use serde::Serialize;

/// The event of a turn.
pub(crate) fn chat_turn(turn: Turn, settings: &EventSettings) -> serde_json::Result<Bytes> {
    let turn = if settings.capture_content {
        truncated(turn, settings.max_content_length)
    } else {
        turn.without_content()
    };
    let id = event_id(&turn.trace_id, &turn.span_id, CHAT_TURN);
    let mut fields = captured(&turn, settings)?;
    fields.set("event_id", id.to_string())?;
    add_beyond_the_capture(&mut fields, &turn)?;
    stored(id, CHAT_TURN, &turn.session_id, &fields)
}

fn captured(turn: &Turn, settings: &EventSettings) -> serde_json::Result<Fields> {
    let mut fields = Fields::default();
    for (key, value) in &turn.metadata {
        fields.set(key, value)?;
    }
    fields.set("source", &settings.source)?;
    fields.set("model", &turn.model)?;
    fields.set("usage", WireUsage::from(turn.usage))?;
    let tools: Vec<WireToolCall> = turn.tool_calls.iter().map(WireToolCall::from).collect();
    fields.set_known("tool_calls", (!tools.is_empty()).then_some(tools))?;
    fields.set_known("user_message", turn.user_message.as_ref())?;
    fields.set_known("assistant_response", turn.assistant_response.as_ref())?;
    fields.set_known("system_prompt", turn.system_prompt.as_ref())?;
    fields.set_known("clientId", settings.client_id.as_ref())?;
    let user_id = turn.user_id.as_ref().or(settings.user_id.as_ref());
    fields.set_known("userId", user_id)?;
    Ok(fields)
}

fn add_beyond_the_capture(attributes: &mut Fields, turn: &Turn) -> serde_json::Result<()> {
    attributes.set("trace_id", &turn.trace_id)?;
    attributes.set("span_id", &turn.span_id)?;
    attributes.set_known("provider", turn.provider.as_ref())?;
    let reasons = &turn.finish_reasons;
    attributes.set_known("finish_reasons", (!reasons.is_empty()).then_some(reasons))?;
    attributes.set("latency_ms", milliseconds(turn.latency))?;
    attributes.set_known(
        "time_to_first_token_ms",
        turn.time_to_first_token.map(milliseconds),
    )?;
    attributes.set("retries", turn.retries)?;
    let error = turn.error.as_ref().map(|error| WireError {
        r#type: &error.kind,
        message: error.message.as_deref(),
    });
    attributes.set_known("error", error)
}

/// Keys only for numbers that were reported; the rounds are always known.
#[derive(Serialize)]
struct WireUsage {
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_tokens: Option<u64>,
    ai_rounds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_tokens: Option<u64>,
}

impl From<Usage> for WireUsage {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.input_tokens,
            completion_tokens: usage.output_tokens,
            total_tokens: usage.total_tokens(),
            ai_rounds: 1,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            cache_creation_input_tokens: usage.cache_creation_input_tokens,
            reasoning_tokens: usage.reasoning_output_tokens,
        }
    }
}

#[derive(Serialize)]
struct WireToolCall {
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Json>,
    /// Of a turn that is one call, the first round.
    round: u64,
}

impl From<&ToolUse> for WireToolCall {
    fn from(call: &ToolUse) -> Self {
        Self {
            tool: call.tool.clone(),
            args: call.args.as_deref().map(Json::or_text),
            round: 0,
        }
    }
}

#[derive(Serialize)]
struct WireError<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

fn truncated(mut turn: Turn, limit: Option<usize>) -> Turn {
    let Some(limit) = limit else { return turn };
    let error = turn.error.as_mut().map(|error| &mut error.message);
    let texts = [
        &mut turn.user_message,
        &mut turn.assistant_response,
        &mut turn.system_prompt,
    ];
    for text in texts.into_iter().chain(error).flatten() {
        cut_text(text, limit);
    }
    for arguments in turn
        .tool_calls
        .iter_mut()
        .filter_map(|call| call.args.as_mut())
    {
        cut_json(arguments, limit);
    }
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_nobody_reported_is_absent() {
        let usage = Usage {
            output_tokens: Some(0),
            ..Usage::default()
        };
        let json = serde_json::to_string(&WireUsage::from(usage)).unwrap();
        assert_eq!(json, r#"{"completion_tokens":0,"ai_rounds":1}"#);
    }
}
