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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, reasoning included
    /// (`gen_ai.usage.output_tokens`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// Tokens of the input that were served from the provider's cache
    /// (`gen_ai.usage.cache_read.input_tokens`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read_input_tokens: Option<u64>,
    /// Tokens of the input that were written to the provider's cache
    /// (`gen_ai.usage.cache_creation.input_tokens`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_input_tokens: Option<u64>,
    /// Tokens of the output that were spent on reasoning
    /// (`gen_ai.usage.reasoning.output_tokens`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_output_tokens: Option<u64>,
}

/// What no count reaches: a quarter of a quadrillion tokens. Sums of smaller
/// counts stay within what histograms and event receivers hold.
pub(crate) const IMPLAUSIBLE_TOKENS: u64 = 1 << 48;

impl Usage {
    /// Without counts that cannot be, and whether there were any.
    pub(crate) fn plausible(mut self) -> (Self, bool) {
        let mut had_others = false;
        for count in self.counts() {
            let is_implausible = count.is_some_and(|count| count >= IMPLAUSIBLE_TOKENS);
            had_others |= is_implausible;
            *count = count.filter(|_| !is_implausible);
        }
        (self, had_others)
    }

    fn counts(&mut self) -> [&mut Option<u64>; 5] {
        [
            &mut self.input_tokens,
            &mut self.output_tokens,
            &mut self.cache_read_input_tokens,
            &mut self.cache_creation_input_tokens,
            &mut self.reasoning_output_tokens,
        ]
    }

    /// Input plus output, in tokens, when both were reported.
    pub fn total_tokens(&self) -> Option<u64> {
        self.input_tokens?.checked_add(self.output_tokens?)
    }

    /// What both together cost; absent where neither was reported.
    pub(crate) fn plus(mut self, mut other: Self) -> Self {
        for (sum, more) in self.counts().into_iter().zip(other.counts()) {
            *sum = match (*sum, *more) {
                (Some(one), Some(two)) => Some(one.saturating_add(two)),
                (one, two) => one.or(two),
            };
        }
        self
    }

    /// Takes a later report; what it does not say stays as it is.
    pub(crate) fn update(&mut self, mut report: Self) {
        for (known, said) in self.counts().into_iter().zip(report.counts()) {
            *known = later(*known, *said);
        }
    }
}

/// The count that holds after a later report. Counts may fall, as some servers
/// correct them, but some also report a 0 for all that they do not know any more.
pub(crate) fn later(known: Option<u64>, said: Option<u64>) -> Option<u64> {
    said.filter(|said| *said > 0).or(known).or(said)
}
