//! langchain-rust, whose attributes have no namespace.

use crate::dialect::{Dialect, Field};

pub(super) const LANGCHAIN_RUST: Dialect = Dialect {
    spans: &["llm.generate"],
    names: &[
        "completion_tokens",
        "model",
        "prompt_tokens",
        "provider",
        "total_tokens",
    ],
    content: &[
        ("prompt", Field::UserMessage),
        ("response", Field::AssistantResponse),
    ],
    ..Dialect::NONE
};
