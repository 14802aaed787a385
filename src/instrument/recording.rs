//! One logical call, from its first byte to its one end.
//!
//! Layers, attempts and the body hold handles to the same recording. Whichever
//! of them sees the end first finishes it; the others then find it finished.
//! If the last handle is dropped before any end was seen, the call was dropped
//! by its caller.

use super::answer::{self, Answer, End};
use super::attempts::{AttemptFailure, Attempts};
use super::{Instrumentation, Seam, error};
use crate::api::{self, Api};
use crate::conversation::Conversation;
use crate::operation::{Content, Failure, InferenceRequest, InferenceResponse, OpenCall, Outcome};
use crate::provider;
use crate::semconv::attribute;
use crate::span::attributes::{self, Target};
use crate::span::{content, events};
use crate::stats::Fault;
use bytes::Bytes;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::time::{Instant, SystemTime};
use url::Url;

/// A handle to the recording of one call.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    shared: Arc<Shared>,
}

/// A handle that does not keep the recording open.
#[derive(Debug, Clone)]
pub(crate) struct WeakRecording {
    shared: Weak<Shared>,
}

/// When and in which context a call began.
pub(crate) struct Moment {
    parent: Context,
    conversation: Option<Conversation>,
    started: Instant,
    started_at: SystemTime,
}

/// What was sent where.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a http::Method,
    pub(crate) url: &'a Url,
    pub(crate) body: &'a [u8],
    /// Shares the body beyond this moment.
    pub(crate) hold: Box<dyn FnOnce() -> Bytes + 'a>,
}

struct Shared {
    instrumentation: Arc<Instrumentation>,
    /// Taken out by whoever finishes. Never waited for: the parts of a call
    /// run one after the other, and a miss is counted.
    open: Mutex<Option<Open>>,
}

/// The state of a call that has not finished.
struct Open {
    api: &'static dyn Api,
    span: Span,
    target: Target,
    request: InferenceRequest,
    request_body: Bytes,
    conversation: Option<Conversation>,
    keep_content: bool,
    started: Instant,
    prompt_sent: bool,
    attempts: Attempts,
    answer: Answer,
    first_chunk: Option<Instant>,
}

impl Moment {
    /// Now, on the task that makes the call.
    pub(crate) fn now() -> Self {
        Self {
            parent: Context::current(),
            conversation: Conversation::current(),
            started: Instant::now(),
            started_at: SystemTime::now(),
        }
    }
}

impl Recording {
    /// Starts recording, if telemetry is on and this is a call of a known API.
    pub(crate) fn start(seam: &Seam, moment: Moment, sent: Sent<'_>) -> Option<Self> {
        let instrumentation = seam.instrumentation.clone()?;
        let api = api::by_path(sent.url.path()).filter(|_| *sent.method == http::Method::POST)?;
        let started = catch_unwind(AssertUnwindSafe(|| {
            Open::start(
                &instrumentation,
                api,
                seam.default_conversation.clone(),
                moment,
                sent,
            )
        }));
        let Ok(open) = started else {
            instrumentation.stats.fault(Fault::ObserverPanicked);
            return None;
        };
        let shared = Arc::new(Shared {
            instrumentation,
            open: Mutex::new(Some(open)),
        });
        let call: Weak<dyn OpenCall> = Arc::downgrade(&(Arc::clone(&shared) as Arc<dyn OpenCall>));
        shared.instrumentation.outlet.opened(call);
        Some(Self { shared })
    }

    /// An attempt is about to be sent.
    pub(crate) fn attempt_begins(&self) {
        self.shared.with(|open, _| {
            open.send_prompt();
            if let Some((at, retry)) = open.attempts.begin(Instant::now()) {
                let (name, attributes) = events::retry(&retry);
                open.span.add_event_with_timestamp(name, at, attributes);
            }
        });
    }

    /// An attempt was answered with `status`.
    pub(crate) fn attempt_answered(&self, status: u16) {
        if status >= 400 {
            self.attempt_ended(AttemptFailure::status(status));
        }
    }

