//! Tokens as they are reported, and what each of their counts contains.

use super::Usage;

/// What was reported of tokens so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tokens {
    reported: Usage,
    counting: Counting,
    has_implausible: bool,
}

/// What a count of a provider contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    /// The input has what came from a cache or went there.
    pub(crate) cached_in_input: bool,
    /// The output has what was spent on reasoning.
    pub(crate) reasoning_in_output: bool,
}

impl Counting {
    /// Each count has its parts in it, as the conventions ask.
    pub(crate) const INCLUSIVE: Self = Self {
        cached_in_input: true,
        reasoning_in_output: true,
    };
    pub(crate) const ANTHROPIC: Self = Self {
        cached_in_input: false,
        ..Self::INCLUSIVE
    };
    /// Reasoning is beside the output.
    pub(crate) const REASONING_APART: Self = Self {
        reasoning_in_output: false,
        ..Self::INCLUSIVE
    };
}

impl Default for Counting {
    fn default() -> Self {
        Self::INCLUSIVE
    }
}

impl Tokens {
    pub(crate) fn counted(counting: Counting) -> Self {
        Self {
            counting,
            ..Self::default()
        }
    }

    /// It has shown what the counts contain.
    pub(crate) fn count_as(&mut self, counting: Counting) {
        self.counting = counting;
    }

    /// Takes a report: what it says holds from now on, what it does not say stays.
    pub(crate) fn report(&mut self, usage: Usage) {
        let (usage, had_others) = usage.plausible();
        self.reported.update(usage);
        self.has_implausible |= had_others;
    }

    /// The output was not counted yet: what is there is a placeholder.
    pub(crate) fn forget_output(&mut self) {
        self.reported.output_tokens = None;
    }

    /// As the conventions count, and whether there were counts that cannot be.
    pub(crate) fn inclusive(&self) -> (Usage, bool) {
        let reported = self.reported;
        let beside = |is_in: bool, parts: &[Option<u64>]| {
            let parts = parts.iter().copied().flatten().filter(|_| !is_in);
            // Each is below 2^48.
            parts.sum::<u64>()
        };
        let cached = beside(
            self.counting.cached_in_input,
            &[
                reported.cache_read_input_tokens,
                reported.cache_creation_input_tokens,
            ],
        );
        let reasoning = beside(
            self.counting.reasoning_in_output,
            &[reported.reasoning_output_tokens],
        );
        let all = Usage {
            input_tokens: reported.input_tokens.map(|input| input + cached),
            output_tokens: reported.output_tokens.map(|output| output + reasoning),
            ..reported
        };
        let (usage, had_others) = all.plausible();
        (usage, self.has_implausible || had_others)
    }

    /// The input as the provider counts it, where that is another number.
    pub(crate) fn uncached_input(&self) -> Option<u64> {
        let input = self.reported.input_tokens;
        input.filter(|_| self.inclusive().0.input_tokens != input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Usage {
        Usage {
            input_tokens: Some(10),
            output_tokens: Some(20),
            cache_read_input_tokens: Some(3),
            cache_creation_input_tokens: Some(2),
            reasoning_output_tokens: Some(5),
        }
    }

    #[test]
    fn counts_have_their_parts_in_them_whoever_counted() {
        for (counting, input, output, uncached) in [
            (Counting::INCLUSIVE, 10, 20, None),
            (Counting::ANTHROPIC, 15, 20, Some(10)),
            (Counting::REASONING_APART, 10, 25, None),
        ] {
            let mut tokens = Tokens::counted(counting);
            tokens.report(usage());
            let (all, _) = tokens.inclusive();
            assert_eq!(
                (all.input_tokens, all.output_tokens, tokens.uncached_input()),
                (Some(input), Some(output), uncached)
            );
        }
    }

    #[test]
    fn what_was_not_reported_is_no_sum_of_its_parts() {
        let mut tokens = Tokens::counted(Counting::ANTHROPIC);
        tokens.report(Usage {
            cache_read_input_tokens: Some(3),
            ..Usage::default()
        });
        assert_eq!(tokens.inclusive().0.input_tokens, None);
    }
}
