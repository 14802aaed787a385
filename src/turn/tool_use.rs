//! Tools in a turn: what the model asked for, and what was found.

use crate::operation::{Conversed, Message, Part, ToolCall, since_answer, word};
use serde::{Deserialize, Serialize};

/// A tool that the model asked for, as [`Turn::tool_calls`](crate::Turn::tool_calls) has them.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// The id of the tool call (`gen_ai.tool.call.id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// In which round of a gathered turn it was asked for, from 0.
    pub round: u64,
    /// What the tool found, in a gathered turn whose next request says it: JSON
    /// text. Absent where content is not captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// What a tool found, as a request carries it: [`Turn::tool_results`](crate::Turn::tool_results).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the tool call that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// JSON text. Absent where content is not captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl ToolUse {
    pub(super) fn of(call: &ToolCall) -> Self {
        Self {
            tool: call.name.clone(),
            args: call.arguments.clone(),
            id: call.id.clone(),
            ..Self::default()
        }
    }
}

pub(super) fn asked(part: &Part) -> Option<ToolUse> {
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

/// The results that the request answers with: those before them were answered
/// before.
pub(super) fn results(conversed: &Conversed) -> Vec<ToolResult> {
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
