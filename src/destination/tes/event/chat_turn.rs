//! The wire form of a `CHAT_TURN`: its JSON is the contract.
//!
//! Captured from agent-events 0.3, in its order: the metadata, `source`,
//! `model`, `usage`, `tool_calls`, `user_message`, `assistant_response`,
//! `system_prompt`, `userId`. Added after them: `event_id`, `trace_id`,
//! `span_id`, `provider`, `finish_reasons`, `latency_ms`,
//! `time_to_first_token_ms`, `retries`, `error`; and inside `usage`, after
//! `ai_rounds`, the cached and reasoning tokens.

use super::{CHAT_TURN, Fields, milliseconds, stored};
use crate::destination::tes::EventSettings;
use crate::destination::turns::event_id;
use crate::operation::Json;
use crate::operation::json::is_too_deep;
use crate::turn::{ToolUse, Turn, TurnError, known_id};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

/// The event of a turn.
pub(crate) fn chat_turn(turn: &Turn, settings: &EventSettings) -> serde_json::Result<Bytes> {
    let id = event_id::of_turn(turn);
    let mut fields = captured(turn, settings)?;
    fields.set("event_id", id.to_string())?;
    add_beyond_the_capture(&mut fields, turn)?;
    stored(id, CHAT_TURN, &turn.session_id, &fields)
}

fn captured(turn: &Turn, settings: &EventSettings) -> serde_json::Result<Fields> {
    let mut fields = Fields::default();
    for (key, value) in &turn.metadata {
        fields.set(key, value)?;
    }
    fields.set("source", &settings.source)?;
    fields.set_known("model", turn.model.as_ref())?;
    fields.set("usage", WireUsage::of(turn))?;
    let tools: Vec<WireToolCall> = turn.tool_calls.iter().map(WireToolCall::from).collect();
    fields.set_known("tool_calls", (!tools.is_empty()).then_some(tools))?;
    fields.set_known("user_message", turn.user_message.as_ref())?;
    fields.set_known("assistant_response", turn.assistant_response.as_ref())?;
    fields.set_known("system_prompt", turn.system_prompt.as_ref())?;
    fields.set_known("messages", turn.messages.as_ref())?;
    fields.set_known("turn_number", turn.number)?;
    fields.set_known("clientId", settings.client_id.as_ref())?;
    fields.set_known("userId", turn.user_id.as_ref())?;
    Ok(fields)
}

fn add_beyond_the_capture(attributes: &mut Fields, turn: &Turn) -> serde_json::Result<()> {
    attributes.set_known("trace_id", known_id(&turn.trace_id))?;
    attributes.set_known("span_id", known_id(&turn.span_id))?;
    attributes.set_known("provider", turn.provider.as_ref())?;
    let reasons = &turn.finish_reasons;
    attributes.set_known("finish_reasons", (!reasons.is_empty()).then_some(reasons))?;
    if turn.is_by_hand() {
        return Ok(());
    }
    attributes.set("latency_ms", milliseconds(turn.latency))?;
    attributes.set_known(
        "time_to_first_token_ms",
        turn.time_to_first_token.map(milliseconds),
    )?;
    attributes.set("retries", turn.retries)?;
    attributes.set_known("error", turn.error.as_ref().map(WireError::from))?;
    attributes.set_known("closed_by", turn.closed_by.as_ref())
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

impl WireUsage {
    fn of(turn: &Turn) -> Self {
        let usage = turn.usage;
        Self {
            prompt_tokens: usage.input_tokens,
            completion_tokens: usage.output_tokens,
            total_tokens: usage.total_tokens(),
            ai_rounds: turn.ai_rounds,
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
    /// Within the turn, from 0.
    round: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
}

impl From<&ToolUse> for WireToolCall {
    fn from(call: &ToolUse) -> Self {
        Self {
            tool: call.tool.clone(),
            args: call.args.as_deref().map(Json::or_text),
            round: call.round,
            result: call.result.as_deref().map(result),
        }
    }
}

/// What a tool found: JSON where it is any, also where it came as text; of a
/// list how long it is and how it begins.
fn result(json: &str) -> Value {
    /// So many entries of a list are shown.
    const SAMPLE: usize = 3;
    let read = |json: &str| {
        serde_json::from_str(json)
            .ok()
            .filter(|_| !is_too_deep(json))
    };
    let value = match read(json) {
        Some(Value::String(text)) => read(&text).unwrap_or(Value::String(text)),
        Some(value) => value,
        None => Value::from(json),
    };
    match value {
        Value::Array(list) => json!({
            "count": list.len(),
            "sample": list.into_iter().take(SAMPLE).collect::<Vec<_>>(),
        }),
        value => value,
    }
}

#[derive(Serialize)]
pub(super) struct WireError<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> From<&'a TurnError> for WireError<'a> {
    fn from(error: &'a TurnError) -> Self {
        Self {
            r#type: &error.kind,
            message: error.message.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_nobody_reported_is_absent() {
        let mut turn = Turn::default();
        turn.usage.output_tokens = Some(0);
        let json = serde_json::to_string(&WireUsage::of(&turn)).unwrap();
        assert_eq!(json, r#"{"completion_tokens":0,"ai_rounds":1}"#);
    }
}
