//! Braintrust.

use crate::dialect::{Dialect, Field};

pub(super) const BRAINTRUST: Dialect = Dialect {
    marks: &["braintrust.*"],
    scopes: &["braintrust"],
    names: &["braintrust.parent"],
    content: &[
        ("braintrust.input", Field::UserMessage),
        ("braintrust.input_json", Field::UserMessage),
        ("braintrust.output", Field::AssistantResponse),
        ("braintrust.output_json", Field::AssistantResponse),
        ("braintrust.expected", Field::AssistantResponse),
        ("braintrust.metadata", Field::OtherAttributes),
        ("braintrust.tags", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
