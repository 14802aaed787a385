//! Tokens as the provider counts them: input without what came from its cache
//! or went there.

use super::wire::WireUsage;
use crate::operation::Usage;

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    usage: Usage,
    has_implausible: bool,
}

impl Counted {
    /// Each event repeats what it knows, the later one holds.
    pub(super) fn absorb(&mut self, wire: &WireUsage) {
        let (usage, had_others) = Usage::from(wire).plausible();
        self.usage.update(usage);
        self.has_implausible |= had_others;
    }

    /// The output was not counted yet.
    pub(super) fn forget_output(&mut self) {
        self.usage.output_tokens = None;
    }

    /// In the conventions' counting: cached tokens are part of the input.
    pub(super) fn inclusive(&mut self) -> Usage {
        let read = self.usage.cache_read_input_tokens.unwrap_or_default();
        let created = self.usage.cache_creation_input_tokens.unwrap_or_default();
        // Each is below 2^48.
        let input = self.usage.input_tokens.map(|it| it + read + created);
        let inclusive = Usage {
            input_tokens: input,
            ..self.usage
        };
        let (usage, had_others) = inclusive.plausible();
        self.has_implausible |= had_others;
        usage
    }

    /// The input where it is another number than the inclusive one.
    pub(super) fn uncached_input(&self, inclusive: &Usage) -> Option<u64> {
        let input = self.usage.input_tokens;
        input.filter(|_| inclusive.input_tokens != input)
    }

    /// Whether there were counts that cannot be.
    pub(super) fn has_implausible(&self) -> bool {
        self.has_implausible
    }
}

impl From<&WireUsage> for Usage {
    fn from(wire: &WireUsage) -> Self {
        Self {
            input_tokens: wire.input_tokens,
            output_tokens: wire.output_tokens,
            cache_read_input_tokens: wire.cache_read_input_tokens,
            cache_creation_input_tokens: wire.cache_creation_input_tokens,
            reasoning_output_tokens: None,
        }
    }
}
