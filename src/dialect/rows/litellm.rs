//! LiteLLM.

use crate::dialect::{Dialect, Field};

pub(super) const LITELLM: Dialect = Dialect {
    marks: &["litellm.*"],
    scopes: &["litellm"],
    spans: &["litellm_request", "raw_gen_ai_request"],
    names: &["litellm.call_id", "litellm.team.id"],
    people: &[
        ("litellm.api_key", Field::OtherAttributes),
        ("litellm.end_user", Field::OtherAttributes),
    ],
    content: &[("hidden_params", Field::OtherAttributes)],
    ..Dialect::NONE
};
