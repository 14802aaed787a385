//! The state of a call between its start and its end.

use super::Instrumentation;
use super::answer::Answer;
use super::attempts::Attempts;
use super::clock::Clock;
use super::head::Head;
use super::moment::{Moment, Outgoing};
use super::request_body::RequestBody;
use super::secrets::Secrets;
use super::start::{read_request, start_span, target};
use super::verdict::End;
use crate::conversation::Conversation;
use crate::format::{Format, Routed, UsageOption};
use crate::framing::Frame;
use crate::operation::{Outcome, Request, Response};
use crate::semconv::event;
use crate::span::AnySpan;
use crate::span::attributes::{self, Target};
use crate::span::events::PromptSent;
use crate::span::metrics::Metrics;
use crate::stats::Fault;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind};
use std::time::Instant;

/// What a call asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// It is known when all of its request has passed.
    Passing,
    Known,
    /// Its span says that it was sent.
    Sent,
}

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
    pub(super) prompt: Prompt,
    pub(super) attempts: Attempts,
    pub(super) answer: Answer,
    /// How its stream was asked for the usage, if we did that.
    pub(super) asked_usage: Option<UsageOption>,
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

impl Prompt {
    fn of(is_streamed: bool) -> Self {
        if is_streamed {
            Self::Passing
        } else {
            Self::Known
        }
    }

    pub(super) fn is_passing(self) -> bool {
        self == Self::Passing
    }
}

impl Open {
    pub(super) fn start(
        instrumentation: &Instrumentation,
        (format, routed): (&'static dyn Format, Routed),
        conversation: Option<Conversation>,
        moment: &Moment,
        outgoing: Outgoing<'_>,
    ) -> Self {
        let Outgoing {
            sent,
            hold,
            is_streamed,
            ..
        } = outgoing;
        let asked = Request {
            model: routed.model,
            stream: routed.streams,
            ..Request::default()
        };
        let body = RequestBody::of(sent.body);
        let request = if is_streamed {
            asked
        } else {
            read_request(format, &sent, &body, asked, &instrumentation.stats)
        };
        let target = target(format, routed.kind, routed.provider, sent.url);
        let keep_content = instrumentation.shown.content || instrumentation.outlet.wants_content();
        let span = start_span(
            instrumentation,
            (&moment.parent, routed.kind),
            SpanBuilder::from_name(attributes::span_name(&target, &request))
                .with_kind(SpanKind::Client)
                .with_start_time(moment.clock.started_at)
                .with_attributes(attributes::request(
                    &target,
                    &request,
                    instrumentation.shown.content,
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
            request_body: if instrumentation.keeps_request(keep_content) {
                body.kept(hold)
            } else {
                Bytes::new()
            },
            conversation,
            keep_content,
            clock: moment.clock,
            prompt: Prompt::of(is_streamed),
            attempts: Attempts::default(),
            answer: Answer::new(format, routed.kind, keep_content),
            asked_usage: None,
            headers: Vec::new(),
            first_chunk: None,
            whole: None,
            last_chunk: None,
            chunk_attributes: Vec::new(),
        }
    }

    /// An attempt is about to be sent; what an earlier one brought is void.
    pub(super) fn begin_attempt(&mut self, asked: Instant) {
        if !self.prompt.is_passing() {
            self.send_prompt();
        }
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

    pub(super) fn send_prompt(&mut self) {
        let is_sent = std::mem::replace(&mut self.prompt, Prompt::Sent) == Prompt::Sent;
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
