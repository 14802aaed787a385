//! Codex.

use crate::dialect::{Dialect, Field};

pub(super) const CODEX: Dialect = Dialect {
    marks: &["codex.*"],
    scopes: &["codex_"],
    names: &[
        "codex.request.reasoning_effort",
        "conversation.id",
        "event.kind",
        "event.name",
        "model",
        "slug",
    ],
    content: &[
        ("prompt", Field::UserMessage),
        ("arguments", Field::ToolArguments),
        ("output", Field::ToolResults),
    ],
    ..Dialect::NONE
};
