//! The five lifecycle events of a call.

use super::attributes::{self, Target};
use crate::operation::{InferenceRequest, InferenceResponse, ToolCall, Usage};
use crate::semconv::{attribute, event};
use opentelemetry::{KeyValue, Value};

/// A span event without its time.
pub(crate) type Named = (&'static str, Vec<KeyValue>);

/// The request leaves; once a logical call.
pub(crate) fn prompt_sent(target: &Target, request: &InferenceRequest) -> Named {
    let attributes = attributes::known([
        (
            attribute::GEN_AI_OPERATION_NAME,
            Some(target.operation.into()),
        ),
        (
            attribute::GEN_AI_REQUEST_MODEL,
            request.model.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_MESSAGE_COUNT,
            request.message_count.map(Value::from),
        ),
    ]);
    (event::GEN_AI_PROMPT_SENT, attributes)
}

/// The first chunk with generated content is here.
pub(crate) fn first_token() -> Named {
    (event::GEN_AI_STREAM_FIRST_TOKEN, Vec::new())
}

/// An attempt failed and another is made.
pub(crate) fn retry(retry: &Retry) -> Named {
    let attributes = attributes::known([
        (attribute::RETRY_ATTEMPT, Some(retry.attempt.into())),
        (attribute::RETRY_REASON, Some(retry.reason.into())),
        (attribute::RETRY_DELAY_MS, Some(retry.delay_ms.into())),
        (
            attribute::HTTP_RESPONSE_STATUS_CODE,
            retry.status.map(|status| i64::from(status).into()),
        ),
        (attribute::ERROR_TYPE, Some(retry.error_type.clone().into())),
    ]);
    (event::GEN_AI_RETRY, attributes)
}

/// What a retry event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Retry {
    /// Which attempt failed, from 1.
    pub(crate) attempt: i64,
    pub(crate) reason: &'static str,
    /// From the failure to the next attempt.
    pub(crate) delay_ms: i64,
    pub(crate) status: Option<u16>,
    pub(crate) error_type: std::borrow::Cow<'static, str>,
}

/// The model asks for a tool. Arguments are content: given only through the gate.
pub(crate) fn tool_call(call: &ToolCall, with_arguments: bool) -> Named {
    let arguments = call.arguments.clone().filter(|_| with_arguments);
    let attributes = attributes::known([
        (attribute::GEN_AI_TOOL_NAME, Some(call.name.clone().into())),
        (
            attribute::GEN_AI_TOOL_CALL_ID,
            call.id.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
            arguments.map(Value::from),
        ),
    ]);
    (event::GEN_AI_TOOL_CALL, attributes)
}

/// The whole response is here.
pub(crate) fn response_received(response: &InferenceResponse) -> Named {
    let mut attributes = attributes::known([
        (
            attribute::GEN_AI_RESPONSE_MODEL,
            response.model.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_RESPONSE_ID,
            response.id.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_RESPONSE_FINISH_REASONS,
            attributes::finish_reasons(response),
        ),
    ]);
    attributes.extend(attributes::usage(&Usage {
        input_tokens: response.usage.input_tokens,
        output_tokens: response.usage.output_tokens,
        ..Usage::default()
    }));
    (event::GEN_AI_RESPONSE_RECEIVED, attributes)
}
