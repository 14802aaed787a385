//! What spans of any dialect have in common, read as an operation.

use super::attributes::Attributes;
use crate::operation::{Conversed, Kind, Operation, OperationError, Place, Usage};
use crate::semconv::{attribute, value};
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// Reads spans of one dialect.
pub(super) trait SpanReader: Debug + Sync {
    /// What a span is, if it is one of the dialect, and an operation that becomes
    /// something. Asked of every span, on the thread that ends it.
    fn kind(&self, attributes: &Attributes<'_>) -> Option<Kind>;

    /// All that a span of that kind says, and what travelled beside it.
    fn read<'c>(&self, kind: Kind, span: &SpanData, beside: Option<&'c Conversed>)
    -> Operation<'c>;
}

/// What every span tells of its operation.
pub(super) fn outline<'c>(
    kind: Kind,
    span: &SpanData,
    attributes: &Attributes<'_>,
    conversed: Cow<'c, Conversed>,
) -> Operation<'c> {
    let conversation = conversed.conversation.as_ref();
    Operation {
        kind,
        place: place(span),
        session_id: attributes.session_id(conversation),
        user_id: attributes.user_id(conversation),
        metadata: attributes.metadata(conversation),
        provider: None,
        model: None,
        usage: Usage::default(),
        has_implausible_usage: false,
        finish_reasons: Vec::new(),
        response_id: None,
        previous_response_id: None,
        tool_calls: Vec::new(),
        tool: (kind.name == value::operation::EXECUTE_TOOL).then(|| span.name.to_string()),
        number: attributes.count(attribute::TES_TURN_NUMBER),
        started_at: span.start_time,
        duration: since(span.start_time, span.end_time),
        time_to_first_token: None,
        retries: 0,
        error: error(span, attributes, conversed.error_message.clone()),
        conversed,
    }
}

fn place(span: &SpanData) -> Place {
    let context = &span.span_context;
    let has_parent = span.parent_span_id != SpanId::INVALID;
    Place {
        trace_id: context.trace_id().to_string(),
        span_id: context.span_id().to_string(),
        parent_span_id: has_parent.then(|| span.parent_span_id.to_string()),
    }
}

fn error(
    span: &SpanData,
    attributes: &Attributes<'_>,
    message: Option<String>,
) -> Option<OperationError> {
    let Status::Error { description } = &span.status else {
        return None;
    };
    let described = (!description.is_empty()).then(|| description.to_string());
    Some(OperationError {
        kind: attributes
            .word(attribute::ERROR_TYPE)
            .unwrap_or_else(|| value::error_type::OTHER.to_owned()),
        message: message.or(described),
    })
}

/// How long after the start of a span the first event of that name came.
pub(super) fn time_to(span: &SpanData, event: &str) -> Option<Duration> {
    let first = span.events.iter().find(|it| it.name == event)?;
    Some(since(span.start_time, first.timestamp))
}

/// Clocks can be set back: a negative span of time counts as none.
fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}
