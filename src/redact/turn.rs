//! Turns, and tools that ran, without what was found in them.

use super::Redaction;
use super::field::{Field, FieldRule};
use super::finding::HIDDEN;
use super::json::Names;
use crate::turn::{ToolResult, ToolRun, ToolUse, Turn, TurnError};
use serde_json::Value;

impl Redaction {
    /// Every text of a turn; names, ids and numbers stay.
    pub(crate) fn turn(&self, mut turn: Turn) -> Turn {
        let Turn {
            // Ids, and what providers and telemetry itself say.
            session_id: _,
            trace_id: _,
            span_id: _,
            provider: _,
            model: _,
            usage: _,
            finish_reasons: _,
            latency: _,
            time_to_first_token: _,
            retries: _,
            ai_rounds: _,
            number: _,
            response_id: _,
            previous_response_id: _,
            parent_span_id: _,
            started_at: _,
            closed_by: _,
            tool_calls,
            tool_results,
            user_message,
            assistant_response,
            system_prompt,
            messages,
            user_id,
            metadata,
            error,
        } = &mut turn;
        self.set(Field::UserMessage, user_message);
        self.set(Field::AssistantResponse, assistant_response);
        self.set(Field::SystemPrompt, system_prompt);
        self.set(Field::UserId, user_id);
        self.set_error(error);
        for call in tool_calls {
            let ToolUse {
                tool: _,
                id: _,
                round: _,
                args,
                result,
            } = call;
            self.set_json(Field::ToolArguments, args);
            self.set_json(Field::ToolResults, result);
        }
        for ToolResult { id: _, result } in tool_results {
            self.set_json(Field::ToolResults, result);
        }
        if let Some(messages) = messages {
            self.set_messages(messages);
        }
        self.metadata(metadata);
        turn
    }

    /// Every text of a tool's run.
    pub(crate) fn tool_run(&self, mut run: ToolRun) -> ToolRun {
        let ToolRun {
            session_id: _,
            trace_id: _,
            span_id: _,
            tool: _,
            duration: _,
            turn_number: _,
            args,
            result,
            user_id,
            metadata,
            error,
        } = &mut run;
        self.set_json(Field::ToolArguments, args);
        self.set(Field::ToolResults, result);
        self.set(Field::UserId, user_id);
        self.set_error(error);
        self.metadata(metadata);
        run
    }

    /// The user of a session.
    pub(crate) fn user_id(&self, mut user_id: Option<String>) -> Option<String> {
        self.set(Field::UserId, &mut user_id);
        user_id
    }

    /// Metadata, whose names the caller chose too.
    pub(crate) fn metadata(&self, metadata: &mut [(String, Value)]) {
        let mut names = Names::default();
        for (key, value) in metadata {
            self.set_value(Field::Metadata, key, value);
            *key = names.take(&self.metadata_key(key).unwrap_or_else(|| key.clone()));
        }
    }

    fn set(&self, field: Field, text: &mut Option<String>) {
        let new = text
            .as_deref()
            .and_then(|text| self.field_text(field, text));
        *text = new.or_else(|| text.take());
    }

    fn set_json(&self, field: Field, json: &mut Option<String>) {
        let new = json.as_deref().and_then(|json| self.json(field, json));
        *json = new.or_else(|| json.take());
    }

    fn set_error(&self, error: &mut Option<TurnError>) {
        if let Some(TurnError { kind: _, message }) = error {
            self.set(Field::ErrorMessage, message);
        }
    }

    fn set_messages(&self, messages: &mut Value) {
        let new = self.messages(&messages.to_string(), Field::UserMessage);
        if let Some(new) = new {
            *messages = read(&new);
        }
    }

    fn set_value(&self, field: Field, name: &str, value: &mut Value) {
        match self.rule(field) {
            FieldRule::Keep => {}
            FieldRule::Hide => *value = HIDDEN.into(),
            FieldRule::Pseudonym => *value = self.pseudonym(&text_of(value)).into(),
            FieldRule::Search | FieldRule::SearchAnd(_) => match value {
                Value::String(text) => {
                    if let Some(new) = self.named_text(field, Some(name), text) {
                        *text = new;
                    }
                }
                other => {
                    if let Some(new) = self.json(field, &other.to_string()) {
                        *other = read(&new);
                    }
                }
            },
        }
    }
}

/// What is nested too deep to be read again is hidden.
fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| HIDDEN.into())
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
