//! A finished span becomes a turn: what one round of a conversation cost, said
//! and called.
//!
//! Facts come from the span; what was said comes from the content that
//! travelled beside it, or else from the span's own content attributes.

mod attributes;

use crate::conversation::Conversation;
use crate::operation::{Conversed, Json, Message, Part, Usage, joined_text};
use crate::semconv::{attribute, event, value};
use attributes::Attributes;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// One finished inference: what one round of a conversation cost, said and
/// called. It is what TES gets as an event; with [`Turn::from_span`] exporters
/// of other services can send the same.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// use turnspan::{CaptureMode, Turn};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder()
///     .capture(CaptureMode::SpanOnly) // else the turn has no texts
///     .span_exporter(exporter.clone())
///     .build()?;
/// let call = telemetry.record(
///     "https://api.openai.com/v1/chat/completions",
///     r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}"#,
/// );
/// call.response(r#"{"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}}"#);
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let turn = Turn::from_span(&exporter.get_finished_spans()?[0]).expect("an inference");
/// assert_eq!(turn.user_message.as_deref(), Some("Hello!"));
/// assert_eq!(turn.usage.total_tokens(), Some(19));
/// assert_eq!(turn.without_content().user_message, None);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Turn {
    /// The conversation: the caller's id (`gen_ai.conversation.id`), else
    /// `tes.session.id`, else the trace id.
    pub session_id: String,
    /// Trace id, 32 hexadecimal digits.
    pub trace_id: String,
    /// Span id, 16 hexadecimal digits.
    pub span_id: String,
    /// Whose API it was (`gen_ai.provider.name`).
    pub provider: Option<String>,
    /// The model that answered, else the one that was asked.
    pub model: Option<String>,
    /// Tokens as reported, in the provider's own counting: Anthropic's input
    /// leaves out what came from the cache or went there. Absent where they
    /// were not reported.
    pub usage: Usage,
    /// The tools that the model asked for.
    pub tool_calls: Vec<ToolUse>,
    /// The last thing the user said.
    pub user_message: Option<String>,
    /// What the model answered, of its first choice; present, perhaps empty, if
    /// it answered.
    pub assistant_response: Option<String>,
    /// The system prompt: instructions apart from the messages, else the first
    /// message of the role `system` or `developer`.
    pub system_prompt: Option<String>,
    /// The user's id (`user.id`), if the conversation or the span names one.
    pub user_id: Option<String>,
    /// The conversation's metadata, in the order it was given.
    pub metadata: Vec<(String, Value)>,
    /// Finish reasons by choice, in the provider's words.
    pub finish_reasons: Vec<String>,
    /// From the call to the end of its answer, retries included.
    pub latency: Duration,
    /// From the call to the first generated content of a stream.
    pub time_to_first_token: Option<Duration>,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Why the call failed, if it did.
    pub error: Option<TurnError>,
}

/// A tool that the model asked for, as [`Turn::tool_calls`] has them.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
///
/// let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
/// call.response(r#"{"choices": [{"finish_reason": "tool_calls", "message": {"tool_calls": [
///     {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
/// ]}}]}"#);
/// # telemetry.flush(std::time::Duration::from_secs(5))?;
/// let turn = turnspan::Turn::from_span(&exporter.get_finished_spans()?[0]).expect("a call");
/// assert_eq!(turn.tool_calls[0].tool, "weather");
/// assert_eq!(turn.tool_calls[0].args, None, "they are content");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolUse {
    /// The tool's name.
    pub tool: String,
    /// The arguments: JSON text, or a JSON string of what does not parse. Absent
    /// where content is not captured.
    pub args: Option<String>,
}

/// Why a call failed, as [`Turn::error`] has it; also that its caller let go of
/// it (`cancelled`), or that telemetry ended before it (`shutdown`).
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
///
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").refused(401, "");
/// # telemetry.flush(std::time::Duration::from_secs(5))?;
/// let turn = turnspan::Turn::from_span(&exporter.get_finished_spans()?[0]).expect("a call");
/// assert_eq!(turn.error.expect("a refusal").kind, "401");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TurnError {
    /// [`error.type`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/):
    /// a status, the provider's own word, or one of
    /// [`error_type`](crate::semconv::value::error_type).
    pub kind: String,
    /// What was said of it: content, and gated like it. Absent where content is
    /// not captured.
    pub message: Option<String>,
}

impl Turn {
    /// The turn of an inference span, from its attributes and events alone.
    /// `None` for any other span: its `gen_ai.operation.name` must be `chat`,
    /// `generate_content` or `text_completion`. Texts are there only if the span
    /// carries them ([`CaptureMode::SpanOnly`](crate::CaptureMode::SpanOnly)).
    /// An example is at [`Turn`].
    pub fn from_span(span: &SpanData) -> Option<Self> {
        let conversed = Attributes::of(span).conversed();
        Self::made(span, &conversed)
    }

    /// The turn of an inference span and the content that came beside it.
    pub(crate) fn with_content(span: &SpanData, conversed: Option<&Conversed>) -> Option<Self> {
        match conversed {
            Some(conversed) => Self::made(span, conversed),
            None => Self::from_span(span),
        }
    }

