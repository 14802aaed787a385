//! Token usage as a provider reported it.

/// Tokens of one call. What was not reported is `None`, never 0.
///
/// On spans `input_tokens` includes cached tokens, as the conventions ask
/// (`gen_ai.usage.input_tokens`); in a [`Turn`](crate::Turn) it is what the
/// provider itself counts as input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_field_names, reason = "the conventions' names")]
pub struct Usage {
    /// Tokens of the request.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: Option<u64>,
    /// Part of the input that was served from the provider's cache.
    pub cache_read_input_tokens: Option<u64>,
    /// Part of the input that was written to the provider's cache.
    pub cache_creation_input_tokens: Option<u64>,
    /// Part of the output that was spent on reasoning.
    pub reasoning_output_tokens: Option<u64>,
}

impl Usage {
    /// Input plus output, when both were reported.
    pub fn total_tokens(&self) -> Option<u64> {
        self.input_tokens?.checked_add(self.output_tokens?)
    }

    /// Takes what `later` knows; what it does not say stays as it is.
    pub(crate) fn update(&mut self, later: &Self) {
        let fields = [
            (&mut self.input_tokens, later.input_tokens),
            (&mut self.output_tokens, later.output_tokens),
            (
                &mut self.cache_read_input_tokens,
                later.cache_read_input_tokens,
            ),
            (
                &mut self.cache_creation_input_tokens,
                later.cache_creation_input_tokens,
            ),
            (
                &mut self.reasoning_output_tokens,
                later.reasoning_output_tokens,
            ),
        ];
        for (known, said) in fields {
            *known = said.or(*known);
        }
    }
}
