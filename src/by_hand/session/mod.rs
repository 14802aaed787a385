//! A session by hand, for clients that cannot be wrapped.

mod recorded;

use crate::context;
use crate::conversation::Conversation;
use crate::normalize::{Normalized, NormalizedResponse, normalized};
use crate::operation::Usage;
use crate::pipeline::Pipeline;
use crate::stats::Fault;
use crate::turn::{Reported, StartedSession, ToolRun, ToolUse, Turn, by_hand_id};
use opentelemetry::trace::TraceContextExt as _;
use recorded::Recorded;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// A session whose turns are told by hand: made by
/// [`Telemetry::session`](crate::Telemetry::session), for clients that can
/// neither be wrapped nor watched by a [`Recorder`](crate::Recorder).
///
/// Answers are recorded as they come, and a turn is sent when it is over:
///
/// ```
/// use serde_json::json;
/// use turnspan::ChatTurn;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry = turnspan::builder().build()?;
///
/// let session = telemetry.session("conv-123");
/// session.emit_session_start();
/// session.record(&json!({
///     "model": "gpt-4o",
///     "choices": [{"message": {"content": "4"}}],
///     "usage": {"prompt_tokens": 10, "completion_tokens": 2},
/// }));
/// assert_eq!(session.total_usage().total_tokens(), Some(12));
/// session.emit_chat_turn(ChatTurn::new().user_message("What is 2+2?").assistant_response("4"));
/// assert_eq!(session.total_usage().ai_rounds, 0, "the next turn begins");
/// # Ok(()) }
/// ```
///
/// Beside a wrapped client: a call that was seen already is not told again. A
/// turn of recorded answers whose ids all belong to calls that have become
/// events is left out, so that nothing is counted twice.
pub struct Session {
    /// None if turns go nowhere.
    pipeline: Option<Arc<Pipeline>>,
    conversation: Conversation,
    id: String,
    recorded: Mutex<Recorded>,
}

/// What the answers of a turn cost together: [`Session::total_usage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionUsage {
    /// Tokens, summed; absent where no answer reported them.
    pub tokens: Usage,
    /// How many answers were recorded.
    pub ai_rounds: u64,
}

impl SessionUsage {
    /// Input plus output, in tokens, when both were reported.
    pub fn total_tokens(&self) -> Option<u64> {
        self.tokens.total_tokens()
    }
}

/// What is said of a turn when it is sent: [`Session::emit_chat_turn`]. All of
/// it is content but the number.
///
/// ```
/// use turnspan::ChatTurn;
///
/// let turn = ChatTurn::new().user_message("What is 2+2?").turn_number(3);
/// assert!(format!("{turn:?}").contains("turn_number: Some(3)"));
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to a session"]
pub struct ChatTurn {
    user_message: Option<String>,
    assistant_response: Option<String>,
    system_prompt: Option<String>,
    messages: Option<Value>,
    turn_number: Option<u64>,
}

impl ChatTurn {
    /// A turn of which nothing is said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the user said.
    pub fn user_message(mut self, text: impl Into<String>) -> Self {
        self.user_message = Some(text.into());
        self
    }

    /// What the model answered; default: the text of the last recorded answer.
    pub fn assistant_response(mut self, text: impl Into<String>) -> Self {
        self.assistant_response = Some(text.into());
        self
    }

    /// What the model was told to be.
    pub fn system_prompt(mut self, text: impl Into<String>) -> Self {
        self.system_prompt = Some(text.into());
        self
    }

    /// The messages of the conversation, in whatever shape they have.
    pub fn messages(mut self, messages: Value) -> Self {
        self.messages = Some(messages);
        self
    }

    /// The position of the turn in its session, from 1.
    pub fn turn_number(mut self, number: u64) -> Self {
        self.turn_number = Some(number);
        self
    }
}

/// A tool that ran: [`Session::emit_tool_use`]. Arguments and result are
/// content.
///
/// ```
/// use std::time::Duration;
/// use turnspan::ToolUseEvent;
///
/// let used = ToolUseEvent::new("search").duration(Duration::from_millis(120));
/// assert!(format!("{used:?}").contains("search"));
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "hand it to a session"]
pub struct ToolUseEvent {
    run: ToolRun,
}

impl ToolUseEvent {
    /// A run of the tool of that name.
    pub fn new(tool: impl Into<String>) -> Self {
        let run = ToolRun {
            tool: tool.into(),
            ..ToolRun::default()
        };
        Self { run }
    }

    /// What it was told.
    pub fn args(mut self, args: &Value) -> Self {
        self.run.args = Some(args.to_string());
        self
    }

