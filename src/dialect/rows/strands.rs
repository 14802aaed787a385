//! Strands Agents.

use crate::dialect::{Dialect, Field};

pub(super) const STRANDS: Dialect = Dialect {
    marks: &["event_loop.*"],
    scopes: &["strands."],
    names: &[
        "event_loop.cycle_id",
        "event_loop.parent_cycle_id",
        "finish_reason",
        "gen_ai.event.end_time",
        "gen_ai.event.start_time",
        "id",
        "role",
    ],
    content: &[
        ("content", Field::UserMessage),
        ("message", Field::AssistantResponse),
        ("system_prompt", Field::SystemPrompt),
        ("tool.result", Field::ToolResults),
    ],
    ..Dialect::NONE
};
