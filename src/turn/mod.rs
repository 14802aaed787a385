//! A finished span becomes a turn: what one round of a conversation cost, said
//! and called.
//!
//! Facts come from the span; what was said comes from the content that
//! travelled beside it, or else from the span's own content attributes.

mod attributes;
mod calls;
mod digest;
mod history;
mod open_turn;
mod rounds;
mod tie;
mod tool_run;
mod weight;

pub(crate) use digest::HistoryKey;
pub(crate) use history::History;
pub(crate) use open_turn::Record;
pub(crate) use rounds::{Added, OpenTurns};
pub(crate) use tool_run::ToolRun;
pub(crate) use weight::of_metadata;

use crate::operation::{Conversed, Json, Message, Part, Usage, joined_text, since_answer, word};
use crate::semconv::{attribute, event, value};
use attributes::Attributes;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
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
    /// How many calls of a model it took: more than one only in a turn that was
    /// gathered ([`TurnGrouping::Turn`](crate::TurnGrouping::Turn)).
    pub ai_rounds: u64,
    /// The position of the turn in its session, from 1, if that was counted
    /// (`tes.turn.number`).
    pub number: Option<u64>,
    /// Results of tools that the request carries, by the id of the tool call.
    pub tool_results: Vec<ToolResult>,
    /// The id of the answer (`gen_ai.response.id`).
    pub response_id: Option<String>,
    /// The answer that the request goes on from
    /// (`gen_ai.request.previous_response.id`).
    pub previous_response_id: Option<String>,
    /// The span around the call, 16 hexadecimal digits.
    pub parent_span_id: Option<String>,
    /// Messages that were given by hand, as they were given.
    pub messages: Option<Value>,
    /// When the call began.
    pub started_at: SystemTime,
    /// Why a gathered turn ended without a last answer: `age`, `shutdown`, or
    /// `size` if its tool calls alone were too many.
    pub closed_by: Option<String>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ToolUse {
    /// The tool's name.
    pub tool: String,
    /// The arguments: JSON text, or a JSON string of what does not parse. Absent
    /// where content is not captured.
    pub args: Option<String>,
    /// The id of the tool call (`gen_ai.tool.call.id`).
    pub id: Option<String>,
    /// In which round of a gathered turn it was asked for, from 0.
    pub round: u64,
    /// What the tool found, in a gathered turn whose next request says it: JSON
    /// text. Absent where content is not captured.
    pub result: Option<String>,
}

