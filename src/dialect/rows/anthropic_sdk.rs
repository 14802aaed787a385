//! The spans of Anthropic's own SDKs.

use crate::dialect::Dialect;

pub(super) const ANTHROPIC_SDK: Dialect = Dialect {
    marks: &["anthropic.*"],
    scopes: &["com.anthropic.sdk"],
    names: &[
        "anthropic.message.stop_reason",
        "anthropic.request.id",
        "anthropic.response.service_tier",
    ],
    ..Dialect::NONE
};
