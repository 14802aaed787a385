//! Facts as span attributes: tables of a name and an optional value.
//!
//! What is not known is left out; nothing is written twice, because the SDK
//! does not deduplicate.

use crate::conversation::Conversation;
use crate::operation::usage::IMPLAUSIBLE_TOKENS;
use crate::operation::{Fact, Facts, Kind, Request, Response, Usage};
use crate::semconv::{attribute, value};
use opentelemetry::trace::TraceId;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use std::borrow::Cow;

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) provider: Cow<'static, str>,
    pub(crate) server_address: Option<String>,
    pub(crate) server_port: Option<u16>,
}

/// The name of a span: the operation, and mostly the model behind it.
pub(crate) fn span_name(target: &Target, request: &Request) -> String {
    let operation = target.kind.name;
    let subject = match operation {
        value::operation::RETRIEVAL => request.facts.text(attribute::GEN_AI_DATA_SOURCE_ID),
        value::operation::CREATE_AGENT => request.facts.text(attribute::GEN_AI_AGENT_NAME),
        _ => request.model.as_deref(),
    };
    match subject {
        Some(subject) => format!("{operation} {subject}"),
        None => operation.to_owned(),
    }
}

/// Everything known before the request leaves; samplers see all of it.
pub(crate) fn request(target: &Target, request: &Request, with_content: bool) -> Vec<KeyValue> {
    let mut attributes = known([
        (
            attribute::GEN_AI_OPERATION_NAME,
            Some(target.kind.name.into()),
        ),
        (
            attribute::GEN_AI_PROVIDER_NAME,
            Some(target.provider.clone().into()),
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
    let facts = attributes_of(&request.facts);
    attributes.extend(facts.filter(|it| with_content || !is_content(it)));
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
pub(crate) fn own_counting(response: &Response) -> Option<KeyValue> {
    let tokens = count(response.tokens.uncached_input())?;
    Some(KeyValue::new(attribute::TES_USAGE_INPUT_TOKENS, tokens))
}

/// What the response told.
pub(crate) fn response(response: &Response) -> Vec<KeyValue> {
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
    attributes.extend(usage(&response.tokens.inclusive().0));
    attributes.extend(attributes_of(&response.facts));
    attributes
}

/// Finish reasons by choice; one that never came is `error`.
pub(crate) fn finish_reasons(response: &Response) -> Vec<String> {
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

/// Whether a fact about a request is of what was said in it.
fn is_content(fact: &KeyValue) -> bool {
    matches!(
        fact.key.as_str(),
        attribute::GEN_AI_REQUEST_STOP_SEQUENCES
            | attribute::GEN_AI_RETRIEVAL_QUERY_TEXT
            | attribute::GEN_AI_AGENT_DESCRIPTION
    )
}

fn attributes_of(facts: &Facts) -> impl Iterator<Item = KeyValue> {
    facts.iter().map(|(name, fact)| {
        let value = match fact {
            Fact::Text(Cow::Borrowed(text)) => Value::from(*text),
            Fact::Text(Cow::Owned(text)) => text.clone().into(),
            Fact::Int(number) => (*number).into(),
            Fact::Float(number) => (*number).into(),
            Fact::Texts(texts) => array(texts.clone()),
        };
        KeyValue::new(*name, value)
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
    (!list.is_empty()).then(|| array(list))
}

fn array(list: Vec<String>) -> Value {
    let array = list.into_iter().map(StringValue::from).collect();
    Value::Array(Array::String(array))
}
