//! What becomes of a call that has come to its end.

use super::Instrumentation;
use super::open::Open;
use super::summary::{Parts, Summary, Times};
use crate::context;
use crate::conversation::Conversation;
use crate::operation::{Content, Message, Outcome, Output, Response, Usage};
use crate::span::AnySpan;
use crate::span::content;
use crate::span::metrics::Metrics;
use crate::stats::{Fault, Warning};
use opentelemetry::trace::Span as _;
use std::time::{Instant, SystemTime};

impl Open {
    pub(super) fn finish(
        mut self,
        instrumentation: &Instrumentation,
        mut response: Response,
        outcome: &Outcome,
    ) {
        if *outcome == Outcome::Completed && response.finish_reasons.iter().all(Option::is_none) {
            // The answer is whole, and its provider gives no reasons.
            response.finish_reasons.clear();
        }
        let now = Instant::now();
        if self.is_without_usage(&response, outcome) {
            instrumentation.warn(Warning::UsageNotRequested, WITHOUT_USAGE);
        }
        let headers = std::mem::take(&mut self.headers);
        let (shown, conventions) = (instrumentation.shown, instrumentation.conventions);
        let parts = self.parts(&response, outcome, now);
        let summary = Summary::of(&parts, headers, shown, conventions);
        summary.write_to(&mut self.span);
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

    fn parts<'a>(
        &'a mut self,
        response: &'a Response,
        outcome: &'a Outcome,
        now: Instant,
    ) -> Parts<'a> {
        let clock = self.clock;
        let (running, waiting) = self.attempts.close(clock.started, now);
        let since = |at: Instant| at.duration_since(clock.started);
        Parts {
            target: &self.target,
            request: &self.request,
            response,
            outcome,
            times: Times {
                first_token: self.first_chunk.map(|first| clock.at(first)),
                first_chunk: self.first_chunk.map(since),
                whole: clock.at(self.whole.unwrap_or(now)),
                ended: clock.at(now),
                running,
                waiting,
            },
        }
    }

    fn measure(&self, metrics: &Metrics, response: &Response, outcome: &Outcome, now: Instant) {
        let model = response.model.as_deref();
        let of = metrics.attributes(&self.target, &self.request, model);
        let since = |at: Instant| at.duration_since(self.clock.started);
        let error_type = outcome.error_type();
        metrics.ended(
            since(now),
            &self.spent(response),
            error_type.as_deref(),
            &of,
        );
        if let Some(first) = self.first_chunk.filter(|_| self.request.stream) {
            metrics.first_chunk(since(first), &of);
        }
    }

    /// The tokens that were spent on this call.
    fn spent(&self, response: &Response) -> Usage {
        if self.target.kind.spends_tokens {
            response.tokens.inclusive().0
        } else {
            Usage::default()
        }
    }

    /// Whether a stream brought no token counts because nobody asked for them.
    fn is_without_usage(&self, response: &Response, outcome: &Outcome) -> bool {
        self.request.omits_usage
            && *outcome == Outcome::Completed
            && response.tokens.inclusive().0 == Usage::default()
    }

    /// Hands the content over and ends the span.
    fn end_span(
        mut self,
        instrumentation: &Instrumentation,
        response: Response,
        outcome: &Outcome,
        at: SystemTime,
    ) {
        if let Some(totals) = self.conversation.as_ref().and_then(Conversation::totals) {
            let usage = self.spent(&response);
            totals.add([usage.input_tokens, usage.output_tokens]);
        }
        let nothing = !self.keep_content
            && self.request_body.is_empty()
            && self.conversation.is_none()
            && self.request.answered_ids.is_empty()
            && response.tokens.uncached_input().is_none()
            && !self.repeats_a_secret;
        if nothing || !self.span.is_recording() {
            return self.span.end_with_timestamp(at);
        }
        let (format, body) = (self.format, self.request_body);
        let mut content = Content {
            input_weight: body.len(),
            // An empty body was not kept: of that nothing was said.
            input: Box::new(move || format.read_said(&body)),
            output: response.output,
            error_message: outcome
                .message()
                .filter(|_| self.keep_content)
                .map(str::to_owned),
            conversation: self.conversation,
            answered_ids: self.request.answered_ids,
            tool: None,
            uncached_input_tokens: response.tokens.uncached_input(),
            repeats_a_secret: self.repeats_a_secret,
        };
        if instrumentation.shown.content {
            let full_tools = instrumentation.full_tool_definitions;
            content = put_on_span(content, full_tools, &mut self.span);
        }
        let span = self.span.span_context().span_id().to_bytes();
        let end = &mut || self.span.end_with_timestamp(at);
        instrumentation.outlet.end_beside(span, content, end);
    }
}

const WITHOUT_USAGE: &str = "a stream had no token counts, because its request did not ask for them: \
    set `\"stream_options\": {\"include_usage\": true}` in requests with `stream` (async-openai: \
    `.stream_options(ChatCompletionStreamOptions { include_usage: Some(true), .. })`)";

/// Reads the content now instead of later, as the span must carry it.
fn put_on_span(content: Content, full_tools: bool, span: &mut AnySpan) -> Content {
    let repeats_a_secret = content.repeats_a_secret;
    let conversed = content.read();
    span.set_attributes(content::attributes(&conversed, full_tools));
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
fn log(open: &Open, response: &Response, outcome: &Outcome, now: Instant) {
    if !context::is_alive() {
        // Subscribers have thread-locals of their own.
        return;
    }
    let context = open.span.span_context();
    let (usage, _) = response.tokens.inclusive();
    tracing::debug!(
        target: "turnspan::call",
        trace_id = %context.trace_id(),
        span_id = %context.span_id(),
        model = response.model.as_deref().or(open.request.model.as_deref()),
        input_tokens = usage.input_tokens,
        output_tokens = usage.output_tokens,
        latency_ms = u64::try_from(now.duration_since(open.clock.started).as_millis()).unwrap_or(u64::MAX),
        outcome = outcome.name(),
        "call ended",
    );
}
