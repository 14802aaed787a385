//! What was used, under the names that `OpenAI` gives counts, and those that
//! others who speak its formats give them.

use super::lenient;
use crate::operation::usage::IMPLAUSIBLE_TOKENS;
use crate::operation::{Counting, Facts, Tokens, Usage};
use crate::semconv::attribute;
use serde::Deserialize;

/// What was reported so far: of each count the last.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) tokens: Tokens,
    total: Option<u64>,
    seconds: Option<f64>,
    parts: [Option<u64>; PARTS.len()],
    billed: [Option<u64>; BILLED.len()],
}

/// Where stands what is billed, by who counts that apart.
const BILLED: [&str; 3] = [
    attribute::TURNSPAN_USAGE_BILLED_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_SEARCH_UNITS,
];

/// Where each part of the tokens stands.
const PARTS: [&str; 8] = [
    attribute::TURNSPAN_USAGE_TEXT_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_IMAGE_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_AUDIO_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_TEXT_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_IMAGE_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_AUDIO_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_ACCEPTED_PREDICTION_TOKENS,
    attribute::TURNSPAN_USAGE_REJECTED_PREDICTION_TOKENS,
];

impl Counts {
    /// Takes a report: what it says holds from now on, what it does not say stays.
    pub(super) fn report(&mut self, wire: &WireUsage) {
        if let Some(counting) = wire.counting() {
            self.tokens.count_as(counting);
        }
        self.tokens.report(Usage::from(wire));
        self.total = wire.total_tokens.or(self.total);
        self.seconds = wire.seconds.or(wire.prompt_audio_seconds).or(self.seconds);
        for (known, said) in self.parts.iter_mut().zip(wire.parts()) {
            *known = said.or(*known);
        }
    }

    /// Takes what is billed, in the order of [`BILLED`].
    pub(super) fn bill(&mut self, billed: [Option<u64>; BILLED.len()]) {
        for (known, said) in self.billed.iter_mut().zip(billed) {
            *known = said.or(*known);
        }
    }

    /// What is known besides tokens. Of parts that are none nothing is told: most
    /// answers have a list of them.
    pub(super) fn tell(&self, facts: &mut Facts) {
        facts.know(attribute::TURNSPAN_USAGE_SECONDS, self.seconds);
        let has_input = self.tokens.inclusive().0.input_tokens.is_some();
        let total = self.total.filter(|_| !has_input);
        facts.know(attribute::TURNSPAN_USAGE_TOTAL_TOKENS, plausible(total));
        for (name, count) in BILLED.into_iter().zip(self.billed) {
            facts.know(name, plausible(count));
        }
        for (name, count) in PARTS.into_iter().zip(self.parts) {
            facts.know(name, plausible(count.filter(|count| *count > 0)));
        }
    }
}

/// A count that can be, as a fact.
fn plausible(count: Option<u64>) -> Option<i64> {
    let count = count.filter(|count| *count < IMPLAUSIBLE_TOKENS);
    count.and_then(|count| i64::try_from(count).ok())
}

#[derive(Deserialize)]
pub(super) struct WireUsage {
    #[serde(default, deserialize_with = "lenient::count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    output_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    completion_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    total_tokens: Option<u64>,
    /// Copilot.
    #[serde(default, deserialize_with = "lenient::count")]
    reasoning_tokens: Option<u64>,
    /// `DeepSeek`.
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_cache_hit_tokens: Option<u64>,
    /// Together.
    #[serde(default, deserialize_with = "lenient::count")]
    cached_tokens: Option<u64>,
    /// Mistral.
    #[serde(default, deserialize_with = "lenient::count")]
    num_cached_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::number")]
    seconds: Option<f64>,
    /// Mistral.
    #[serde(default, deserialize_with = "lenient::number")]
    prompt_audio_seconds: Option<f64>,
    #[serde(default, deserialize_with = "lenient::object")]
    input_tokens_details: Option<Details>,
    /// Transcriptions.
    #[serde(default, deserialize_with = "lenient::object")]
    input_token_details: Option<Details>,
    #[serde(default, deserialize_with = "lenient::object")]
    prompt_tokens_details: Option<Details>,
    /// Assistants and Writer.
    #[serde(default, deserialize_with = "lenient::object")]
    prompt_token_details: Option<Details>,
    #[serde(default, deserialize_with = "lenient::object")]
    output_tokens_details: Option<Details>,
    #[serde(default, deserialize_with = "lenient::object")]
    output_token_details: Option<Details>,
    #[serde(default, deserialize_with = "lenient::object")]
    completion_tokens_details: Option<Details>,
    /// Writer.
    #[serde(default, deserialize_with = "lenient::object")]
    completion_token_details: Option<Details>,
}

/// What a count is made of.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names on the wire")]
struct Details {
    #[serde(default, deserialize_with = "lenient::count")]
    cached_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_write_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    reasoning_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    text_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    image_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    audio_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    accepted_prediction_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    rejected_prediction_tokens: Option<u64>,
}

impl WireUsage {
    /// xAI counts reasoning beside the answer, others as a part of it: the total
    /// tells, where all of it is there.
    fn counting(&self) -> Option<Counting> {
        let usage = Usage::from(self);
        let reasoning = usage.reasoning_output_tokens?;
        let without = usage.input_tokens?.checked_add(usage.output_tokens?)?;
        let is_apart = reasoning > 0 && without.checked_add(reasoning) == self.total_tokens;
        Some(if is_apart {
            Counting::REASONING_APART
        } else {
            Counting::INCLUSIVE
        })
    }

