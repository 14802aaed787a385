//! What is counted, and how later counts stand to earlier ones.

use crate::operation::Usage;
use crate::operation::usage::later;

/// What a provider may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Input,
    Output,
    Total,
    CacheRead,
    CacheWrite,
    /// By the names of Anthropic's API, which gateways write beside `OpenAI`'s.
    AnthropicCacheRead,
    AnthropicCacheWrite,
    CacheWrite5m,
    CacheWrite1h,
    Reasoning,
    TextInput,
    ImageInput,
    AudioInput,
    TextOutput,
    ImageOutput,
    AudioOutput,
    AcceptedPrediction,
    RejectedPrediction,
    WebSearch,
    WebFetch,
    CodeExecution,
}

/// How many there are.
const COUNTS: usize = Count::CodeExecution as usize + 1;

/// A value for each of them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PerCount<T>([T; COUNTS]);

impl<T: Copy + Default> PerCount<T> {
    pub(super) fn get(&self, count: Count) -> T {
        self.0.get(count as usize).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, count: Count, value: T) {
        if let Some(known) = self.0.get_mut(count as usize) {
            *known = value;
        }
    }
}

impl PerCount<Option<u64>> {
    /// As tokens, in a format of which Anthropic's names are the own ones or not. In
    /// others they say something only if they count something, as gateways write
    /// them for every model.
    pub(super) fn usage(&self, is_anthropic: bool) -> Usage {
        let of_anthropic = |count| self.get(count).filter(|it| is_anthropic || *it > 0);
        let by_age = [Count::CacheWrite5m, Count::CacheWrite1h].map(|age| self.get(age));
        let by_age = by_age.into_iter().flatten().reduce(u64::saturating_add);
        let by_age = by_age.filter(|it| is_anthropic || *it > 0);
        let read = of_anthropic(Count::AnthropicCacheRead);
        let written = of_anthropic(Count::AnthropicCacheWrite);
        Usage {
            input_tokens: self.get(Count::Input),
            output_tokens: self.get(Count::Output),
            cache_read_input_tokens: later(read, self.get(Count::CacheRead)),
            cache_creation_input_tokens: later(written, self.get(Count::CacheWrite)).max(by_age),
            reasoning_output_tokens: self.get(Count::Reasoning),
        }
    }

    /// Takes a later report.
    pub(super) fn update(&mut self, report: &Self) {
        for (known, said) in self.0.iter_mut().zip(report.0) {
            *known = later(*known, said);
        }
    }
}
