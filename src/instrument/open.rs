//! The state of a call between its start and its end.

use super::Instrumentation;
use super::answer::{Answer, End};
use super::attempts::Attempts;
use super::clock::Clock;
use super::head::Head;
use super::secrets::Secrets;
use crate::api::Api;
use crate::api::sse::Event;
use crate::context;
use crate::conversation::Conversation;
use crate::operation::{InferenceRequest, InferenceResponse, Outcome, word};
use crate::provider;
use crate::semconv::event;
use crate::span::attributes::{self, Target};
use crate::span::events::PromptSent;
use crate::span::metrics::Metrics;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use http::HeaderMap;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanId, SpanKind, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;
use std::time::Instant;
use url::Url;

/// The most that is kept of a request, to be read later.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// The most that is read of a request for its parameters, on the caller's
/// task. Passing over a megabyte takes a fraction of a millisecond; requests
/// with documents in them reach tens of megabytes.
const MAX_READ_BYTES: usize = 32 << 20;

/// When and in which context a call, or any other request, began.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(super) parent: Context,
    pub(super) conversation: Option<Conversation>,
    clock: Clock,
}

/// What was sent where.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a http::Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Shares the body beyond this moment.
    pub(crate) hold: Box<dyn FnOnce() -> Bytes + 'a>,
}

/// The state of a call that has not finished.
pub(super) struct Open {
    pub(super) api: &'static dyn Api,
    pub(super) span: Span,
    pub(super) target: Target,
    pub(super) secrets: Secrets,
    pub(super) repeats_a_secret: bool,
    pub(super) request: InferenceRequest,
    pub(super) request_body: Bytes,
    pub(super) conversation: Option<Conversation>,
    pub(super) keep_content: bool,
    pub(super) clock: Clock,
    prompt_sent: bool,
    pub(super) attempts: Attempts,
    pub(super) answer: Answer,
    pub(super) first_chunk: Option<Instant>,
    pub(super) first_token: Option<Instant>,
    /// When generated content came last, and what its chunks are measured under.
    last_chunk: Option<Instant>,
    chunk_attributes: Vec<KeyValue>,
}

impl Moment {
    /// Now, on the task that makes the call.
    pub(crate) fn now() -> Self {
        Self {
            parent: context::current(),
            conversation: Conversation::current(),
            clock: Clock::start(),
        }
    }

    /// The id of the span that a call is made within.
    pub(crate) fn within(&self) -> Option<[u8; 8]> {
        let span = self.parent.span();
        let id = span.span_context().span_id();
        (id != SpanId::INVALID).then(|| id.to_bytes())
    }

    /// When the future of a call that was made at this moment is polled first.
    /// A scope or a span may have been put around it since; on a task of its
    /// own it has neither, and those of whoever made it hold.
    pub(crate) fn begun(&self) -> Self {
        let now = Self::now();
        let has_span = now.parent.has_active_span();
        Self {
            parent: if has_span {
                now.parent
            } else {
                self.parent.clone()
            },
            conversation: now.conversation.or_else(|| self.conversation.clone()),
            ..now
        }
    }
}

impl Open {
    pub(super) fn start(
        instrumentation: &Instrumentation,
        api: &'static dyn Api,
        conversation: Option<Conversation>,
        moment: &Moment,
        sent: Sent<'_>,
    ) -> Self {
        let request = read_request(api, sent.body, &instrumentation.stats);
        let target = target(api, sent.url);
        let keep_content =
            instrumentation.content_on_spans || instrumentation.outlet.wants_content();
        let span = start_span(
            instrumentation,
            &moment.parent,
            SpanBuilder::from_name(attributes::span_name(&target, &request))
                .with_kind(SpanKind::Client)
                .with_start_time(moment.clock.started_at)
                .with_attributes(attributes::request(
                    &target,
                    &request,
                    instrumentation.content_on_spans,
                )),
            conversation.as_ref(),
            &request.answered_ids,
        );
        Self {
            api,
            span,
            target,
            secrets: Secrets::of(sent.headers, sent.url),
            repeats_a_secret: false,
            request,
            request_body: if (keep_content || instrumentation.outlet.reads_histories())
                && sent.body.len() <= MAX_KEPT_BYTES
            {
                (sent.hold)()
            } else {
                Bytes::new()
            },
            conversation,
            keep_content,
            clock: moment.clock,
            prompt_sent: false,
            attempts: Attempts::default(),
            answer: Answer::new(api, keep_content),
            first_chunk: None,
            first_token: None,
            last_chunk: None,
            chunk_attributes: Vec::new(),
        }
    }

    /// An attempt is about to be sent; what an earlier one brought is void.
    pub(super) fn begin_attempt(&mut self, asked: Instant) {
        self.send_prompt();
        if !self.answer.is_awaited() {
            self.answer = Answer::new(self.api, self.keep_content);
            (self.first_chunk, self.first_token, self.last_chunk) = (None, None, None);
        }
        if let Some((failed, retry)) = self.attempts.begin(asked.max(self.clock.started)) {
            let at = self.clock.at(failed);
            self.span
                .add_event_with_timestamp(event::GEN_AI_RETRY, at, retry.attributes());
        }
    }

