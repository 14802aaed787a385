//! Laminar.

use crate::dialect::{Dialect, Field};

pub(super) const LAMINAR: Dialect = Dialect {
    marks: &["lmnr.*"],
    scopes: &["lmnr"],
    names: &[
        "lmnr.association.properties.session_id",
        "lmnr.association.properties.trace_type",
        "lmnr.span.instrumentation_source",
        "lmnr.span.language_version",
        "lmnr.span.sdk_version",
        "lmnr.span.type",
    ],
    people: &[(
        "lmnr.association.properties.user_id",
        Field::OtherAttributes,
    )],
    content: &[
        ("lmnr.span.input", Field::UserMessage),
        ("lmnr.span.output", Field::AssistantResponse),
        ("lmnr.association.properties", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
