//! Langfuse: its own SDKs, and swiftide's spans for it.

use crate::dialect::{Dialect, Field};

pub(super) const LANGFUSE: Dialect = Dialect {
    marks: &["langfuse.*"],
    scopes: &["langfuse-sdk"],
    names: &[
        "langfuse.environment",
        "langfuse.model",
        "langfuse.observation.completion_start_time",
        "langfuse.observation.level",
        "langfuse.observation.model.name",
        "langfuse.observation.prompt.name",
        "langfuse.observation.prompt.version",
        "langfuse.observation.type",
        "langfuse.observation.version",
        "langfuse.release",
        "langfuse.session.id",
        "langfuse.trace.name",
        "langfuse.type",
        "langfuse.version",
    ],
    people: &[("langfuse.user.id", Field::OtherAttributes)],
    content: &[
        ("langfuse.input", Field::UserMessage),
        ("langfuse.observation.input", Field::UserMessage),
        ("langfuse.trace.input", Field::UserMessage),
        ("langfuse.observation.output", Field::AssistantResponse),
        ("langfuse.output", Field::AssistantResponse),
        ("langfuse.trace.output", Field::AssistantResponse),
        ("langfuse.observation.status_message", Field::ErrorMessage),
        ("langfuse.status_message", Field::ErrorMessage),
        ("langfuse.observation.metadata", Field::OtherAttributes),
        ("langfuse.trace.metadata", Field::OtherAttributes),
        ("langfuse.trace.tags", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
