//! The five lifecycle events of a call, for spans of ours and for spans made
//! by hand.
//!
//! Wrapped clients add them by themselves. They are declared in turnspan's own
//! registry (`semconv/model/events.yaml`) and are not upstream.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//! use turnspan::lifecycle::{FirstToken, PromptSent, ResponseReceived};
//! # use opentelemetry_sdk::trace::InMemorySpanExporter;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let exporter = InMemorySpanExporter::default();
//! # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
//! # let subscriber = tracing_subscriber::registry().with(telemetry.layer());
//! # let entered = tracing::subscriber::set_default(subscriber);
//!
//! let span = tracing::info_span!("chat", gen_ai.operation.name = "chat");
//! PromptSent::new("chat").model("gpt-4o").message_count(2).add_to(&span);
//! // .. the first generated content arrives ..
//! FirstToken::new().add_to(&span);
//! // .. the whole answer is here ..
//! ResponseReceived::new().finish_reason("stop").input_tokens(12).output_tokens(7).add_to(&span);
//! # drop((span, entered));
//! # telemetry.flush(std::time::Duration::from_secs(5))?;
//! # let spans = exporter.get_finished_spans()?;
//! let names: Vec<&str> = spans[0].events.iter().map(|event| event.name.as_ref()).collect();
//! assert_eq!(
//!     names,
//!     ["gen_ai.prompt.sent", "gen_ai.stream.first_token", "gen_ai.response.received"],
//! );
//! # Ok(()) }
//! ```

pub use super::event_span::EventSpan;

use super::attributes::{count, finish_reasons, known, strings};
use crate::operation::Response;
use crate::semconv::{attribute, event, value};
use opentelemetry::{KeyValue, Value};
use std::borrow::Cow;
use std::time::Duration;

/// `gen_ai.prompt.sent`: the request leaves; once a logical call, whatever its
/// attempts.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::PromptSent;
/// # use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// # use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// # let mut span = provider.tracer("mine").start("chat");
///
/// PromptSent::new("chat").message_count(2).add_to(&mut span);
/// # drop(span);
/// # let spans = exporter.get_finished_spans()?;
/// # let attributes = &spans[0].events[0].attributes;
/// assert!(attributes.contains(&KeyValue::new("gen_ai.request.message_count", 2)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct PromptSent {
    operation: Cow<'static, str>,
    model: Option<String>,
    message_count: Option<i64>,
    input_tokens: Option<i64>,
}

impl PromptSent {
    /// Of an operation (`gen_ai.operation.name`), as
    /// [`semconv::value::operation`](crate::semconv::value::operation) has them.
    pub fn new(operation: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation: operation.into(),
            ..Self::default()
        }
    }

    /// The model that is asked (`gen_ai.request.model`).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// How many messages are sent (`gen_ai.request.message_count`).
    pub fn message_count(mut self, count: u32) -> Self {
        self.message_count = Some(count.into());
        self
    }

    /// Input tokens, if they were counted beforehand
    /// (`gen_ai.usage.input_tokens`).
    pub fn input_tokens(mut self, tokens: u32) -> Self {
        self.input_tokens = Some(tokens.into());
        self
    }

    /// Adds the event to a span, stamped with the present time.
    pub fn add_to(self, span: impl EventSpan) {
        span.add(event::GEN_AI_PROMPT_SENT, self.attributes());
    }

    fn attributes(self) -> Vec<KeyValue> {
        known([
            (
                attribute::GEN_AI_OPERATION_NAME,
                Some(self.operation.into()),
            ),
            (attribute::GEN_AI_REQUEST_MODEL, self.model.map(Value::from)),
            (
                attribute::GEN_AI_REQUEST_MESSAGE_COUNT,
                self.message_count.map(Value::from),
            ),
            (
                attribute::GEN_AI_USAGE_INPUT_TOKENS,
                self.input_tokens.map(Value::from),
            ),
        ])
    }
}

