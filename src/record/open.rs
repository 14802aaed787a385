//! The state of a call between its start and its end.

use super::Instrumentation;
use super::answer::Answer;
use super::attempts::Attempts;
use super::clock::Clock;
use super::head::Head;
use super::moment::{Moment, Outgoing};
use super::request_body::RequestBody;
use super::secrets::Secrets;
use super::verdict::End;
use crate::conversation::Conversation;
use crate::format::{Format, Routed, Sent};
use crate::framing::Frame;
use crate::operation::{Kind, Outcome, Request, Response, word};
use crate::semconv::event;
use crate::span::AnySpan;
use crate::span::attributes::{self, Target};
use crate::span::events::PromptSent;
use crate::span::metrics::Metrics;
use crate::stats::{Fault, Stats};
use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::time::Instant;

/// The state of a call that has not finished.
pub(super) struct Open {
    pub(super) format: &'static dyn Format,
    pub(super) span: AnySpan,
    pub(super) target: Target,
    pub(super) secrets: Secrets,
    pub(super) repeats_a_secret: bool,
    pub(super) request: Request,
    pub(super) request_body: Bytes,
    pub(super) conversation: Option<Conversation>,
    pub(super) keep_content: bool,
    pub(super) clock: Clock,
    prompt_sent: bool,
    pub(super) attempts: Attempts,
    pub(super) answer: Answer,
    /// What the headers of the last answer tell, a refusal's too.
    pub(super) headers: Vec<KeyValue>,
    /// When generated content came first. What carries none (a role, a ping,
    /// the usage) is no chunk of the output, so times of chunks begin here too.
    pub(super) first_chunk: Option<Instant>,
    /// When all of the answer was here, before its end was read.
    pub(super) whole: Option<Instant>,
    /// When generated content came last, and what its chunks are measured under.
    last_chunk: Option<Instant>,
    chunk_attributes: Vec<KeyValue>,
}

impl Open {
    pub(super) fn start(
        instrumentation: &Instrumentation,
        (format, routed): (&'static dyn Format, Routed),
        conversation: Option<Conversation>,
        moment: &Moment,
        outgoing: Outgoing<'_>,
    ) -> Self {
        let Outgoing { sent, hold, .. } = outgoing;
        let asked = Request {
            model: routed.model,
            stream: routed.streams,
            ..Request::default()
        };
        let body = RequestBody::of(sent.body);
        let request = read_request(format, &sent, &body, asked, &instrumentation.stats);
        let target = Target {
            kind: routed.kind,
            provider: routed
                .provider
                .unwrap_or_else(|| Cow::Borrowed(format.provider())),
            server_address: sent.url.host_str().map(|host| word::word(host).to_owned()),
            server_port: sent.url.port_or_known_default(),
        };
        let keep_content =
            instrumentation.content_on_spans || instrumentation.outlet.wants_content();
        let span = start_span(
            instrumentation,
            (&moment.parent, routed.kind),
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
            format,
            span,
            target,
            secrets: Secrets::of(sent.headers, sent.url),
            repeats_a_secret: false,
            request,
            request_body: if keep_content || instrumentation.outlet.reads_histories() {
                body.kept(hold)
            } else {
                Bytes::new()
            },
            conversation,
            keep_content,
            clock: moment.clock,
            prompt_sent: false,
            attempts: Attempts::default(),
            answer: Answer::new(format, routed.kind, keep_content),
            headers: Vec::new(),
            first_chunk: None,
            whole: None,
            last_chunk: None,
            chunk_attributes: Vec::new(),
        }
    }

    /// An attempt is about to be sent; what an earlier one brought is void.
    pub(super) fn begin_attempt(&mut self, asked: Instant) {
        self.send_prompt();
        self.headers = Vec::new();
        if !self.answer.is_awaited() {
            self.answer = Answer::new(self.format, self.target.kind, self.keep_content);
            (self.first_chunk, self.last_chunk) = (None, None);
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
            .frame(Frame::unnamed(data), &instrumentation.stats);
        self.pace(before, instrumentation);
    }

    pub(super) fn end_answer(
        &mut self,
        end: End<'_>,
        instrumentation: &Instrumentation,
    ) -> (Response, Outcome) {
        let now = Instant::now();
        self.whole = Some(now);
        if self.answer.is_refusal() && matches!(end, End::Whole) {
            self.attempts.read_on(now);
        }
        self.answer.end(end, &self.request, &instrumentation.stats)
    }

    /// Something of a stream has arrived, with the events that came since
    /// there were `before`.
    fn pace(&mut self, before: u64, instrumentation: &Instrumentation) {
        let fresh = self.answer.generated() - before;
        if fresh == 0 || !self.answer.is_stream() {
            return;
        }
        let metrics = instrumentation.metrics.as_ref();
        if self.first_chunk.is_some() && metrics.is_none() {
            return;
        }
        let now = Instant::now();
        // It becomes an event at the end: a later attempt may make this void.
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
    pub(super) fn end_unseen(&mut self, instrumentation: &Instrumentation) -> (Response, Outcome) {
        let failure = self.attempts.last_failure().cloned();
        match failure.filter(|_| self.answer.is_awaited()) {
            Some(failure) => (Response::default(), failure.outcome()),
            None => self.end_answer(End::Dropped, instrumentation),
        }
    }

    fn send_prompt(&mut self) {
        let is_sent = std::mem::replace(&mut self.prompt_sent, true);
        if !is_sent && self.target.kind.is_inference {
            let sent = PromptSent::new(self.target.kind.name);
            let sent = self.request.model.iter().fold(sent, PromptSent::model);
            let count = self.request.message_count;
            let count = count.and_then(|count| u32::try_from(count).ok());
            let sent = count.into_iter().fold(sent, PromptSent::message_count);
            sent.add_to(self.clock.now(&mut self.span));
        }
    }
}

/// What was asked, as far as it can be read.
fn read_request(
    format: &'static dyn Format,
    sent: &Sent<'_>,
    body: &RequestBody<'_>,
    mut asked: Request,
    stats: &Stats,
) -> Request {
    if body.is_truncated() {
        stats.fault(Fault::RequestTruncated);
    }
    if let Some(body) = body.read() {
        let sent = Sent { body, ..*sent };
        if format.read_asked(&sent, &mut asked).is_err() {
            stats.fault(Fault::UnreadRequest);
        }
    }
    asked
}

/// Identity goes onto the span only where it may leave with it; to TES it
/// travels beside the span.
fn start_span(
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