/// What a tool found, as a request carries it: [`Turn::tool_results`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the tool call that asked for it.
    pub id: Option<String>,
    /// JSON text. Absent where content is not captured.
    pub result: Option<String>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
        Self::of(span, &said_in(span, None))
    }

    /// Whether a span is the kind that becomes a turn.
    pub(crate) fn is_made_of(span: &SpanData) -> bool {
        Attributes::of(span)
            .text(attribute::GEN_AI_OPERATION_NAME)
            .is_some_and(|operation| INFERENCE.contains(&operation))
    }

    /// Whether a span reports tokens that cannot be; its turn has none of them.
    pub(crate) fn has_implausible_usage(span: &SpanData) -> bool {
        Attributes::of(span).has_implausible_usage()
    }

    /// Whether no span of ours was it.
    pub(crate) fn is_by_hand(&self) -> bool {
        self.started_at == SystemTime::UNIX_EPOCH
    }

    /// The turn without anything that was said: no messages, no arguments,
    /// no error text. User, metadata and names of tools stay.
    #[must_use]
    pub fn without_content(mut self) -> Self {
        self.user_message = None;
        self.assistant_response = None;
        self.system_prompt = None;
        self.messages = None;
        for call in &mut self.tool_calls {
            (call.args, call.result) = (None, None);
        }
        for answered in &mut self.tool_results {
            answered.result = None;
        }
        if let Some(error) = &mut self.error {
            error.message = None;
        }
        self
    }

    /// The turn of an inference span in which this was said.
    pub(crate) fn of(span: &SpanData, conversed: &Conversed) -> Option<Self> {
        if !Self::is_made_of(span) {
            return None;
        }
        let attributes = Attributes::of(span);
        let conversation = conversed.conversation.as_ref();
        let mut turn = Self {
            session_id: attributes.session_id(conversation),
            trace_id: span.span_context.trace_id().to_string(),
            span_id: span.span_context.span_id().to_string(),
            provider: attributes.word(attribute::GEN_AI_PROVIDER_NAME),
            model: attributes
                .word(attribute::GEN_AI_RESPONSE_MODEL)
                .or_else(|| attributes.word(attribute::GEN_AI_REQUEST_MODEL)),
            usage: attributes.usage(conversed.uncached_input_tokens),
            user_id: attributes.user_id(conversation),
            metadata: attributes.metadata(conversation),
            finish_reasons: attributes.words(attribute::GEN_AI_RESPONSE_FINISH_REASONS),
            latency: since(span.start_time, span.end_time),
            time_to_first_token: first_token(span),
            retries: retries(span),
            error: error(span, &attributes, conversed.error_message.clone()),
            number: attributes.count(attribute::TES_TURN_NUMBER),
            tool_results: tool_results(conversed),
            response_id: attributes.id(attribute::GEN_AI_RESPONSE_ID),
            previous_response_id: attributes.id(attribute::GEN_AI_REQUEST_PREVIOUS_RESPONSE_ID),
            parent_span_id: (span.parent_span_id != SpanId::INVALID)
                .then(|| span.parent_span_id.to_string()),
            started_at: span.start_time,
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
        let system = asked.iter().find(|message| message.is_instruction());
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

impl Default for Turn {
    /// A call of which nothing is known but that it was one.
    fn default() -> Self {
        Self {
            session_id: String::new(),
            trace_id: String::new(),
            span_id: String::new(),
            provider: None,
            model: None,
            usage: Usage::default(),
            tool_calls: Vec::new(),
            user_message: None,
            assistant_response: None,
            system_prompt: None,
            user_id: None,
            metadata: Vec::new(),
            finish_reasons: Vec::new(),
            latency: Duration::ZERO,
            time_to_first_token: None,
            retries: 0,
            error: None,
            ai_rounds: 1,
            number: None,
            tool_results: Vec::new(),
            response_id: None,
            previous_response_id: None,
            parent_span_id: None,
            messages: None,
            started_at: SystemTime::UNIX_EPOCH,
            closed_by: None,
        }
    }
}

/// What was said in a call: what came beside its span, else what is on it.
pub(crate) fn said_in<'c>(span: &SpanData, conversed: Option<&'c Conversed>) -> Cow<'c, Conversed> {
    let on_span = || Attributes::of(span).conversed();
    match conversed {
        Some(conversed) if conversed.is_silent() => Cow::Owned(on_span().beside(conversed)),
        Some(conversed) => Cow::Borrowed(conversed),
        None => Cow::Owned(on_span()),
    }
}

const INFERENCE: [&str; 3] = [
    value::operation::CHAT,
    value::operation::GENERATE_CONTENT,
    value::operation::TEXT_COMPLETION,
];

fn tool_use(part: &Part) -> Option<ToolUse> {
    match part {
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Some(ToolUse {
            tool: word::word(name).to_owned(),
            args: arguments
                .as_ref()
                .map(|arguments| arguments.as_str().to_owned()),
            id: bounded(id.as_ref()),
            ..ToolUse::default()
        }),
        _ => None,
    }
}

/// An id as it is kept, whoever wrote it: so that it is the same everywhere.
fn bounded(id: Option<&String>) -> Option<String> {
    id.map(|id| word::id(id).into_owned())
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
                    .word(attribute::GEN_AI_TOOL_NAME)
                    .unwrap_or_default(),
                args: attributes
                    .text(attribute::GEN_AI_TOOL_CALL_ARGUMENTS)
                    .map(|arguments| Json::or_text(arguments).as_str().to_owned()),
                id: attributes.id(attribute::GEN_AI_TOOL_CALL_ID),
                ..ToolUse::default()
            }
        })
        .collect()
}

/// The results that the request answers with: those before them were answered
/// before.
fn tool_results(conversed: &Conversed) -> Vec<ToolResult> {
    let said = since_answer(&conversed.input.messages, Message::is_answer);
    let results = said.iter().flat_map(|message| &message.parts);
    let results: Vec<ToolResult> = results
        .filter_map(|part| match part {
            Part::ToolCallResponse { id, response } => Some(ToolResult {
                id: bounded(id.as_ref()),
                result: Some(response.as_str().to_owned()),
            }),
            _ => None,
        })
        .collect();
    if !results.is_empty() {
        return results;
    }
    let ids = conversed.answered_ids.iter().cloned();
    ids.map(|id| ToolResult {
        id: Some(id),
        result: None,
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
            .word(attribute::ERROR_TYPE)
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
