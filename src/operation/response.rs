//! What came back of a model.

use super::{Facts, Output, Tokens, Usage};

#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    /// By choice, in the provider's words; `None` where it never came.
    pub(crate) finish_reasons: Vec<Option<String>>,
    pub(crate) tokens: Tokens,
    pub(crate) tool_calls: Vec<ToolCall>,
    /// Whether more was said than is kept.
    pub(crate) is_truncated: bool,
    /// What was said; nothing unless content is wanted.
    pub(crate) output: Output,
    /// What else the conventions name of it.
    pub(crate) facts: Facts,
}

impl Response {
    /// Whether nothing is known of it: not even who answers, or why it ends.
    pub(crate) fn says_nothing(&self) -> bool {
        self.id.is_none()
            && self.model.is_none()
            && self.finish_reasons.is_empty()
            && self.tool_calls.is_empty()
            && self.tokens.inclusive().0 == Usage::default()
    }
}

/// A tool that the model asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolCall {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    /// The arguments as the model wrote them; none unless content is wanted.
    pub(crate) arguments: Option<String>,
}
