//! Context of requests from elsewhere.
//!
//! Headers come from strangers: what is malformed, too long or not on the list
//! is passed over, as if it were not there.

use super::remote::RemoteContext;
use super::{BAGGAGE, Propagation, TRACEPARENT, TRACESTATE};
use crate::conversation::{Conversation, is_id};
use crate::semconv::attribute;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use percent_encoding::percent_decode_str;

/// What a header may have, in bytes, of all its lines together. As
/// <https://www.w3.org/TR/baggage/#limits> has it; of `tracestate` less has to
/// be taken (<https://www.w3.org/TR/trace-context/#tracestate-limits>).
const MAX_HEADER: usize = 8192;

impl Propagation {
    /// The context that `headers` bring.
    pub(crate) fn extract(&self, headers: &HeaderMap) -> RemoteContext {
        let mut remote = RemoteContext::default();
        if !self.no_trace_context {
            remote.span = span(&TraceHeaders::of(headers));
        }
        if !self.no_baggage {
            let baggage = allowed(headers, &self.baggage);
            remote.conversation = baggage.iter().find_map(conversation_of);
            remote.baggage = baggage.into();
        }
        remote
    }
}

/// The span that a request was sent within; nothing if the headers name none.
fn span(headers: &TraceHeaders) -> Option<SpanContext> {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), headers);
    let span = context.span().span_context().clone();
    span.is_valid().then_some(span)
}

/// The two headers of trace context, of which several lines may be one value.
struct TraceHeaders {
    parent: Option<String>,
    state: Option<String>,
}

impl TraceHeaders {
    fn of(headers: &HeaderMap) -> Self {
        // Two parents are none.
        let is_one = headers.get_all(TRACEPARENT).iter().nth(1).is_none();
        Self {
            parent: whole(headers, TRACEPARENT).filter(|_| is_one),
            state: whole(headers, TRACESTATE),
        }
    }
}

impl Extractor for TraceHeaders {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            TRACEPARENT => self.parent.as_deref(),
            TRACESTATE => self.state.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }
}

/// A header whose lines are parts of one list; nothing if it is no text, or
/// more than may be.
fn whole(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(name).iter();
    let lines: Option<Vec<&str>> = lines.map(|line| line.to_str().ok()).collect();
    let lines = lines.filter(|lines| !lines.is_empty())?;
    // With the commas between them.
    let length = lines.iter().map(|line| line.len() + 1).sum::<usize>() - 1;
    (length <= MAX_HEADER).then(|| lines.join(","))
}

/// The [members](https://www.w3.org/TR/baggage/#definition) that are on the
/// list, without their properties; of a key that is given twice, the last.
fn allowed(headers: &HeaderMap, keys: &[String]) -> Vec<KeyValue> {
    let list = whole(headers, BAGGAGE).unwrap_or_default();
    let mut members: Vec<KeyValue> = Vec::new();
    for member in list.split(',') {
        let pair = member.split(';').next().unwrap_or_default();
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        let key = keys.iter().find(|known| *known == key.trim());
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        let Some(key) = key.filter(|key| is_fit(key, &value)) else {
            continue;
        };
        members.retain(|member| member.key.as_str() != key);
        members.push(KeyValue::new(key.clone(), value.into_owned()));
    }
    members
}

/// The id of a conversation has to look like one.
fn is_fit(key: &str, value: &str) -> bool {
    key != attribute::GEN_AI_CONVERSATION_ID || is_id(value)
}

fn conversation_of(member: &KeyValue) -> Option<Conversation> {
    let is_id = member.key.as_str() == attribute::GEN_AI_CONVERSATION_ID;
    is_id.then(|| Conversation::new(member.value.as_str()))
}
