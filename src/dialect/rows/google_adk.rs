//! Google's Agent Development Kit, and adk-rust.

use crate::dialect::{Dialect, Field};

pub(super) const GOOGLE_ADK: Dialect = Dialect {
    marks: &["gcp.vertex.agent.*"],
    scopes: &["gcp.vertex.agent"],
    names: &[
        "gcp.vertex.agent.event_id",
        "gcp.vertex.agent.invocation_id",
        "gcp.vertex.agent.session_id",
    ],
    content: &[
        ("gcp.vertex.agent.data", Field::UserMessage),
        ("gcp.vertex.agent.llm_request", Field::UserMessage),
        ("gcp.vertex.agent.llm_response", Field::AssistantResponse),
        ("gcp.vertex.agent.tool_call_args", Field::ToolArguments),
        ("gcp.vertex.agent.tool_response", Field::ToolResults),
    ],
    ..Dialect::NONE
};
