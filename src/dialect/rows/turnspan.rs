//! What telemetry itself writes, beside the conventions.

use crate::dialect::{Dialect, Field};
use crate::semconv::attribute;

pub(super) const TURNSPAN: Dialect = Dialect {
    marks: &["turnspan.*"],
    content: &[
        (
            attribute::TURNSPAN_DECISION_REASONING,
            Field::AssistantResponse,
        ),
        (
            attribute::TURNSPAN_DECISION_ALTERNATIVES,
            Field::AssistantResponse,
        ),
        (
            attribute::TURNSPAN_INTERACTION_FAILURE_REASON,
            Field::ErrorMessage,
        ),
    ],
    ..Dialect::NONE
};