    /// An attempt got no answer.
    pub(crate) fn attempt_failed(&self, error: &(dyn Error + 'static)) {
        self.attempt_ended(AttemptFailure::transport(error::error_type(error)));
    }

    fn attempt_ended(&self, failure: AttemptFailure) {
        let (now, at) = (Instant::now(), SystemTime::now());
        self.shared
            .with(|open, _| open.attempts.fail(now, at, failure));
    }

    /// The head of the answer is here.
    pub(crate) fn head(&self, status: u16, content_type: Option<&str>) {
        self.shared.with(|open, _| {
            open.send_prompt();
            open.answer.head(status, content_type);
        });
    }

    /// The next bytes of the answer are here.
    pub(crate) fn chunk(&self, bytes: &Bytes) {
        self.shared.with(|open, instrumentation| {
            open.first_chunk.get_or_insert_with(Instant::now);
            if open.answer.chunk(bytes, &instrumentation.stats) {
                open.event(events::first_token());
            }
        });
    }

    /// All of the answer is here.
    pub(crate) fn body_ended(&self) {
        self.shared
            .finish(|open, instrumentation| open.answer.end(End::Whole, &instrumentation.stats));
    }

    /// Reading the answer failed.
    pub(crate) fn body_failed(&self, error: &(dyn Error + 'static)) {
        self.shared.finish(|open, instrumentation| {
            open.answer.end(End::Failed(error), &instrumentation.stats)
        });
    }

    /// Whoever read the answer let go of it.
    pub(crate) fn body_dropped(&self) {
        self.shared.finish(dropped);
    }

    /// The client gave the call up with `error`.
    ///
    /// A client that retries turns the last refusal into an error of its own,
    /// so the last attempt says whether it was one.
    pub(crate) fn call_failed(&self, error: &(dyn Error + 'static)) {
        self.shared.finish(|open, _| {
            let refusal = open
                .attempts
                .last_failure()
                .filter(|failure| failure.status.is_some());
            let outcome = match refusal {
                Some(refusal) => Outcome::ProviderError(Failure {
                    error_type: refusal.error_type.clone(),
                    message: error::message(error),
                }),
                None => answer::failed(error),
            };
            (InferenceResponse::default(), outcome)
        });
    }

    pub(super) fn downgrade(&self) -> WeakRecording {
        WeakRecording {
            shared: Arc::downgrade(&self.shared),
        }
    }
}

impl WeakRecording {
    pub(super) fn upgrade(&self) -> Option<Recording> {
        self.shared.upgrade().map(|shared| Recording { shared })
    }
}

impl OpenCall for Shared {
    fn end_for_shutdown(&self) {
        self.finish(|open, instrumentation| open.answer.end(End::Shutdown, &instrumentation.stats));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.finish(dropped);
    }
}

fn dropped(open: &mut Open, instrumentation: &Instrumentation) -> (InferenceResponse, Outcome) {
    open.answer.end(End::Dropped, &instrumentation.stats)
}

impl Shared {
    /// Shows the open call to `observe`. Does nothing once it has finished.
    fn with(&self, observe: impl FnOnce(&mut Open, &Instrumentation)) {
        let stats = &self.instrumentation.stats;
        let mut open = match self.open.try_lock() {
            Ok(open) => open,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return stats.fault(Fault::ObservationMissed),
        };
        if let Some(open) = open.as_mut() {
            let observed = catch_unwind(AssertUnwindSafe(|| observe(open, &self.instrumentation)));
            if observed.is_err() {
                stats.fault(Fault::ObserverPanicked);
            }
        }
    }

    /// Ends the call, once: the first to come decides how.
    fn finish(
        &self,
        end: impl FnOnce(&mut Open, &Instrumentation) -> (InferenceResponse, Outcome),
    ) {
        let taken = match self.open.try_lock() {
            Ok(mut open) => open.take(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
            Err(TryLockError::WouldBlock) => {
                return self.instrumentation.stats.fault(Fault::ObservationMissed);
            }
        };
        let Some(mut open) = taken else { return };
        let finished = catch_unwind(AssertUnwindSafe(|| {
            let (response, outcome) = end(&mut open, &self.instrumentation);
            open.finish(&self.instrumentation, response, &outcome);
        }));
        if finished.is_err() {
            self.instrumentation.stats.fault(Fault::ObserverPanicked);
        }
    }
}

impl Open {
    fn start(
        instrumentation: &Instrumentation,
        api: &'static dyn Api,
        default_conversation: Option<Conversation>,
        moment: Moment,
        sent: Sent<'_>,
    ) -> Self {
        let request = api.read_request(sent.body).unwrap_or_else(|_| {
            instrumentation.stats.fault(Fault::UnreadRequest);
            InferenceRequest::default()
        });
        let target = target(api, sent.url);
        let keep_content =
            instrumentation.content_on_spans || instrumentation.outlet.wants_content();
        let conversation = moment.conversation.or(default_conversation);
        let span = start_span(
            instrumentation,
            &moment.parent,
            SpanBuilder::from_name(attributes::span_name(&target, &request))
                .with_kind(SpanKind::Client)
                .with_start_time(moment.started_at)
                .with_attributes(attributes::request(&target, &request)),
            conversation.as_ref(),
        );
        Self {
            api,
            span,
            target,
            request,
            request_body: if keep_content {
                (sent.hold)()
            } else {
                Bytes::new()
            },
            conversation,
            keep_content,
            started: moment.started,
            prompt_sent: false,
            attempts: Attempts::default(),
            answer: Answer::new(api, keep_content),
            first_chunk: None,
        }
    }

    fn send_prompt(&mut self) {
        if !std::mem::replace(&mut self.prompt_sent, true) {
            self.event(events::prompt_sent(&self.target, &self.request));
        }
    }

    fn event(&mut self, (name, attributes): events::Named) {
        self.span.add_event(name, attributes);
    }

    fn finish(
        mut self,
        instrumentation: &Instrumentation,
        response: InferenceResponse,
        outcome: &Outcome,
    ) {
        let (now, at) = (Instant::now(), SystemTime::now());
        self.span.set_attributes(attributes::response(&response));
        let end_attributes = self.end_attributes(now, outcome);
        self.span.set_attributes(end_attributes);
        if let Some(error_type) = outcome.error_type() {
            let text = outcome
                .message()
                .filter(|_| instrumentation.content_on_spans);
            self.span
                .set_status(Status::error(text.unwrap_or_default().to_owned()));
            self.span.set_attribute(KeyValue::new(
                attribute::ERROR_TYPE,
                error_type.into_owned(),
            ));
        }
        if *outcome == Outcome::Completed {
            for call in &response.tool_calls {
                self.event(events::tool_call(call, instrumentation.content_on_spans));
            }
            self.event(events::response_received(&response));
        }
        log(&self, &response, outcome, now);
        self.end_span(instrumentation, response, outcome, at);
    }

    fn end_attributes(&mut self, now: Instant, outcome: &Outcome) -> Vec<KeyValue> {
        let (provider, waiting) = self.attempts.close(self.started, now);
        let first_chunk = self.first_chunk.filter(|_| self.request.stream);
        let first_chunk = first_chunk.map(|at| at.duration_since(self.started).as_secs_f64());
        attributes::known([
            (
                attribute::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
                first_chunk.map(Into::into),
            ),
            (attribute::TURNSPAN_OUTCOME, Some(outcome.name().into())),
            (
                attribute::TURNSPAN_PROVIDER_DURATION,
                Some(provider.as_secs_f64().into()),
            ),
            (
                attribute::TURNSPAN_RETRY_WAIT,
                Some(waiting.as_secs_f64().into()),
            ),
        ])
    }

    /// Hands the content over and ends the span, in this order and on this
    /// thread: that is how the pipeline joins the two.
    fn end_span(
        mut self,
        instrumentation: &Instrumentation,
        response: InferenceResponse,
        outcome: &Outcome,
        at: SystemTime,
    ) {
        if !self.keep_content || !self.span.is_recording() {
            return self.span.end_with_timestamp(at);
        }
        let (api, body) = (self.api, self.request_body);
        let mut content = Content {
            weight: body.len()
                + response
                    .output
                    .iter()
                    .map(|m| m.said().map_or(0, |t| t.len()))
                    .sum::<usize>(),
            input: Box::new(move || api.read_input(&body)),
            output: response.output,
            error_message: outcome.message().map(str::to_owned),
            conversation: self.conversation,
        };
        if instrumentation.content_on_spans {
            content = put_on_span(content, &mut self.span);
        }
        if instrumentation.outlet.wants_content() {
            instrumentation.outlet.offer(content);
        }
        self.span.end_with_timestamp(at);
        instrumentation.outlet.withdraw();
    }
}

/// Reads the content now instead of later, as the span must carry it.
fn put_on_span(content: Content, span: &mut Span) -> Content {
    let weight = content.weight;
    let conversed = content.read();
    span.set_attributes(content::attributes(&conversed));
    let input = conversed.input;
    Content {
        input: Box::new(move || input),
        output: conversed.output,
        error_message: conversed.error_message,
        conversation: conversed.conversation,
        weight,
    }
}

fn target(api: &'static dyn Api, url: &Url) -> Target {
    let host = url.host_str().unwrap_or_default();
    Target {
        operation: api.operation(),
        provider: provider::by_host(host).unwrap_or_else(|| api.default_provider()),
        server_address: url.host_str().map(str::to_owned),
        server_port: url.port_or_known_default(),
    }
}

/// The session of a call without a conversation id is its trace, which is
/// known once the span is.
fn start_span(
    instrumentation: &Instrumentation,
    parent: &Context,
    mut builder: SpanBuilder,
    conversation: Option<&Conversation>,
) -> Span {
    let identified = conversation.is_some_and(|conversation| conversation.id().is_some());
    let mut late = Vec::new();
    if identified {
        let early = attributes::conversation(conversation, "");
        builder.attributes.get_or_insert_default().extend(early);
    }
    let mut span = instrumentation.tracer.build_with_context(builder, parent);
    if !identified {
        let trace_id = span.span_context().trace_id().to_string();
        late = attributes::conversation(conversation, &trace_id);
    }
    span.set_attributes(late);
    span
}

/// One line a call, for people who read logs.
fn log(open: &Open, response: &InferenceResponse, outcome: &Outcome, now: Instant) {
    let context = open.span.span_context();
    tracing::debug!(
        target: "turnspan::call",
        trace_id = %context.trace_id(),
        span_id = %context.span_id(),
        model = response.model.as_deref().or(open.request.model.as_deref()),
        input_tokens = response.usage.input_tokens,
        output_tokens = response.usage.output_tokens,
        latency_ms = u64::try_from(now.duration_since(open.started).as_millis()).unwrap_or(u64::MAX),
        outcome = outcome.name(),
    );
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.open.try_lock().is_ok_and(|open| open.is_none());
        f.debug_struct("Recording")
            .field("finished", &finished)
            .finish_non_exhaustive()
    }
}
