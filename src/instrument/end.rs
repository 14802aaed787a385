//! What becomes of a call that has come to its end.

use super::Instrumentation;
use super::open::Open;
use crate::context;
use crate::conversation::Conversation;
use crate::operation::{Content, InferenceResponse, Message, Outcome, Output};
use crate::semconv::{attribute, event};
use crate::span::events::{ResponseReceived, ToolCall};
use crate::span::metrics::Metrics;
use crate::span::{attributes, content};
use crate::stats::Fault;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Status};
use opentelemetry_sdk::trace::Span;
use std::time::{Instant, SystemTime};

impl Open {
    pub(super) fn finish(
        mut self,
        instrumentation: &Instrumentation,
        mut response: InferenceResponse,
        outcome: &Outcome,
    ) {
        if *outcome == Outcome::Completed && response.finish_reasons.iter().all(Option::is_none) {
            // The answer is whole, and its provider gives no reasons.
            response.finish_reasons.clear();
        }
        if let Some(first) = self.first_token {
            let at = self.clock.at(first);
            self.span
                .add_event_with_timestamp(event::GEN_AI_STREAM_FIRST_TOKEN, at, Vec::new());
        }
        if *outcome == Outcome::Completed {
            self.add_end_events(&response, instrumentation.content_on_spans);
        }
        // No event is later than this.
        let now = Instant::now();
        let conventions = instrumentation.conventions;
        let answered = conventions.attributes(attributes::response(&response));
        self.span.set_attributes(answered);
        if instrumentation.identity_on_spans {
            self.span
                .set_attributes(attributes::own_counting(&response));
        }
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
        // Neither may cost the call its end: meters overflow, and whoever listens
        // to log lines is a stranger.
        let stats = &instrumentation.stats;
        if let Some(metrics) = &instrumentation.metrics {
            let measure = || self.measure(metrics, &response, outcome, now);
            stats.guard(Fault::ObserverPanicked, measure);
        }
        stats.guard(Fault::ObserverPanicked, || {
            log(&self, &response, outcome, now);
        });
        let at = self.clock.at(now);
        self.end_span(instrumentation, response, outcome, at);
    }

    /// What the model asked for, and that all of it is here.
    fn add_end_events(&mut self, response: &InferenceResponse, with_content: bool) {
        for call in &response.tool_calls {
            let asked = call.id.iter().fold(ToolCall::new(&call.name), ToolCall::id);
            let arguments = call.arguments.iter().filter(|_| with_content);
            let asked = arguments.fold(asked, ToolCall::arguments);
            asked.add_to(self.clock.now(&mut self.span));
        }
        ResponseReceived::of(response).add_to(self.clock.now(&mut self.span));
    }

    fn measure(
        &self,
        metrics: &Metrics,
        response: &InferenceResponse,
        outcome: &Outcome,
        now: Instant,
    ) {
        let model = response.model.as_deref();
        let of = metrics.attributes(&self.target, &self.request, model);
        let since = |at: Instant| at.duration_since(self.clock.started);
        let error_type = outcome.error_type();
        metrics.ended(since(now), &response.usage, error_type.as_deref(), &of);
        if let Some(first) = self.first_chunk.filter(|_| self.request.stream) {
            metrics.first_chunk(since(first), &of);
        }
    }

    fn end_attributes(&mut self, now: Instant, outcome: &Outcome) -> Vec<KeyValue> {
        let (provider, waiting) = self.attempts.close(self.clock.started, now);
        let first_chunk = self.first_chunk.filter(|_| self.request.stream);
        let first_chunk = first_chunk.map(|at| at.duration_since(self.clock.started).as_secs_f64());
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

    /// Hands the content over and ends the span.
    fn end_span(
        mut self,
        instrumentation: &Instrumentation,
        response: InferenceResponse,
        outcome: &Outcome,
        at: SystemTime,
    ) {
        if let Some(totals) = self.conversation.as_ref().and_then(Conversation::totals) {
            totals.add([response.usage.input_tokens, response.usage.output_tokens]);
        }
        let nothing = !self.keep_content
            && self.request_body.is_empty()
            && self.conversation.is_none()
            && self.request.answered_ids.is_empty()
            && response.uncached_input_tokens.is_none()
            && !self.repeats_a_secret;
        if nothing || !self.span.is_recording() {
            return self.span.end_with_timestamp(at);
        }
        let (api, body) = (self.api, self.request_body);
        let mut content = Content {
            input_weight: body.len(),
            // An empty body was not kept: of that nothing was said.
            input: Box::new(move || api.read_input(&body)),
            output: response.output,
            error_message: outcome
                .message()
                .filter(|_| self.keep_content)
                .map(str::to_owned),
            conversation: self.conversation,
            answered_ids: self.request.answered_ids,
            tool: None,
            uncached_input_tokens: response.uncached_input_tokens,
            repeats_a_secret: self.repeats_a_secret,
        };
        if instrumentation.content_on_spans {
            content = put_on_span(content, &mut self.span);
        }
        let span = self.span.span_context().span_id().to_bytes();
        let end = &mut || self.span.end_with_timestamp(at);
        instrumentation.outlet.end_beside(span, content, end);
    }
}

/// Reads the content now instead of later, as the span must carry it.
fn put_on_span(content: Content, span: &mut Span) -> Content {
    let repeats_a_secret = content.repeats_a_secret;
    let conversed = content.read();
    span.set_attributes(content::attributes(&conversed));
    let (input, output) = (conversed.input, conversed.output);
    Content {
        input_weight: input.weight(),
        input: Box::new(move || input),
        output: Output::new(output.iter().map(Message::weight).sum(), move || output),
        error_message: conversed.error_message,
        conversation: conversed.conversation,
        answered_ids: conversed.answered_ids,
        tool: conversed.tool,
        uncached_input_tokens: conversed.uncached_input_tokens,
        repeats_a_secret,
    }
}

/// One line a call, for people who read logs.
fn log(open: &Open, response: &InferenceResponse, outcome: &Outcome, now: Instant) {
    if !context::is_alive() {
        // Subscribers have thread-locals of their own.
        return;
    }
    let context = open.span.span_context();
    tracing::debug!(
        target: "turnspan::call",
        trace_id = %context.trace_id(),
        span_id = %context.span_id(),
        model = response.model.as_deref().or(open.request.model.as_deref()),
        input_tokens = response.usage.input_tokens,
        output_tokens = response.usage.output_tokens,
        latency_ms = u64::try_from(now.duration_since(open.clock.started).as_millis()).unwrap_or(u64::MAX),
        outcome = outcome.name(),
        "call ended",
    );
}