    /// The head of an answer is here. Returns which attempt's it is.
    pub(super) fn answered(&mut self, head: Head) -> u32 {
        self.send_prompt();
        self.answer.head(head, self.request.stream);
        self.attempts.current()
    }

    pub(super) fn chunk(&mut self, bytes: &Bytes, instrumentation: &Instrumentation) {
        let before = self.answer.generated();
        self.answer.chunk(bytes, &instrumentation.stats);
        if self.answer.is_refusal() {
            self.attempts.read_on(Instant::now());
        }
        self.pace(before, instrumentation);
    }

    pub(super) fn stream_event(&mut self, data: &[u8], instrumentation: &Instrumentation) {
        let before = self.answer.generated();
        self.answer
            .event(Event::unnamed(data), &instrumentation.stats);
        self.pace(before, instrumentation);
    }

    pub(super) fn end_answer(
        &mut self,
        end: End<'_>,
        instrumentation: &Instrumentation,
    ) -> (InferenceResponse, Outcome) {
        if self.answer.is_refusal() && matches!(end, End::Whole) {
            self.attempts.read_on(Instant::now());
        }
        let choices_asked = self.request.parameters.choice_count.unwrap_or(1);
        let choices_asked = usize::try_from(choices_asked).unwrap_or(1);
        self.answer.end(end, choices_asked, &instrumentation.stats)
    }

    /// Something of a stream has arrived, with the events that came since
    /// there were `before`.
    fn pace(&mut self, before: u64, instrumentation: &Instrumentation) {
        if !self.answer.is_stream() {
            return;
        }
        let fresh = self.answer.generated() - before;
        if fresh > 0 && before == 0 {
            // It becomes an event at the end: a later attempt may make this void.
            self.first_token = Some(Instant::now());
        }
        let metrics = instrumentation.metrics.as_ref().filter(|_| fresh > 0);
        if self.first_chunk.is_some() && metrics.is_none() {
            return;
        }
        let now = Instant::now();
        self.first_chunk.get_or_insert(now);
        if let Some(metrics) = metrics {
            let measure = || self.measure_chunks(fresh, now, metrics);
            instrumentation
                .stats
                .guard(Fault::ObserverPanicked, measure);
        }
    }

    /// Chunks that arrive together took no time but the first.
    fn measure_chunks(&mut self, fresh: u64, now: Instant, metrics: &Metrics) {
        let mut last = self.last_chunk.replace(now);
        let known = &mut self.chunk_attributes;
        if known.is_empty() && last.is_some() {
            *known = metrics.attributes(&self.target, &self.request, self.answer.model());
        }
        for _ in 0..fresh {
            if let Some(last) = last.replace(now) {
                metrics.output_chunk(now.duration_since(last), &self.chunk_attributes);
            }
        }
    }

    /// Nobody is left to see how the call ends: a failed attempt that nobody
    /// repeated is its end, else its caller dropped it.
    pub(super) fn end_unseen(
        &mut self,
        instrumentation: &Instrumentation,
    ) -> (InferenceResponse, Outcome) {
        let failure = self.attempts.last_failure().cloned();
        match failure.filter(|_| self.answer.is_awaited()) {
            Some(failure) => (InferenceResponse::default(), failure.outcome()),
            None => self.end_answer(End::Dropped, instrumentation),
        }
    }

    fn send_prompt(&mut self) {
        if !std::mem::replace(&mut self.prompt_sent, true) {
            let sent = PromptSent::new(self.target.operation);
            let sent = self.request.model.iter().fold(sent, PromptSent::model);
            let count = self.request.message_count;
            let count = count.and_then(|count| u32::try_from(count).ok());
            let sent = count.into_iter().fold(sent, PromptSent::message_count);
            sent.add_to(self.clock.now(&mut self.span));
        }
    }
}

/// The parameters of a request, as far as it can be read.
fn read_request(api: &'static dyn Api, body: &[u8], stats: &Stats) -> InferenceRequest {
    if body.len() > MAX_KEPT_BYTES {
        stats.fault(Fault::RequestTruncated);
    }
    if body.len() > MAX_READ_BYTES {
        return InferenceRequest::default();
    }
    api.read_request(body).unwrap_or_else(|_| {
        stats.fault(Fault::UnreadRequest);
        InferenceRequest::default()
    })
}

fn target(api: &'static dyn Api, url: &Url) -> Target {
    let host = url.host_str().unwrap_or_default();
    Target {
        operation: api.operation(),
        provider: provider::by_host(host).unwrap_or_else(|| api.default_provider()),
        server_address: url.host_str().map(|host| word::word(host).to_owned()),
        server_port: url.port_or_known_default(),
    }
}

/// Identity goes onto the span only where it may leave with it; to TES it
/// travels beside the span.
fn start_span(
    instrumentation: &Instrumentation,
    parent: &Context,
    mut builder: SpanBuilder,
    conversation: Option<&Conversation>,
    answered_ids: &[String],
) -> Span {
    let mut known = builder.attributes.take().unwrap_or_default();
    known.extend(attributes::conversation(conversation));
    builder.attributes = Some(instrumentation.conventions.attributes(known));
    let tracer = instrumentation.tracer();
    let mut span = tracer.build_with_context(builder, parent);
    if instrumentation.identity_on_spans {
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
