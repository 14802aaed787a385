//! Where a text stands.

use super::table;

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

impl Field {
    /// Of an attribute that may hold a text.
    pub(crate) fn of_attribute(key: &str) -> Self {
        table::field(key)
    }
}
