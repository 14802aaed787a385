//! The wire form of a `CHAT_TURN`: its JSON is the contract.
//!
//! Captured from agent-events 0.3, in its order: the metadata, `source`,
//! `model`, `usage`, `tool_calls`, `user_message`, `assistant_response`,
//! `system_prompt`, `userId`. Added after them: `event_id`, `trace_id`,
//! `span_id`, `provider`, `finish_reasons`, `latency_ms`,
//! `time_to_first_token_ms`, `retries`, `error`; and inside `usage`, after
//! `ai_rounds`, the cached and reasoning tokens.

use super::EventSettings;
use super::truncate::{cut_json, cut_text};
use crate::operation::{Json, Usage};
use crate::turn::{ToolUse, Turn};
use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::time::Duration;
use uuid::Uuid;

/// The mutation, to the byte: receivers may allow it by its text.
const EMIT_EVENT: &str = "\n  mutation EmitEvent($input: EventInput!) {\n    emitEvent(input: $input) {\n      success\n      eventId\n      message\n    }\n  }\n";

const CHAT_TURN: &str = "CHAT_TURN";

/// Made once at random; ids of events are derived from it (RFC 9562, `UUIDv5`).
const NAMESPACE: Uuid = Uuid::from_u128(0x4c0f_9d5e_7a63_4b0f_9a3d_52c1_8e27_61b4);

/// The request body for a turn.
pub(super) fn chat_turn(turn: Turn, settings: &EventSettings) -> Result<Bytes, serde_json::Error> {
    let turn = if settings.capture_content {
        truncated(turn, settings.max_content_length)
    } else {
        turn.without_content()
    };
    let data = Data {
        entity_id: &turn.session_id,
        attributes: attributes(&turn, settings)?,
    };
    let input = Input {
        event_type: CHAT_TURN,
        entity_type: "conversation",
        data,
    };
    let body = Body {
        query: EMIT_EVENT,
        variables: Variables { input },
    };
    serde_json::to_vec(&body).map(Bytes::from)
}

/// The same event has the same id, however often it is sent.
pub(crate) fn event_id(trace_id: &str, span_id: &str, event_type: &str) -> Uuid {
    Uuid::new_v5(
        &NAMESPACE,
        format!("{trace_id}/{span_id}/{event_type}").as_bytes(),
    )
}

#[derive(Serialize)]
struct Body<'a> {
    query: &'static str,
    variables: Variables<'a>,
}

#[derive(Serialize)]
struct Variables<'a> {
    input: Input<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    event_type: &'static str,
    entity_type: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    entity_id: &'a str,
    attributes: Attributes,
}

/// Ordered fields. A field that is set again keeps its place and takes the
/// later value: so metadata comes first and never overrides what is ours.
#[derive(Default)]
struct Attributes(Vec<(String, Box<RawValue>)>);

impl Attributes {
    fn set(&mut self, key: &str, value: impl Serialize) -> Result<(), serde_json::Error> {
        let value = to_raw_value(&value)?;
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
        Ok(())
    }

    fn set_known(
        &mut self,
        key: &str,
        value: Option<impl Serialize>,
    ) -> Result<(), serde_json::Error> {
        value.map_or(Ok(()), |value| self.set(key, value))
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn attributes(turn: &Turn, settings: &EventSettings) -> Result<Attributes, serde_json::Error> {
    let mut attributes = Attributes::default();
    for (key, value) in &turn.metadata {
        attributes.set(key, value)?;
    }
    attributes.set("source", &settings.source)?;
    attributes.set("model", &turn.model)?;
    attributes.set("usage", WireUsage::from(turn.usage))?;
    let tools: Vec<WireToolCall> = turn.tool_calls.iter().map(WireToolCall::from).collect();
    attributes.set_known("tool_calls", (!tools.is_empty()).then_some(tools))?;
    attributes.set_known("user_message", turn.user_message.as_ref())?;
    attributes.set_known("assistant_response", turn.assistant_response.as_ref())?;
    attributes.set_known("system_prompt", turn.system_prompt.as_ref())?;
    attributes.set_known(
        "userId",
        turn.user_id.as_ref().or(settings.user_id.as_ref()),
    )?;
    add_beyond_the_capture(&mut attributes, turn)?;
    Ok(attributes)
}

fn add_beyond_the_capture(
    attributes: &mut Attributes,
    turn: &Turn,
) -> Result<(), serde_json::Error> {
    attributes.set(
        "event_id",
        event_id(&turn.trace_id, &turn.span_id, CHAT_TURN).to_string(),
    )?;
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

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_depends_on_trace_span_and_type_alone() {
        let id = event_id("t", "s", CHAT_TURN);
        assert_eq!(id, event_id("t", "s", CHAT_TURN));
        assert_ne!(id, event_id("t", "s2", CHAT_TURN));
        assert_eq!(id.get_version_num(), 5);
    }

    #[test]
    fn metadata_comes_first_and_never_overrides_what_is_ours() {
        let mut attributes = Attributes::default();
        attributes.set("source", "mine").unwrap();
        attributes.set("extra", [1, 2]).unwrap();
        attributes.set("source", "turnspan").unwrap();
        let json = serde_json::to_string(&attributes).unwrap();
        assert_eq!(json, r#"{"source":"turnspan","extra":[1,2]}"#);
    }

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
