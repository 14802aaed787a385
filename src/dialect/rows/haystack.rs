//! Haystack.

use crate::dialect::{Dialect, Field};

pub(super) const HAYSTACK: Dialect = Dialect {
    marks: &["haystack.*"],
    scopes: &["haystack"],
    names: &["haystack.component.name", "haystack.component.type"],
    content: &[
        ("haystack.component.input", Field::UserMessage),
        ("haystack.pipeline.input_data", Field::UserMessage),
        ("haystack.component.output", Field::AssistantResponse),
        ("haystack.pipeline.output_data", Field::AssistantResponse),
    ],
    ..Dialect::NONE
};