/// `gen_ai.stream.first_token`: the first chunk with generated content is here;
/// one with only a role is not. The time to the first token is from the start of
/// the span to this event.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::FirstToken;
/// # use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// # use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// # let mut span = provider.tracer("mine").start("chat");
///
/// FirstToken::new().tokens_so_far(1).add_to(&mut span);
/// # drop(span);
/// # let spans = exporter.get_finished_spans()?;
/// # let attributes = &spans[0].events[0].attributes;
/// assert_eq!(*attributes, [KeyValue::new("gen_ai.stream.tokens_so_far", 1)]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct FirstToken {
    tokens_so_far: Option<i64>,
}

impl FirstToken {
    /// The event without a count.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tokens generated up to now, if they are known
    /// (`gen_ai.stream.tokens_so_far`).
    pub fn tokens_so_far(mut self, tokens: u32) -> Self {
        self.tokens_so_far = Some(tokens.into());
        self
    }

    /// Adds the event to a span, stamped with the present time.
    pub fn add_to(self, span: impl EventSpan) {
        let attributes = known([(
            attribute::GEN_AI_STREAM_TOKENS_SO_FAR,
            self.tokens_so_far.map(Value::from),
        )]);
        span.add(event::GEN_AI_STREAM_FIRST_TOKEN, attributes);
    }
}

/// `gen_ai.retry`: an attempt failed and another is made.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::Retry;
/// # use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// # use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// # let mut span = provider.tracer("mine").start("chat");
///
/// let delay = std::time::Duration::from_millis(250);
/// Retry::new(1, "rate_limit", delay).status(429).add_to(&mut span);
/// # drop(span);
/// # let spans = exporter.get_finished_spans()?;
/// # let attributes = &spans[0].events[0].attributes;
/// assert!(attributes.contains(&KeyValue::new("retry.delay_ms", 250)));
/// assert!(attributes.contains(&KeyValue::new("error.type", "429")));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Retry {
    attempt: i64,
    reason: Cow<'static, str>,
    delay_ms: i64,
    status: Option<u16>,
    error_type: Option<Cow<'static, str>>,
}

impl Retry {
    /// Which attempt failed, from 1 (`retry.attempt`); why (`retry.reason`):
    /// `rate_limit`, `timeout`, `provider_error` or `connection`; and how long
    /// from there to the next attempt (`retry.delay_ms`, whole milliseconds).
    pub fn new(attempt: u32, reason: impl Into<Cow<'static, str>>, delay: Duration) -> Self {
        Self {
            attempt: attempt.into(),
            reason: reason.into(),
            delay_ms: i64::try_from(delay.as_millis()).unwrap_or(i64::MAX),
            status: None,
            error_type: None,
        }
    }

    /// The HTTP status of the refusal (`http.response.status_code`).
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// What went wrong (`error.type`); if it is not said, the status, else
    /// what the reason tells.
    pub fn error_type(mut self, error_type: impl Into<Cow<'static, str>>) -> Self {
        self.error_type = Some(error_type.into());
        self
    }

    /// Adds the event to a span, stamped with the present time.
    pub fn add_to(self, span: impl EventSpan) {
        span.add(event::GEN_AI_RETRY, self.attributes());
    }

    pub(crate) fn attributes(self) -> Vec<KeyValue> {
        let by_reason = match self.reason.as_ref() {
            value::retry_reason::TIMEOUT => value::error_type::TIMEOUT,
            value::retry_reason::CONNECTION => value::error_type::CONNECTION,
            _ => value::error_type::OTHER,
        };
        let by_status = self.status.map(|status| Cow::Owned(status.to_string()));
        let error_type = self
            .error_type
            .or(by_status)
            .unwrap_or(Cow::Borrowed(by_reason));
        known([
            (attribute::RETRY_ATTEMPT, Some(self.attempt.into())),
            (attribute::RETRY_REASON, Some(self.reason.into())),
            (attribute::RETRY_DELAY_MS, Some(self.delay_ms.into())),
            (
                attribute::HTTP_RESPONSE_STATUS_CODE,
                self.status.map(|status| i64::from(status).into()),
            ),
            (attribute::ERROR_TYPE, Some(error_type.into())),
        ])
    }
}

