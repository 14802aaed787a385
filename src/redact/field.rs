//! The rule of a place, and the places within messages.

use super::finding::Action;
pub use crate::dialect::Field;

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

impl Field {
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
