//! Genkit.

use crate::dialect::{Dialect, Field};

pub(super) const GENKIT: Dialect = Dialect {
    marks: &["genkit:*"],
    scopes: &["genkit"],
    names: &[
        "genkit:name",
        "genkit:path",
        "genkit:sessionId",
        "genkit:state",
        "genkit:threadName",
        "genkit:type",
    ],
    content: &[
        ("genkit:input", Field::UserMessage),
        ("genkit:output", Field::AssistantResponse),
        ("genkit:metadata", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
