//! One finished operation, whoever recorded it.

use super::{Conversed, Kind, ToolCall, Usage};
use serde_json::Value;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// What is known of an operation that came to its end: read of a span, and of
/// what travelled beside it. Destinations make of it what they send.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'c> {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    /// The conversation, if anybody named it, else the trace.
    pub(crate) session_id: String,
    pub(crate) user_id: Option<String>,
    pub(crate) metadata: Vec<(String, Value)>,
    pub(crate) provider: Option<String>,
    /// The model that answered, else the one that was asked.
    pub(crate) model: Option<String>,
    /// In the provider's own counting.
    pub(crate) usage: Usage,
    /// Whether counts were reported that cannot be; they are not in the usage.
    pub(crate) has_implausible_usage: bool,
    /// By choice, in the provider's words.
    pub(crate) finish_reasons: Vec<String>,
    pub(crate) response_id: Option<String>,
    pub(crate) previous_response_id: Option<String>,
    /// The tools that the model asked for, as far as they are known without what
    /// was said.
    pub(crate) tool_calls: Vec<ToolCall>,
    /// The tool that ran, if this is the run of one.
    pub(crate) tool: Option<String>,
    /// The number of the turn in its session, if somebody counted.
    pub(crate) number: Option<u64>,
    pub(crate) started_at: SystemTime,
    pub(crate) duration: Duration,
    /// From the start to the first generated content of a stream.
    pub(crate) time_to_first_token: Option<Duration>,
    pub(crate) retries: u64,
    pub(crate) error: Option<OperationError>,
    /// What was said.
    pub(crate) conversed: Cow<'c, Conversed>,
}

/// Where an operation stands among others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "OpenTelemetry's names")]
pub(crate) struct Place {
    /// In 32 hexadecimal digits.
    pub(crate) trace_id: String,
    /// In 16.
    pub(crate) span_id: String,
    pub(crate) parent_span_id: Option<String>,
}

/// Why an operation failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OperationError {
    /// The value of `error.type`.
    pub(crate) kind: String,
    /// What was said of it.
    pub(crate) message: Option<String>,
}
