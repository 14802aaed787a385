//! Where a text stands, and the rule of that place.

use super::finding::Action;
use crate::semconv::attribute;

/// A part of what leaves, wherever it stands: a message in a turn, on a span, in
/// a log record. Parts of lists of messages are told apart by role and kind.
///
/// ```
/// use turnspan::{Action, Field, FieldRule, Redaction};
///
/// let rules = Redaction::personal_data()
///     .field(Field::SystemPrompt, FieldRule::Hide)
///     .field(Field::ToolResults, FieldRule::SearchAnd(Action::Remove))
///     .field(Field::UserId, FieldRule::Pseudonym);
/// assert!(format!("{rules:?}").contains("UserId: Pseudonym"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Field {
    /// What users say.
    UserMessage,
    /// What models say.
    AssistantResponse,
    /// System prompts.
    SystemPrompt,
    /// What tools are called with.
    ToolArguments,
    /// What tools give back.
    ToolResults,
    /// Texts of errors.
    ErrorMessage,
    /// Metadata of conversations.
    Metadata,
    /// Ids of users, as [`UserIds`](crate::UserIds) leaves them.
    UserId,
    /// Every other attribute of a span that may hold a text, whoever set it.
    OtherAttributes,
}

/// What is done in a field; see [`Redaction::field`](super::Redaction::field).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldRule {
    /// Findings are treated as each kind of them is: the rule of every field but
    /// [`Field::UserId`].
    Search,
    /// All findings are treated alike.
    SearchAnd(Action),
    /// The field stays as it is: the rule of [`Field::UserId`].
    Keep,
    /// The field is hidden whole: `[REDACTED]`. Of what was never there nothing
    /// is said, an empty text stays empty, and of [`Field::OtherAttributes`]
    /// numbers and flags stay.
    Hide,
    /// A keyed hash of the whole field stands there, `[REDACTED:24169237e2dc09a4]`,
    /// so that who is the same can still be told.
    Pseudonym,
}

/// Where an attribute belongs, with everything below its name. The names of
/// other instrumentations are those that `semconv/` knows as content.
const FIELDS: [(&str, Field); 38] = [
    (attribute::GEN_AI_INPUT_MESSAGES, Field::UserMessage),
    ("gen_ai.prompt", Field::UserMessage),
    ("input.value", Field::UserMessage),
    ("llm.input_messages", Field::UserMessage),
    ("llm.prompts", Field::UserMessage),
    ("traceloop.entity.input", Field::UserMessage),
    ("ai.prompt", Field::UserMessage),
    ("pydantic_ai.all_messages", Field::UserMessage),
    (attribute::GEN_AI_OUTPUT_MESSAGES, Field::AssistantResponse),
    ("gen_ai.completion", Field::AssistantResponse),
    ("output.value", Field::AssistantResponse),
    ("llm.output_messages", Field::AssistantResponse),
    ("traceloop.entity.output", Field::AssistantResponse),
    ("ai.response.object", Field::AssistantResponse),
    ("ai.response.reasoning", Field::AssistantResponse),
    ("ai.response.text", Field::AssistantResponse),
    (
        attribute::TURNSPAN_DECISION_REASONING,
        Field::AssistantResponse,
    ),
    (
        attribute::TURNSPAN_DECISION_ALTERNATIVES,
        Field::AssistantResponse,
    ),
    (attribute::GEN_AI_SYSTEM_INSTRUCTIONS, Field::SystemPrompt),
    ("llm.prompt_template", Field::SystemPrompt),
    (attribute::GEN_AI_TOOL_CALL_ARGUMENTS, Field::ToolArguments),
    (attribute::GEN_AI_RETRIEVAL_QUERY_TEXT, Field::ToolArguments),
    ("gen_ai.tool.arguments", Field::ToolArguments),
    ("gen_ai.tool.args", Field::ToolArguments),
    ("gen_ai.memory.query.text", Field::ToolArguments),
    ("ai.response.toolCalls", Field::ToolArguments),
    ("ai.toolCall.args", Field::ToolArguments),
    (attribute::GEN_AI_TOOL_CALL_RESULT, Field::ToolResults),
    (attribute::GEN_AI_RETRIEVAL_DOCUMENTS, Field::ToolResults),
    ("gen_ai.memory.records", Field::ToolResults),
    ("ai.toolCall.result", Field::ToolResults),
    ("tool.result", Field::ToolResults),
    (attribute::EXCEPTION_MESSAGE, Field::ErrorMessage),
    (attribute::EXCEPTION_STACKTRACE, Field::ErrorMessage),
    (
        attribute::TURNSPAN_INTERACTION_FAILURE_REASON,
        Field::ErrorMessage,
    ),
    // As tracing-opentelemetry writes the fields of log lines.
    ("error", Field::ErrorMessage),
    (attribute::TES_METADATA, Field::Metadata),
    (attribute::USER_ID, Field::UserId),
];

impl Field {
    /// Of an attribute that may hold a text.
    pub(super) fn of_attribute(key: &str) -> Self {
        let is_or_is_below = |name: &str| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let found = FIELDS.iter().find(|(name, _)| is_or_is_below(name));
        found.map_or(Self::OtherAttributes, |(_, field)| *field)
    }

    /// Whose words those of a role are.
    pub(super) fn of_role(role: &str) -> Option<Self> {
        match role {
            "user" => Some(Self::UserMessage),
            "assistant" | "model" => Some(Self::AssistantResponse),
            "system" | "developer" => Some(Self::SystemPrompt),
            "tool" | "function" => Some(Self::ToolResults),
            _ => None,
        }
    }

    /// What a kind of part holds, if not its message's words.
    pub(super) fn of_part(kind: &str) -> Option<Self> {
        match kind {
            "tool_call" | "server_tool_call" | "tool_use" => Some(Self::ToolArguments),
            "tool_call_response" | "server_tool_call_response" | "tool_result" => {
                Some(Self::ToolResults)
            }
            _ => None,
        }
    }

    pub(super) fn default_rule(self) -> FieldRule {
        match self {
            Self::UserId => FieldRule::Keep,
            Self::UserMessage
            | Self::AssistantResponse
            | Self::SystemPrompt
            | Self::ToolArguments
            | Self::ToolResults
            | Self::ErrorMessage
            | Self::Metadata
            | Self::OtherAttributes => FieldRule::Search,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semconv::{CONTENT_ATTRIBUTES, NOT_CONTENT_ATTRIBUTES};

    #[test]
    fn every_attribute_of_content_belongs_somewhere() {
        let other: Vec<&str> = CONTENT_ATTRIBUTES
            .iter()
            .copied()
            .filter(|key| Field::of_attribute(key) == Field::OtherAttributes)
            .collect();
        // What a program says of its tools is its own.
        assert_eq!(other, ["gen_ai.tool.definitions", "llm.tools"]);
        assert_eq!(
            Field::of_attribute("gen_ai.prompt.0.content"),
            Field::UserMessage
        );
        assert_eq!(Field::of_attribute("tes.metadata.plan"), Field::Metadata);
        assert_eq!(Field::of_attribute("http.url"), Field::OtherAttributes);
        assert_eq!(NOT_CONTENT_ATTRIBUTES.len(), 2);
    }
}