    /// What it found, in a few words.
    pub fn result_summary(mut self, summary: impl Into<String>) -> Self {
        self.run.result = Some(summary.into());
        self
    }

    /// How long it ran; sent in milliseconds.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.run.duration = Some(duration);
        self
    }

    /// The position of its turn in the session, from 1.
    pub fn turn_number(mut self, number: u64) -> Self {
        self.run.turn_number = Some(number);
        self
    }
}

impl Session {
    pub(crate) fn new(pipeline: Option<Arc<Pipeline>>, conversation: Conversation) -> Self {
        let id = conversation.id().map(str::to_owned);
        Self {
            pipeline,
            id: id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            conversation,
            recorded: Mutex::default(),
        }
    }

    /// The id: `entity_id` of its events. One that was not given is random.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes in an answer of a model, as JSON of any provider (see
    /// [`normalize_response`](crate::normalize_response)): its usage is added,
    /// its tool calls (1024 at most) are those of the turn.
    pub fn record(&self, response: &Value) -> NormalizedResponse {
        let Normalized {
            answer,
            has_implausible_usage,
            is_truncated,
        } = normalized(response);
        if has_implausible_usage {
            self.fault(Fault::ImplausibleUsage);
        }
        let has_room = self.recorded().answer(&answer);
        if is_truncated || !has_room {
            self.fault(Fault::ResponseTruncated);
        }
        answer
    }

    /// Takes in what a tool found: for the tool call of that id, else for the
    /// first of that name that has no result. One that nobody asked for is
    /// passed over.
    pub fn record_tool_result(&self, id_or_tool: &str, result: &Value) {
        self.recorded().tool_result(id_or_tool, result);
    }

    /// What the answers since the last turn cost.
    pub fn total_usage(&self) -> SessionUsage {
        self.recorded().usage
    }

    /// The tool calls since the last turn.
    pub fn tool_calls(&self) -> Vec<ToolUse> {
        self.recorded().tool_calls.clone()
    }

    /// Sends what was recorded as a `CHAT_TURN`, and begins the next turn.
    ///
    /// Nothing is waited for, and nothing can fail here:
    /// [`Telemetry::stats`](crate::Telemetry::stats) tells what became of it.
    pub fn emit_chat_turn(&self, said: ChatTurn) {
        let recorded = std::mem::take(&mut *self.recorded());
        let turn = Turn {
            model: recorded.model,
            usage: recorded.usage.tokens,
            ai_rounds: recorded.usage.ai_rounds,
            tool_calls: recorded.tool_calls,
            user_message: said.user_message,
            assistant_response: said.assistant_response.or(recorded.answer),
            system_prompt: said.system_prompt,
            messages: said.messages,
            number: said.turn_number,
            session_id: self.id.clone(),
            trace_id: trace_id(),
            span_id: by_hand_id(),
            user_id: self.conversation.user_id().map(str::to_owned),
            metadata: self.conversation.metadata_entries().to_vec(),
            ..Turn::default()
        };
        // An answer without an id may be one that nobody has seen.
        let has_all = u64::try_from(recorded.response_ids.len()) == Ok(turn.ai_rounds);
        let ids = if has_all {
            recorded.response_ids
        } else {
            Vec::new()
        };
        self.emit(Reported::Turn(Box::new(turn), ids));
    }

    /// Sends a `TOOL_USE`.
    pub fn emit_tool_use(&self, used: ToolUseEvent) {
        let run = ToolRun {
            session_id: self.id.clone(),
            trace_id: trace_id(),
            span_id: by_hand_id(),
            user_id: self.conversation.user_id().map(str::to_owned),
            metadata: self.conversation.metadata_entries().to_vec(),
            ..used.run
        };
        self.emit(Reported::ToolRun(run));
    }

    /// Sends a `SESSION_START`. Said again, it has the same `event_id`.
    pub fn emit_session_start(&self) {
        self.emit(Reported::SessionStart(StartedSession {
            id: self.id.clone(),
            user_id: self.conversation.user_id().map(str::to_owned),
            metadata: self.conversation.metadata_entries().to_vec(),
        }));
    }

    fn emit(&self, reported: Reported) {
        if let Some(pipeline) = &self.pipeline {
            pipeline.report(reported);
        }
    }

    fn fault(&self, fault: Fault) {
        if let Some(pipeline) = &self.pipeline {
            pipeline.fault(fault);
        }
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        // Whole after every statement, a panic leaves it not torn.
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Session {
    /// Says which it is, never what was said in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Of the span that this is said in, if it is in any.
fn trace_id() -> String {
    let context = context::current();
    let span = context.span().span_context().clone();
    if span.is_valid() {
        span.trace_id().to_string()
    } else {
        String::new()
    }
}