    fn input(&self) -> Option<&Details> {
        let names = [
            &self.input_tokens_details,
            &self.prompt_tokens_details,
            &self.input_token_details,
            &self.prompt_token_details,
        ];
        names.into_iter().find_map(Option::as_ref)
    }

    fn output(&self) -> Option<&Details> {
        let names = [
            &self.output_tokens_details,
            &self.completion_tokens_details,
            &self.output_token_details,
            &self.completion_token_details,
        ];
        names.into_iter().find_map(Option::as_ref)
    }

    /// In the order of [`PARTS`].
    fn parts(&self) -> [Option<u64>; PARTS.len()] {
        let (input, output) = (self.input(), self.output());
        [
            input.and_then(|details| details.text_tokens),
            input.and_then(|details| details.image_tokens),
            input.and_then(|details| details.audio_tokens),
            output.and_then(|details| details.text_tokens),
            output.and_then(|details| details.image_tokens),
            output.and_then(|details| details.audio_tokens),
            output.and_then(|details| details.accepted_prediction_tokens),
            output.and_then(|details| details.rejected_prediction_tokens),
        ]
    }
}

impl From<&WireUsage> for Usage {
    fn from(wire: &WireUsage) -> Self {
        let (input, output) = (wire.input(), wire.output());
        Self {
            input_tokens: wire.input_tokens.or(wire.prompt_tokens),
            output_tokens: wire.output_tokens.or(wire.completion_tokens),
            cache_read_input_tokens: input
                .and_then(|details| details.cached_tokens)
                .or(wire.prompt_cache_hit_tokens)
                .or(wire.cached_tokens)
                .or(wire.num_cached_tokens),
            cache_creation_input_tokens: input.and_then(|details| details.cache_write_tokens),
            reasoning_output_tokens: output
                .and_then(|details| details.reasoning_tokens)
                .or(wire.reasoning_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Fact;

    fn counts(reports: &[&str]) -> (Usage, Vec<(&'static str, Fact)>) {
        let mut counts = Counts::default();
        for report in reports {
            counts.report(&serde_json::from_str(report).unwrap());
        }
        let mut facts = Facts::default();
        counts.tell(&mut facts);
        let facts = facts.iter().cloned().collect();
        (counts.tokens.inclusive().0, facts)
    }

    #[test]
    fn a_count_is_the_same_under_each_of_its_names() {
        let expected = Usage {
            input_tokens: Some(9),
            output_tokens: Some(7),
            cache_read_input_tokens: Some(4),
            cache_creation_input_tokens: None,
            reasoning_output_tokens: Some(2),
        };
        for report in [
            r#"{"input_tokens": 9, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 4},
                "output_tokens_details": {"reasoning_tokens": 2}}"#,
            r#"{"prompt_tokens": 9, "completion_tokens": 7, "prompt_token_details": {"cached_tokens": 4},
                "completion_token_details": {"reasoning_tokens": 2}}"#,
            r#"{"prompt_tokens": 9, "completion_tokens": 7, "num_cached_tokens": 4, "reasoning_tokens": 2}"#,
            r#"{"prompt_tokens": 9, "completion_tokens": 7, "cached_tokens": 4, "reasoning_tokens": 2,
                "prompt_tokens_details": null}"#,
        ] {
            assert_eq!(counts(&[report]).0, expected, "{report}");
        }
    }

    #[test]
    fn reasoning_is_added_where_the_total_tells_that_it_is_apart() {
        let apart = r#"{"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 18,
            "completion_tokens_details": {"reasoning_tokens": 2}}"#;
        assert_eq!(counts(&[apart]).0.output_tokens, Some(9));
        let within = apart.replace("18", "16");
        assert_eq!(counts(&[&within]).0.output_tokens, Some(7));
    }

    #[test]
    fn a_total_is_a_fact_where_it_is_the_only_count() {
        let (usage, facts) = counts(&[r#"{"total_tokens": 57}"#]);
        assert_eq!(usage, Usage::default());
        let total = (attribute::TURNSPAN_USAGE_TOTAL_TOKENS, Fact::Int(57));
        assert_eq!(facts, [total]);
        assert_eq!(
            counts(&[r#"{"prompt_tokens": 57, "total_tokens": 57}"#]).1,
            []
        );
    }

    #[test]
    fn parts_and_seconds_are_facts_unless_none_or_beyond_all() {
        let report = r#"{"seconds": 6, "prompt_tokens_details": {"audio_tokens": 0, "text_tokens": 5},
            "completion_tokens_details": {"accepted_prediction_tokens": 3, "audio_tokens": 1e300}}"#;
        let later = r#"{"prompt_tokens_details": {"text_tokens": 6}}"#;
        assert_eq!(
            counts(&[report, later]).1,
            [
                (attribute::TURNSPAN_USAGE_SECONDS, Fact::Float(6.0)),
                (attribute::TURNSPAN_USAGE_TEXT_INPUT_TOKENS, Fact::Int(6)),
                (
                    attribute::TURNSPAN_USAGE_ACCEPTED_PREDICTION_TOKENS,
                    Fact::Int(3)
                ),
            ]
        );
    }
}
