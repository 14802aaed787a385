//! Gemini CLI.

use crate::dialect::{Dialect, Field};

pub(super) const GEMINI_CLI: Dialect = Dialect {
    marks: &["gemini_cli.*"],
    scopes: &["gemini-cli"],
    names: &[
        "active_approval_mode",
        "installation.id",
        "model",
        "prompt_id",
    ],
    content: &[
        ("prompt", Field::UserMessage),
        ("request_text", Field::UserMessage),
        ("response_text", Field::AssistantResponse),
        ("function_args", Field::ToolArguments),
    ],
    ..Dialect::NONE
};