/// `gen_ai.tool.call`: the model asks for a tool; once a call, when complete.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::ToolCall;
/// # use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// # use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// # let mut span = provider.tracer("mine").start("chat");
///
/// ToolCall::new("weather").id("call_1").add_to(&mut span);
/// # drop(span);
/// # let spans = exporter.get_finished_spans()?;
/// # let attributes = &spans[0].events[0].attributes;
/// assert!(attributes.contains(&KeyValue::new("gen_ai.tool.name", "weather")));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct ToolCall {
    name: String,
    id: Option<String>,
    arguments: Option<String>,
}

impl ToolCall {
    /// Of a tool by its name (`gen_ai.tool.name`).
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The id of the call (`gen_ai.tool.call.id`).
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The arguments as JSON text (`gen_ai.tool.call.arguments`). They are
    /// content: what you add to a span, its exporters see.
    pub fn arguments(mut self, json: impl Into<String>) -> Self {
        self.arguments = Some(json.into());
        self
    }

    /// Adds the event to a span, stamped with the present time.
    pub fn add_to(self, span: impl EventSpan) {
        let attributes = known([
            (attribute::GEN_AI_TOOL_NAME, Some(self.name.into())),
            (attribute::GEN_AI_TOOL_CALL_ID, self.id.map(Value::from)),
            (
                attribute::GEN_AI_TOOL_CALL_ARGUMENTS,
                self.arguments.map(Value::from),
            ),
        ]);
        span.add(event::GEN_AI_TOOL_CALL, attributes);
    }
}

/// `gen_ai.response.received`: the whole response is here; not added if the call
/// failed or was let go.
///
/// ```
/// use opentelemetry::KeyValue;
/// use turnspan::lifecycle::ResponseReceived;
/// # use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// # use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
/// # let mut span = provider.tracer("mine").start("chat");
///
/// ResponseReceived::new().finish_reason("stop").output_tokens(7).add_to(&mut span);
/// # drop(span);
/// # let spans = exporter.get_finished_spans()?;
/// # let attributes = &spans[0].events[0].attributes;
/// assert!(attributes.contains(&KeyValue::new("gen_ai.usage.output_tokens", 7)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct ResponseReceived {
    model: Option<String>,
    id: Option<String>,
    finish_reasons: Vec<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

impl ResponseReceived {
    /// The event with nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of an answer that was read.
    pub(crate) fn of(response: &Response) -> Self {
        let (usage, _) = response.tokens.inclusive();
        Self {
            model: response.model.clone(),
            id: response.id.clone(),
            finish_reasons: finish_reasons(response),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
        }
    }

    /// The model that answered (`gen_ai.response.model`).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The provider's id of the answer (`gen_ai.response.id`).
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Why generation ended, in the provider's words; again for every further
    /// choice (`gen_ai.response.finish_reasons`).
    pub fn finish_reason(mut self, reason: impl Into<String>) -> Self {
        self.finish_reasons.push(reason.into());
        self
    }

    /// Tokens of the request, cached ones included
    /// (`gen_ai.usage.input_tokens`). 2^48 and more are no count, and left out.
    pub fn input_tokens(mut self, tokens: u64) -> Self {
        self.input_tokens = Some(tokens);
        self
    }

    /// Tokens of the answer (`gen_ai.usage.output_tokens`). 2^48 and more are no
    /// count, and left out.
    pub fn output_tokens(mut self, tokens: u64) -> Self {
        self.output_tokens = Some(tokens);
        self
    }

    /// Adds the event to a span, stamped with the present time.
    pub fn add_to(self, span: impl EventSpan) {
        let attributes = known([
            (
                attribute::GEN_AI_RESPONSE_MODEL,
                self.model.map(Value::from),
            ),
            (attribute::GEN_AI_RESPONSE_ID, self.id.map(Value::from)),
            (
                attribute::GEN_AI_RESPONSE_FINISH_REASONS,
                strings(self.finish_reasons),
            ),
            (
                attribute::GEN_AI_USAGE_INPUT_TOKENS,
                count(self.input_tokens),
            ),
            (
                attribute::GEN_AI_USAGE_OUTPUT_TOKENS,
                count(self.output_tokens),
            ),
        ]);
        span.add(event::GEN_AI_RESPONSE_RECEIVED, attributes);
    }
}