    /// Whether a span is the kind that becomes a turn.
    pub(crate) fn is_made_of(span: &SpanData) -> bool {
        Attributes::of(span)
            .text(attribute::GEN_AI_OPERATION_NAME)
            .is_some_and(|operation| INFERENCE.contains(&operation))
    }

    /// The turn without anything that was said: no messages, no arguments,
    /// no error text. User, metadata and names of tools stay.
    #[must_use]
    pub fn without_content(mut self) -> Self {
        self.user_message = None;
        self.assistant_response = None;
        self.system_prompt = None;
        for call in &mut self.tool_calls {
            call.args = None;
        }
        if let Some(error) = &mut self.error {
            error.message = None;
        }
        self
    }

    fn made(span: &SpanData, conversed: &Conversed) -> Option<Self> {
        if !Self::is_made_of(span) {
            return None;
        }
        let attributes = Attributes::of(span);
        let conversation = conversed.conversation.as_ref();
        let mut turn = Self {
            session_id: attributes.session_id(),
            trace_id: span.span_context.trace_id().to_string(),
            span_id: span.span_context.span_id().to_string(),
            provider: attributes.string(attribute::GEN_AI_PROVIDER_NAME),
            model: attributes
                .string(attribute::GEN_AI_RESPONSE_MODEL)
                .or_else(|| attributes.string(attribute::GEN_AI_REQUEST_MODEL)),
            usage: attributes.usage(conversed.uncached_input_tokens),
            user_id: conversation
                .and_then(Conversation::user_id)
                .map(str::to_owned)
                .or_else(|| attributes.string(attribute::USER_ID)),
            metadata: match conversation {
                Some(conversation) => conversation.metadata_entries().to_vec(),
                None => attributes.metadata(),
            },
            finish_reasons: attributes.strings(attribute::GEN_AI_RESPONSE_FINISH_REASONS),
            latency: since(span.start_time, span.end_time),
            time_to_first_token: first_token(span),
            retries: retries(span),
            error: error(span, &attributes, conversed.error_message.clone()),
            ..Self::default()
        };
        turn.take_content(conversed);
        if turn.tool_calls.is_empty() {
            turn.tool_calls = tools_by_event(span);
        }
        Some(turn)
    }

    fn take_content(&mut self, conversed: &Conversed) {
        let asked = &conversed.input.messages;
        let user = asked.iter().rfind(|message| message.is_of_a_user());
        let system = asked
            .iter()
            .find(|message| SYSTEM.contains(&message.role.as_str()));
        self.user_message = user.and_then(Message::text);
        self.system_prompt = joined_text(&conversed.input.system_instructions)
            .or_else(|| system.and_then(Message::text));
        self.assistant_response = conversed
            .output
            .first()
            .map(|message| message.said().unwrap_or_default());
        self.tool_calls = conversed
            .output
            .iter()
            .flat_map(|m| &m.parts)
            .filter_map(tool_use)
            .collect();
    }
}

const INFERENCE: [&str; 3] = [
    value::operation::CHAT,
    value::operation::GENERATE_CONTENT,
    value::operation::TEXT_COMPLETION,
];

/// `developer` is what newer OpenAI models call the system role.
const SYSTEM: [&str; 2] = ["system", "developer"];

fn tool_use(part: &Part) -> Option<ToolUse> {
    match part {
        Part::ToolCall {
            name, arguments, ..
        } => Some(ToolUse {
            tool: name.clone(),
            args: arguments
                .as_ref()
                .map(|arguments| arguments.as_str().to_owned()),
        }),
        _ => None,
    }
}

/// Without content the lifecycle events still name the tools.
fn tools_by_event(span: &SpanData) -> Vec<ToolUse> {
    let calls = span
        .events
        .iter()
        .filter(|e| e.name == event::GEN_AI_TOOL_CALL);
    calls
        .map(|call| {
            let attributes = Attributes::new(&call.attributes);
            ToolUse {
                tool: attributes
                    .string(attribute::GEN_AI_TOOL_NAME)
                    .unwrap_or_default(),
                args: attributes
                    .text(attribute::GEN_AI_TOOL_CALL_ARGUMENTS)
                    .map(|arguments| Json::or_text(arguments).as_str().to_owned()),
            }
        })
        .collect()
}

fn error(
    span: &SpanData,
    attributes: &Attributes<'_>,
    message: Option<String>,
) -> Option<TurnError> {
    let Status::Error { description } = &span.status else {
        return None;
    };
    let described = (!description.is_empty()).then(|| description.to_string());
    Some(TurnError {
        kind: attributes
            .string(attribute::ERROR_TYPE)
            .unwrap_or_else(|| value::error_type::OTHER.to_owned()),
        message: message.or(described),
    })
}

fn first_token(span: &SpanData) -> Option<Duration> {
    let first = span
        .events
        .iter()
        .find(|e| e.name == event::GEN_AI_STREAM_FIRST_TOKEN)?;
    Some(since(span.start_time, first.timestamp))
}

fn retries(span: &SpanData) -> u64 {
    let retries = span
        .events
        .iter()
        .filter(|e| e.name == event::GEN_AI_RETRY)
        .count();
    u64::try_from(retries).unwrap_or(u64::MAX)
}

/// Clocks can be set back: a negative span of time counts as none.
fn since(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}
