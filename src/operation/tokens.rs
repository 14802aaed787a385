//! Tokens as they are reported, and what each of their counts contains.

use super::Usage;
use super::usage::{IMPLAUSIBLE_TOKENS, later};

/// What was reported of tokens so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tokens {
    reported: Usage,
    /// Input and output together, where that is reported too.
    total: Option<u64>,
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

    pub(crate) fn counting(&self) -> Counting {
        self.counting
    }

    /// Takes a report: what it says holds from now on, what it does not say stays.
    pub(crate) fn report(&mut self, usage: Usage) {
        let (usage, had_others) = usage.plausible();
        self.reported.update(usage);
        self.has_implausible |= had_others;
    }

    /// Takes a total, as [`Tokens::report`] takes counts.
    pub(crate) fn report_total(&mut self, total: Option<u64>) {
        let total = total.filter(|total| *total < IMPLAUSIBLE_TOKENS);
        self.total = later(self.total, total);
    }

    /// The total, where it is the only count of what went in.
    pub(crate) fn lone_total(&self) -> Option<u64> {
        self.total.filter(|_| self.reported.input_tokens.is_none())
    }

    /// The output was not counted yet: what is there is a placeholder.
    pub(crate) fn forget_output(&mut self) {
        self.reported.output_tokens = None;
    }

    /// As the conventions count, and whether there were counts that cannot be.
    pub(crate) fn inclusive(&self) -> (Usage, bool) {
        let reported = self.reported;
        let cached = sum([
            reported.cache_read_input_tokens,
            reported.cache_creation_input_tokens,
        ]);
        let reasoning = sum([reported.reasoning_output_tokens]);
        let (cached_in, reasoning_in) = (
            self.counting.cached_in_input,
            self.counting.reasoning_in_output,
        );
        let input = reported.input_tokens;
        let output = reported.output_tokens.map(|output| {
            let by_total = self.output_by_total(output, reasoning);
            by_total.unwrap_or_else(|| whole(output, reasoning, reasoning_in))
        });
        let all = Usage {
            input_tokens: input.map(|input| whole(input, cached, cached_in)),
            output_tokens: output,
            ..reported
        };
        let (usage, had_others) = all.plausible();
        (usage, self.has_implausible || had_others)
    }

    /// Some servers count reasoning beside the output of a format that has it
    /// within. The total shows it, and what the output is with it: either it has
    /// all three in it, or there is more reasoning than output. Then it is believed
    /// before both, also where it leaves no room for all of the reasoning.
    fn output_by_total(&self, output: u64, reasoning: u64) -> Option<u64> {
        let (total, input) = (self.total?, self.reported.input_tokens?);
        let is_apart = reasoning > 0 && total == input + output + reasoning;
        let by_total = total.checked_sub(input)?;
        (is_apart || output < reasoning).then_some(by_total.max(output))
    }

    /// The input as the provider counts it, where that is another number.
    pub(crate) fn uncached_input(&self) -> Option<u64> {
        let input = self.reported.input_tokens;
        input.filter(|_| self.inclusive().0.input_tokens != input)
    }
}

fn sum<const N: usize>(parts: [Option<u64>; N]) -> u64 {
    // Each is below 2^48.
    parts.into_iter().flatten().sum()
}

/// A count with its parts, which it has in it or not. One that should have them
/// and is smaller was counted wrongly: it is at least what they come to.
fn whole(count: u64, parts: u64, is_in: bool) -> u64 {
    if is_in {
        count.max(parts)
    } else {
        count + parts
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

    fn output(counts: [u64; 3], total: Option<u64>) -> Option<u64> {
        let [input, output, reasoning] = counts.map(Some);
        let mut tokens = Tokens::default();
        tokens.report(Usage {
            input_tokens: input,
            output_tokens: output,
            reasoning_output_tokens: reasoning,
            ..Usage::default()
        });
        tokens.report_total(total);
        tokens.inclusive().0.output_tokens
    }

    #[test]
    fn the_total_tells_whether_reasoning_is_in_the_output() {
        assert_eq!(output([9, 7, 2], Some(18)), Some(9));
        assert_eq!(output([9, 7, 2], Some(16)), Some(7));
        assert_eq!(output([9, 7, 2], None), Some(7));
        // A placeholder, and a part of the output.
        assert_eq!(output([9, 0, 60], Some(69)), Some(60));
        assert_eq!(output([9, 5, 60], Some(80)), Some(71));
        assert_eq!(output([9, 5, 60], Some(14)), Some(5));
    }

    #[test]
    fn a_whole_is_no_less_than_its_parts_and_as_reported_beside_it() {
        assert_eq!(output([9, 5, 60], None), Some(60));
        assert_eq!(output([9, 5, 60], Some(3)), Some(60));
        let mut tokens = Tokens::default();
        tokens.report(Usage {
            input_tokens: Some(10),
            cache_read_input_tokens: Some(30),
            cache_creation_input_tokens: Some(4),
            ..Usage::default()
        });
        assert_eq!(tokens.inclusive().0.input_tokens, Some(34));
        assert_eq!(tokens.uncached_input(), Some(10));
    }

    #[test]
    fn a_later_count_holds_unless_it_is_none() {
        let mut tokens = Tokens::default();
        for (count, expected) in [
            (None, None),
            (Some(0), Some(0)),
            (Some(9), Some(9)),
            (Some(0), Some(9)),
            (None, Some(9)),
            (Some(7), Some(7)),
        ] {
            tokens.report(Usage {
                input_tokens: count,
                ..Usage::default()
            });
            assert_eq!(tokens.inclusive().0.input_tokens, expected);
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
