//! Facts as span attributes: tables of a name and an optional value.
//!
//! What is not known is left out; nothing is written twice, because the SDK
//! does not deduplicate.

use crate::conversation::Conversation;
use crate::operation::usage::IMPLAUSIBLE_TOKENS;
use crate::operation::{Fact, InferenceRequest, InferenceResponse, Parameters, Usage};
use crate::semconv::{attribute, value};
use opentelemetry::trace::TraceId;
use opentelemetry::{Array, KeyValue, StringValue, Value};

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) operation: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) server_address: Option<String>,
    pub(crate) server_port: Option<u16>,
}

/// The name of an inference span: `{operation} {model}`, else the operation.
pub(crate) fn span_name(target: &Target, request: &InferenceRequest) -> String {
    match &request.model {
        Some(model) => format!("{} {model}", target.operation),
        None => target.operation.to_owned(),
    }
}

/// Everything known before the request leaves; samplers see all of it.
pub(crate) fn request(
    target: &Target,
    request: &InferenceRequest,
    with_content: bool,
) -> Vec<KeyValue> {
    let mut attributes = known([
        (
            attribute::GEN_AI_OPERATION_NAME,
            Some(target.operation.into()),
        ),
        (
            attribute::GEN_AI_PROVIDER_NAME,
            Some(target.provider.into()),
        ),
        (
            attribute::GEN_AI_REQUEST_MODEL,
            request.model.clone().map(Value::from),
        ),
        (
            attribute::SERVER_ADDRESS,
            target.server_address.clone().map(Value::from),
        ),
        (
            attribute::SERVER_PORT,
            target.server_port.map(|port| i64::from(port).into()),
        ),
        // Only ever true: unset means that the answer is not a stream.
        (
            attribute::GEN_AI_REQUEST_STREAM,
            request.stream.then_some(Value::Bool(true)),
        ),
    ]);
    attributes.extend(parameters(&request.parameters, with_content));
    attributes.extend(refinements(&request.refinements));
    attributes
}

/// The conversation, if the caller named it.
pub(crate) fn conversation(conversation: Option<&Conversation>) -> Option<KeyValue> {
    let id = conversation.and_then(Conversation::id)?.to_owned();
    Some(KeyValue::new(attribute::GEN_AI_CONVERSATION_ID, id))
}

/// Who spoke, and what TES joins turns by: on spans only if it may be.
pub(crate) fn identity(
    conversation: Option<&Conversation>,
    user: Option<String>,
    answered_ids: &[String],
    trace_id: TraceId,
) -> Vec<KeyValue> {
    let id = conversation.and_then(Conversation::id);
    // The session of a call without a conversation id is its trace.
    let session = id.is_none().then(|| trace_id.to_string());
    let mut attributes = known([
        (attribute::TES_SESSION_ID, session.map(Value::from)),
        (attribute::USER_ID, user.map(Value::from)),
        (
            attribute::TES_TOOL_ANSWERED_IDS,
            strings(answered_ids.to_vec()),
        ),
    ]);
    let entries = conversation
        .map(Conversation::metadata_entries)
        .unwrap_or_default();
    attributes.extend(entries.iter().map(|(key, entry)| {
        KeyValue::new(
            format!("{}.{key}", attribute::TES_METADATA),
            metadata(entry),
        )
    }));
    attributes
}

/// Input tokens as the provider counts them, where that is another number.
pub(crate) fn own_counting(response: &InferenceResponse) -> Option<KeyValue> {
    let tokens = count(response.uncached_input_tokens)?;
    Some(KeyValue::new(attribute::TES_USAGE_INPUT_TOKENS, tokens))
}

/// What the response told.
pub(crate) fn response(response: &InferenceResponse) -> Vec<KeyValue> {
    let mut attributes = known([
        (
            attribute::GEN_AI_RESPONSE_ID,
            response.id.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_RESPONSE_MODEL,
            response.model.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_RESPONSE_FINISH_REASONS,
            strings(finish_reasons(response)),
        ),
    ]);
    attributes.extend(usage(&response.usage));
    attributes.extend(refinements(&response.refinements));
    attributes
}

/// Finish reasons by choice; one that never came is `error`.
pub(crate) fn finish_reasons(response: &InferenceResponse) -> Vec<String> {
    let reasons = response.finish_reasons.iter();
    let or_error = |reason: &Option<String>| {
        reason
            .clone()
            .unwrap_or_else(|| value::finish_reason::ERROR.to_owned())
    };
    reasons.map(or_error).collect()
}

/// Token counts under their names.
pub(crate) fn usage(usage: &Usage) -> Vec<KeyValue> {
    known([
        (
            attribute::GEN_AI_USAGE_INPUT_TOKENS,
            count(usage.input_tokens),
        ),
        (
            attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
            count(usage.output_tokens),
        ),
        (
            attribute::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
            count(usage.cache_read_input_tokens),
        ),
        (
            attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
            count(usage.cache_creation_input_tokens),
        ),
        (
            attribute::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
            count(usage.reasoning_output_tokens),
        ),
    ])
}

/// The attributes whose value is known.
pub(crate) fn known<const N: usize>(table: [(&'static str, Option<Value>); N]) -> Vec<KeyValue> {
    table
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
        .collect()
}

fn parameters(parameters: &Parameters, with_content: bool) -> Vec<KeyValue> {
    known([
        // Only if it is not 1, which is what a request without it asks for.
        (
            attribute::GEN_AI_REQUEST_CHOICE_COUNT,
            parameters.choice_count.filter(|n| *n != 1).map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
            parameters.frequency_penalty.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_MAX_TOKENS,
            parameters.max_tokens.map(Value::from),
        ),
        (
            attribute::GEN_AI_OUTPUT_TYPE,
            parameters.output_type.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
            parameters.presence_penalty.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_REASONING_LEVEL,
            parameters.reasoning_level.clone().map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_SEED,
            parameters.seed.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_STOP_SEQUENCES,
            strings(parameters.stop_sequences.clone()).filter(|_| with_content),
        ),
        (
            attribute::GEN_AI_REQUEST_TEMPERATURE,
            parameters.temperature.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_TOP_K,
            parameters.top_k.map(Value::from),
        ),
        (
            attribute::GEN_AI_REQUEST_TOP_P,
            parameters.top_p.map(Value::from),
        ),
    ])
}

fn refinements(facts: &[(&'static str, Fact)]) -> impl Iterator<Item = KeyValue> {
    facts.iter().map(|(key, fact)| match fact {
        Fact::Text(text) => KeyValue::new(*key, text.clone()),
        Fact::Constant(constant) => KeyValue::new(*key, *constant),
    })
}

fn metadata(entry: &serde_json::Value) -> Value {
    match entry {
        serde_json::Value::String(text) => text.clone().into(),
        // A template attribute has one type: everything else is JSON text.
        other => other.to_string().into(),
    }
}

/// A count that can be.
pub(super) fn count(tokens: Option<u64>) -> Option<Value> {
    let tokens = tokens.filter(|tokens| *tokens < IMPLAUSIBLE_TOKENS);
    i64::try_from(tokens?).ok().map(Value::from)
}

pub(crate) fn strings(list: Vec<String>) -> Option<Value> {
    let array: Vec<StringValue> = list.into_iter().map(StringValue::from).collect();
    (!array.is_empty()).then_some(Value::Array(Array::String(array)))
}
