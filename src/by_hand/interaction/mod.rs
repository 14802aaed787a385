//! Interactions: what somebody wanted of an agent, from beginning to end.

mod builder;
mod record;

pub use builder::InteractionBuilder;
pub use record::{Decision, ToolCall};

use crate::context::AgentName;
use crate::conventions::Conventions;
use crate::conversation::{Conversation, Entered, Totals};
use crate::operation::{Content, Message, Part, ToolContent, Usage};
use crate::record::Instrumentation;
use crate::semconv::{attribute, event, value};
use crate::span::attributes::{self, known};
use crate::stats::Fault;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::trace::{FutureExt as _, Span as _, SpanBuilder, SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

/// An interaction that goes on: an `invoke_agent` span, and everything that is
/// made inside it.
///
/// It ends with [`finish`](Self::finish) or [`fail`](Self::fail); one that is
/// dropped has failed, with the reason `dropped`. Calls of models inside it are
/// its children, and what they cost is its sum. What was said (input, output,
/// reasons, arguments, results) is content: on spans only as
/// [`CaptureMode`](crate::CaptureMode) says, at TES as
/// [`Tes::capture_content`](crate::Tes::capture_content) says.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// use std::time::Duration;
/// use turnspan::{Decision, ToolCall};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// let order = telemetry.interaction("orders").input("Where is my order?").begin();
/// order
///     .scope(async {
///         // .. calls of models ..
///         order.decision(Decision::new("the order is late").confidence(0.8));
///         order.tool_call(ToolCall::new("refund").duration(Duration::from_millis(20)));
///     })
///     .await;
/// order.finish();
/// telemetry.flush(Duration::from_secs(5))?;
/// let names: Vec<_> = exporter.get_finished_spans()?.into_iter().map(|it| it.name).collect();
/// assert_eq!(names, ["execute_tool refund", "invoke_agent orders"]);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends it as failed"]
pub struct Interaction {
    instrumentation: Option<Arc<Instrumentation>>,
    context: Context,
    agent: AgentName,
    conversation: Conversation,
    totals: Totals,
    /// The caller said what it cost.
    has_usage: AtomicBool,
    is_over: bool,
}

impl Interaction {
    /// Runs `future` within the interaction: its calls are children of its span.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let inside = future.with_context(self.context.clone());
        self.conversation.scope(inside)
    }

    /// Enters the interaction on this thread until the guard is dropped, for
    /// synchronous code; see [`Conversation::enter`].
    pub fn enter(&self) -> Entered {
        Entered::within(self.context.clone(), Some(self.conversation.clone()))
    }

    /// What it came to.
    pub fn set_output(&self, text: &str) {
        if self.shows_content() {
            let output = message(attribute::GEN_AI_OUTPUT_MESSAGES, "assistant", Some(text));
            self.set(output);
        }
    }

    /// What it cost, in US dollars, if you know it (`turnspan.cost.usd`).
    pub fn set_cost(&self, usd: f64) {
        self.set([KeyValue::new(attribute::TURNSPAN_COST_USD, usd)]);
    }

    /// What it cost in tokens, instead of the sum of the calls inside. Counts of
    /// 2^48 and more are left out ([`Fault::ImplausibleUsage`]).
    pub fn set_usage(&self, usage: Usage) {
        let (usage, has_implausible) = usage.plausible();
        if let Some(instrumentation) = self.instrumentation.as_ref().filter(|_| has_implausible) {
            instrumentation.stats.fault(Fault::ImplausibleUsage);
        }
        self.has_usage.store(true, Relaxed);
        self.set(tokens([usage.input_tokens, usage.output_tokens]));
    }

    /// A measurement of yours (`turnspan.metric.<name>`).
    pub fn metric(&self, name: &str, value: f64) {
        let key = format!("{}.{name}", attribute::TURNSPAN_METRIC);
        self.set([KeyValue::new(key, value)]);
    }

    /// A tool that ran inside, just now: an `execute_tool` span, and a
    /// `TOOL_USE` at TES. For functions of yours `#[instrument]` does the same.
    pub fn tool_call(&self, call: ToolCall) {
        let Some(instrumentation) = &self.instrumentation else {
            return;
        };
        let now = SystemTime::now();
        let began = now
            .checked_sub(call.duration.unwrap_or(Duration::ZERO))
            .unwrap_or(now);
        let builder = SpanBuilder::from_name(call.span_name())
            .with_kind(SpanKind::Internal)
            .with_start_time(began)
            .with_attributes(self.of_tool(&call, instrumentation.conventions));
        let mut span = instrumentation.start_span(builder, &self.context);
        if let Some((_, message)) = &call.error {
            let message = message.clone();
            let shown = Some(message).filter(|_| self.shows_error_texts());
            span.set_status(Status::error(shown.unwrap_or_default()));
        }
        if !span.is_recording() {
            return;
        }
        let mut content = Content::of_conversation(self.conversation.clone());
        content.error_message = call.error.map(|(_, message)| message);
        content.tool = Some(ToolContent {
            args: call.input.map(|input| input.to_string()),
            result: call.output.map(|output| match output {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            }),
        });
        let id = span.span_context().span_id().to_bytes();
        let end = &mut || span.end_with_timestamp(now);
        instrumentation.outlet.end_beside(id, content, end);
    }

    fn of_tool(&self, call: &ToolCall, conventions: Conventions) -> Vec<KeyValue> {
        let mut attributes = call.attributes(self.shows_content());
        let operation = value::operation::EXECUTE_TOOL;
        if let Some(id) = attributes::conversation(Some(&self.conversation))
            && conventions.in_conversation(operation)
        {
            attributes.push(id);
        }
        if conventions.names_agents_of_tools() {
            let agent = self.agent.as_str().to_owned();
            attributes.push(KeyValue::new(attribute::GEN_AI_AGENT_NAME, agent));
        }
        conventions.attributes(attributes)
    }

    /// Something was decided inside: the event `turnspan.decision`.
    pub fn decision(&self, decision: Decision) {
        let attributes = decision.attributes(self.shows_content());
        self.context
            .span()
            .add_event(event::TURNSPAN_DECISION, attributes);
    }

    /// Records an error inside that did not end the interaction: the event
    /// [`exception`](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/).
    /// The conventions have deprecated that event; with
    /// [`Conventions::Latest`](crate::Conventions::Latest) it is
    /// `turnspan.interaction.error` instead, with `error.type`.
    pub fn error(&self, kind: &str, message: &str) {
        let conventions = self.instrumentation.as_ref().map(|it| it.conventions);
        let (name, of_kind) = match conventions.unwrap_or_default() {
            Conventions::Published => ("exception", attribute::EXCEPTION_TYPE),
            Conventions::Latest => (event::TURNSPAN_INTERACTION_ERROR, attribute::ERROR_TYPE),
        };
        let shown = Some(message).filter(|_| self.shows_error_texts());
        let attributes = known([
            (of_kind, Some(kind.to_owned().into())),
            (
                attribute::EXCEPTION_MESSAGE,
                shown.map(|message| message.to_owned().into()),
            ),
        ]);
        self.context.span().add_event(name, attributes);
    }

    /// It came to what it was for.
    pub fn finish(mut self) {
        self.end(None);
    }

    /// It did not, and why.
    pub fn fail(mut self, reason: &str) {
        self.end(Some((reason, value::error_type::OTHER)));
    }

    fn end(&mut self, failure: Option<(&str, &'static str)>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let span = self.context.span();
        span.set_attribute(KeyValue::new(
            attribute::TURNSPAN_INTERACTION_SUCCESS,
            failure.is_none(),
        ));
        if let Some((reason, kind)) = failure {
            let shown = Some(reason).filter(|_| self.shows_error_texts());
            span.set_attribute(KeyValue::new(attribute::ERROR_TYPE, kind));
            self.set(known([(
                attribute::TURNSPAN_INTERACTION_FAILURE_REASON,
                shown.map(|reason| reason.to_owned().into()),
            )]));
            span.set_status(Status::error(shown.unwrap_or_default().to_owned()));
        }
        if !self.has_usage.load(Relaxed) {
            self.set(tokens(self.totals.sums()));
        }
        let Some(instrumentation) = self
            .instrumentation
            .as_ref()
            .filter(|_| span.is_recording())
        else {
            return span.end();
        };
        let content = Content::of_conversation(self.conversation.clone());
        let id = span.span_context().span_id().to_bytes();
        let end = &mut || span.end();
        instrumentation.outlet.end_beside(id, content, end);
    }

    fn set(&self, attributes: impl IntoIterator<Item = KeyValue>) {
        let span = self.context.span();
        for attribute in attributes {
            span.set_attribute(attribute);
        }
    }

    fn shows_error_texts(&self) -> bool {
        let instrumentation = self.instrumentation.as_ref();
        instrumentation.is_some_and(|it| it.shown.error_texts)
    }

    fn shows_content(&self) -> bool {
        let instrumentation = self.instrumentation.as_ref();
        instrumentation.is_some_and(|it| it.shown.content)
    }
}

impl Drop for Interaction {
    fn drop(&mut self) {
        let Some(instrumentation) = self.instrumentation.clone() else {
            return;
        };
        // A processor of the user's may panic, and a destructor may not.
        let end = || self.end(Some(("dropped", value::error_type::CANCELLED)));
        instrumentation.stats.guard(Fault::ObserverPanicked, end);
    }
}

fn tokens([input_tokens, output_tokens]: [Option<u64>; 2]) -> Vec<KeyValue> {
    attributes::usage(&Usage {
        input_tokens,
        output_tokens,
        ..Usage::default()
    })
}

/// One message of text, as the conventions' JSON.
fn message(key: &'static str, role: &str, text: Option<&str>) -> Option<KeyValue> {
    let message = Message {
        role: role.to_owned(),
        parts: vec![Part::text(text?)],
        finish_reason: (role == "assistant").then(|| "stop".to_owned()),
        ..Message::default()
    };
    let json = serde_json::to_string(&[message]).ok()?;
    Some(KeyValue::new(key, json))
}
