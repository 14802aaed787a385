//! Token usage as a provider reported it.

use serde::{Deserialize, Serialize};

/// Tokens of one call. What was not reported is `None`, never 0.
///
/// On spans `input_tokens` includes cached tokens, as the conventions ask
/// (`gen_ai.usage.input_tokens`); in a [`Turn`](crate::Turn) it is what the
/// provider itself counts as input: Anthropic leaves cached tokens out.
/// From the
/// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-spans.md#inference).
///
/// ```
/// let mut usage = turnspan::Usage::default();
/// usage.input_tokens = Some(12);
/// assert_eq!(usage.total_tokens(), None, "the output was not reported");
/// usage.output_tokens = Some(7);
/// assert_eq!(usage.total_tokens(), Some(19));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(clippy::struct_field_names, reason = "the conventions' names")]
pub struct Usage {
    /// Tokens of the request (`gen_ai.usage.input_tokens`).
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included
    /// (`gen_ai.usage.output_tokens`).
    pub output_tokens: Option<u64>,
    /// Tokens of the input that were served from the provider's cache
    /// (`gen_ai.usage.cache_read.input_tokens`).
    pub cache_read_input_tokens: Option<u64>,
    /// Tokens of the input that were written to the provider's cache
    /// (`gen_ai.usage.cache_creation.input_tokens`).
    pub cache_creation_input_tokens: Option<u64>,
    /// Tokens of the output that were spent on reasoning
    /// (`gen_ai.usage.reasoning.output_tokens`).
    pub reasoning_output_tokens: Option<u64>,
}

impl Usage {
    /// Input plus output, in tokens, when both were reported.
    pub fn total_tokens(&self) -> Option<u64> {
        self.input_tokens?.checked_add(self.output_tokens?)
    }

    /// What both together cost; absent where neither was reported.
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, two: Option<u64>| match (one, two) {
            (Some(one), Some(two)) => Some(one.saturating_add(two)),
            (one, two) => one.or(two),
        };
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            cache_read_input_tokens: sum(
                self.cache_read_input_tokens,
                other.cache_read_input_tokens,
            ),
            cache_creation_input_tokens: sum(
                self.cache_creation_input_tokens,
                other.cache_creation_input_tokens,
            ),
            reasoning_output_tokens: sum(
                self.reasoning_output_tokens,
                other.reasoning_output_tokens,
            ),
        }
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
