//! What is known of a call before its request leaves, and the span that says it.

use super::Instrumentation;
use super::request_body::RequestBody;
use crate::conversation::Conversation;
use crate::format::{Format, Sent};
use crate::operation::{Kind, Request, word};
use crate::span::AnySpan;
use crate::span::attributes::{self, Target};
use crate::stats::{Fault, Stats};
use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanBuilder};
use std::borrow::Cow;
use url::Url;

/// Who is asked, and for what.
pub(super) fn target(
    format: &dyn Format,
    kind: Kind,
    provider: Option<Cow<'static, str>>,
    url: &Url,
) -> Target {
    Target {
        kind,
        provider: provider.unwrap_or_else(|| Cow::Borrowed(format.provider())),
        server_address: url.host_str().map(|host| word::word(host).to_owned()),
        server_port: url.port_or_known_default(),
    }
}

/// What was asked, as far as it can be read.
pub(super) fn read_request(
    format: &'static dyn Format,
    sent: &Sent<'_>,
    body: &RequestBody<'_>,
    asked: Request,
    stats: &Stats,
) -> Request {
    if body.is_truncated() {
        stats.fault(Fault::RequestTruncated);
    }
    match body.read() {
        Some(body) => read_asked(format, &Sent { body, ..*sent }, asked, stats),
        None => asked,
    }
}

/// What was asked by a request, beside what is known of it.
pub(super) fn read_asked(
    format: &'static dyn Format,
    sent: &Sent<'_>,
    mut asked: Request,
    stats: &Stats,
) -> Request {
    if format.read_asked(sent, &mut asked).is_err() {
        stats.fault(Fault::UnreadRequest);
    }
    asked
}

/// Identity goes onto the span only where it may leave with it; to TES it
/// travels beside the span.
pub(super) fn start_span(
    instrumentation: &Instrumentation,
    (parent, kind): (&Context, Kind),
    mut builder: SpanBuilder,
    conversation: Option<&Conversation>,
    answered_ids: &[String],
) -> AnySpan {
    let mut known = builder.attributes.take().unwrap_or_default();
    if instrumentation.conventions.in_conversation(kind.name) {
        known.extend(attributes::conversation(conversation));
    }
    builder.attributes = Some(instrumentation.conventions.attributes(known));
    let mut span = instrumentation.start_span(builder, parent);
    if instrumentation.shown.identity {
        let trace_id = span.span_context().trace_id();
        let user = instrumentation.user_on_spans(conversation);
        span.set_attributes(attributes::identity(
            conversation,
            user,
            answered_ids,
            trace_id,
        ));
    }
    span
}
