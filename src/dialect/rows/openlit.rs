//! OpenLIT.

use crate::dialect::Dialect;

pub(super) const OPENLIT: Dialect = Dialect {
    marks: &["openlit.*"],
    scopes: &["openlit."],
    names: &[
        "gen_ai.application_name",
        "gen_ai.environment",
        "gen_ai.sdk.version",
        "openlit.agent.version_hash",
    ],
    ..Dialect::NONE
};
