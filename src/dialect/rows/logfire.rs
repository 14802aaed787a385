//! Logfire: its instrumentations of clients. What else a program tells by it
//! is no generative AI, so that its own attributes are no marks.

use crate::dialect::{Dialect, Field};

pub(super) const LOGFIRE: Dialect = Dialect {
    scopes: &[
        "logfire.anthropic",
        "logfire.google_genai",
        "logfire.litellm",
        "logfire.mcp",
        "logfire.openai",
    ],
    titles: &[
        "Chat Completion with {request_data[model]!r}",
        "Completion with {request_data[model]!r}",
        "Embedding Creation with {request_data[model]!r}",
        "Image Generation with {request_data[model]!r}",
        "Message with {request_data[model]!r}",
        "Responses API with {gen_ai.request.model!r}",
        "streaming response from {request_data[model]!r} took {duration:.2f}s",
    ],
    names: &[
        "async",
        "duration",
        "logfire.exception.fingerprint",
        "logfire.level_num",
        "logfire.msg_template",
        "logfire.pending_parent_id",
        "logfire.span_type",
    ],
    content: &[
        ("request_data", Field::UserMessage),
        ("response_data", Field::AssistantResponse),
    ],
    ..Dialect::NONE
};
