//! Why a call of a turn failed.

use crate::operation::OperationError;
use serde::{Deserialize, Serialize};

/// Why a call failed, as [`Turn::error`](crate::Turn::error) has it; also that its caller let go of
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl From<OperationError> for TurnError {
    fn from(error: OperationError) -> Self {
        Self {
            kind: error.kind,
            message: error.message,
        }
    }
}
