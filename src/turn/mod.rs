//! A finished span becomes a turn: what one round of a conversation cost, said
//! and called.
//!
//! Facts come from the span; what was said comes from the content that
//! travelled beside it, or else from the span's own content attributes.

mod calls;
mod digest;
mod history;
mod open_turn;
mod pause;
mod reported;
mod rounds;
mod started_session;
mod step;
mod tie;
mod tool_run;
mod tool_use;
mod turn_error;
mod weight;

pub(crate) use digest::HistoryKey;
pub(crate) use history::History;
pub(crate) use open_turn::Record;
pub(crate) use reported::{Reported, by_hand_id, known_id};
pub(crate) use rounds::{Added, OpenTurns};
pub(crate) use started_session::StartedSession;
pub(crate) use tool_run::ToolRun;
pub use tool_use::{ToolResult, ToolUse};
pub use turn_error::TurnError;

use crate::dialect;
use crate::operation::{Conversed, Message, Operation, Usage, joined_text};
use opentelemetry_sdk::trace::SpanData;
use serde::{Deserialize, Serialize};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model that answered, else the one that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Tokens as reported, in the provider's own counting: Anthropic's input
    /// leaves out what came from the cache or went there. Absent where they
    /// were not reported.
    pub usage: Usage,
    /// The tools that the model asked for.
    pub tool_calls: Vec<ToolUse>,
    /// The last thing the user said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_message: Option<String>,
    /// What the model answered, of its first choice; present, perhaps empty, if
    /// it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant_response: Option<String>,
    /// The system prompt: instructions apart from the messages, else the first
    /// message of the role `system` or `developer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// The user's id (`user.id`), if the conversation or the span names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The conversation's metadata, in the order it was given.
    pub metadata: Vec<(String, Value)>,
    /// Finish reasons by choice, in the provider's words.
    pub finish_reasons: Vec<String>,
    /// From the call to the end of its answer, retries included.
    pub latency: Duration,
    /// From the call to the first generated content of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_first_token: Option<Duration>,
    /// Attempts beyond the first.
    pub retries: u64,
    /// Why the call failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TurnError>,
    /// How many calls of a model it took: more than one only in a turn that was
    /// gathered ([`TurnGrouping::Turn`](crate::TurnGrouping::Turn)).
    pub ai_rounds: u64,
    /// The position of the turn in its session, from 1, if that was counted
    /// (`tes.turn.number`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Results of tools that the request carries, by the id of the tool call.
    pub tool_results: Vec<ToolResult>,
    /// The id of the answer (`gen_ai.response.id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The answer that the request goes on from
    /// (`gen_ai.request.previous_response.id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_response_id: Option<String>,
    /// The span around the call, 16 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<String>,
    /// Messages that were given by hand, as they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Value>,
    /// When the call began.
    pub started_at: SystemTime,
    /// Why a gathered turn ended without a last answer: `age`, `shutdown`, or
    /// `size` if its tool calls alone were too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
}

impl Turn {
    /// The turn of an inference span, from its attributes and events alone.
    /// `None` for any other span: its `gen_ai.operation.name` must be `chat`,
    /// `generate_content` or `text_completion`, or its `openinference.span.kind`
    /// `LLM`. Texts are there only if the span carries them ([`CaptureMode::SpanOnly`](crate::CaptureMode::SpanOnly)).
    /// An example is at [`Turn`].
    pub fn from_span(span: &SpanData) -> Option<Self> {
        let operation = dialect::read(span, None)?;
        operation.kind.is_inference.then(|| Self::of(&operation))
    }

    /// Whether a span is the kind that becomes a turn.
    pub(crate) fn is_made_of(span: &SpanData) -> bool {
        dialect::kind(span).is_some_and(|kind| kind.is_inference)
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

    /// The turn that an inference is.
    pub(crate) fn of(operation: &Operation<'_>) -> Self {
        let mut turn = Self {
            session_id: operation.session_id.clone(),
            trace_id: operation.place.trace_id.clone(),
            span_id: operation.place.span_id.clone(),
            provider: operation.provider.clone(),
            model: operation.model.clone(),
            usage: operation.usage,
            user_id: operation.user_id.clone(),
            metadata: operation.metadata.clone(),
            finish_reasons: operation.finish_reasons.clone(),
            latency: operation.duration,
            time_to_first_token: operation.time_to_first_token,
            retries: operation.retries,
            error: operation.error.clone().map(TurnError::from),
            number: operation.number,
            tool_results: tool_use::results(&operation.conversed),
            response_id: operation.response_id.clone(),
            previous_response_id: operation.previous_response_id.clone(),
            parent_span_id: operation.place.parent_span_id.clone(),
            started_at: operation.started_at,
            ..Self::default()
        };
        turn.take_content(&operation.conversed);
        if turn.tool_calls.is_empty() {
            turn.tool_calls = operation.tool_calls.iter().map(ToolUse::of).collect();
        }
        turn
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
            .filter_map(tool_use::asked)
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
