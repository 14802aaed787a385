//! LangSmith, and LangChain by it.

use crate::dialect::{Dialect, Field};

pub(super) const LANGSMITH: Dialect = Dialect {
    marks: &["langsmith.*"],
    scopes: &["langsmith"],
    names: &[
        "gen_ai.serialized.name",
        "langsmith.metadata.ls_model_name",
        "langsmith.metadata.ls_model_type",
        "langsmith.metadata.ls_provider",
        "langsmith.metadata.session_id",
        "langsmith.metadata.thread_id",
        "langsmith.span.dotted_order",
        "langsmith.span.id",
        "langsmith.span.kind",
        "langsmith.span.parent_id",
        "langsmith.trace.id",
        "langsmith.trace.name",
        "langsmith.trace.session_id",
        "langsmith.trace.session_name",
    ],
    people: &[("langsmith.metadata.user_id", Field::OtherAttributes)],
    secrets: &["langsmith.request.headers"],
    content: &[
        ("langsmith.entity.input", Field::UserMessage),
        ("langsmith.entity.output", Field::AssistantResponse),
        ("gen_ai.serialized", Field::OtherAttributes),
        ("langsmith.metadata", Field::OtherAttributes),
        ("langsmith.span.tags", Field::OtherAttributes),
        ("langsmith.usage_metadata", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
