//! Pydantic AI.

use crate::dialect::{Dialect, Field};

pub(super) const PYDANTIC_AI: Dialect = Dialect {
    marks: &["pydantic_ai.*"],
    scopes: &["pydantic-ai"],
    names: &["agent_name", "model_name"],
    content: &[
        ("pydantic_ai.all_messages", Field::UserMessage),
        ("all_messages_events", Field::UserMessage),
        ("events", Field::UserMessage),
        ("final_result", Field::AssistantResponse),
        ("tool_arguments", Field::ToolArguments),
        ("tool_response", Field::ToolResults),
        ("model_request_parameters", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
