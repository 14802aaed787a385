//! What Cohere counts: the tokens that a model saw, and those that are billed,
//! which are fewer.

use crate::format::lenient;
use crate::format::usage::Counts;
use crate::operation::Usage;
use serde::Deserialize;

/// `usage` of the second version, and `meta` of the first.
#[derive(Deserialize)]
pub(in crate::format) struct WireUsage {
    #[serde(default, deserialize_with = "lenient::object")]
    tokens: Option<Units>,
    #[serde(default, deserialize_with = "lenient::object")]
    billed_units: Option<Units>,
    #[serde(default, deserialize_with = "lenient::count")]
    cached_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
struct Units {
    #[serde(default, deserialize_with = "lenient::count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    output_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    reasoning_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    search_units: Option<u64>,
}

impl WireUsage {
    /// Older models have no count but the billed one.
    pub(in crate::format) fn tell(self, counts: &mut Counts) {
        let tokens = self.tokens.unwrap_or_default();
        let billed = self.billed_units.unwrap_or_default();
        counts.tokens.report(Usage {
            input_tokens: tokens.input_tokens.or(billed.input_tokens),
            output_tokens: tokens.output_tokens.or(billed.output_tokens),
            cache_read_input_tokens: self.cached_tokens,
            reasoning_output_tokens: tokens.reasoning_tokens,
            ..Usage::default()
        });
        counts.bill([
            billed.input_tokens,
            billed.output_tokens,
            billed.search_units,
        ]);
    }
}
