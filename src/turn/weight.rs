//! What turns weigh, about: all that they hold.

use super::{ToolResult, ToolRun, ToolUse, Turn, TurnError};
use crate::conversation::weigh;
use serde_json::Value;

impl Turn {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        // So that a new field does not compile before it is counted.
        let Self {
            session_id,
            trace_id,
            span_id,
            provider,
            model,
            usage: _,
            tool_calls,
            user_message,
            assistant_response,
            system_prompt,
            user_id,
            metadata,
            finish_reasons,
            latency: _,
            time_to_first_token: _,
            retries: _,
            error,
            ai_rounds: _,
            number: _,
            tool_results,
            response_id,
            previous_response_id,
            parent_span_id,
            messages,
            started_at: _,
            closed_by,
        } = self;
        let words = [session_id, trace_id, span_id];
        let texts = [
            provider,
            model,
            user_message,
            assistant_response,
            system_prompt,
            user_id,
            response_id,
            previous_response_id,
            parent_span_id,
            closed_by,
        ];
        size_of::<Self>()
            + words.map(String::len).iter().sum::<usize>()
            + texts.map(|text| of(text.as_ref())).iter().sum::<usize>()
            + tool_calls.iter().map(ToolUse::weight).sum::<usize>()
            + tool_results.iter().map(ToolResult::weight).sum::<usize>()
            + finish_reasons.iter().map(|text| each(text)).sum::<usize>()
            + of_metadata(metadata)
            + error.as_ref().map_or(0, TurnError::weight)
            + messages.as_ref().map_or(0, weigh)
    }
}

impl ToolUse {
    fn weight(&self) -> usize {
        let texts = [&self.args, &self.id, &self.result];
        size_of::<Self>()
            + self.tool.len()
            + texts.map(|text| of(text.as_ref())).iter().sum::<usize>()
    }
}

impl ToolResult {
    fn weight(&self) -> usize {
        size_of::<Self>() + of(self.id.as_ref()) + of(self.result.as_ref())
    }
}

impl TurnError {
    fn weight(&self) -> usize {
        self.kind.len() + of(self.message.as_ref())
    }
}

impl ToolRun {
    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let words = [&self.session_id, &self.trace_id, &self.span_id, &self.tool];
        let texts = [&self.args, &self.result, &self.user_id];
        size_of::<Self>()
            + words.map(String::len).iter().sum::<usize>()
            + texts.map(|text| of(text.as_ref())).iter().sum::<usize>()
            + of_metadata(&self.metadata)
            + self.error.as_ref().map_or(0, TurnError::weight)
    }
}

/// About how many bytes metadata takes.
pub(super) fn of_metadata(metadata: &[(String, Value)]) -> usize {
    let entries = metadata.iter();
    entries.map(|(key, value)| key.len() + weigh(value)).sum()
}

fn of(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn each(text: &str) -> usize {
    size_of::<String>() + text.len()
}
