//! What was used, by everybody who counts tokens in an object of their own.

mod count;
mod names;
mod wire;

pub(super) use wire::WireUsage;

use crate::operation::usage::{IMPLAUSIBLE_TOKENS, later};
use crate::operation::{Counting, Facts, Tokens};
use crate::semconv::attribute;
use count::{Count, PerCount};

/// The ledger of an answer: what was reported so far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) tokens: Tokens,
    seconds: Option<f64>,
    parts: PerCount<Option<u64>>,
    billed: [Option<u64>; BILLED.len()],
}

/// The attributes of what is billed, where that is counted apart.
const BILLED: [&str; 3] = [
    attribute::TURNSPAN_USAGE_BILLED_INPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_OUTPUT_TOKENS,
    attribute::TURNSPAN_USAGE_BILLED_SEARCH_UNITS,
];

/// The attributes of parts of the tokens, and of what tools of the provider's did.
const PARTS: [(Count, &str); 13] = [
    (
        Count::TextInput,
        attribute::TURNSPAN_USAGE_TEXT_INPUT_TOKENS,
    ),
    (
        Count::ImageInput,
        attribute::TURNSPAN_USAGE_IMAGE_INPUT_TOKENS,
    ),
    (
        Count::AudioInput,
        attribute::TURNSPAN_USAGE_AUDIO_INPUT_TOKENS,
    ),
    (
        Count::TextOutput,
        attribute::TURNSPAN_USAGE_TEXT_OUTPUT_TOKENS,
    ),
    (
        Count::ImageOutput,
        attribute::TURNSPAN_USAGE_IMAGE_OUTPUT_TOKENS,
    ),
    (
        Count::AudioOutput,
        attribute::TURNSPAN_USAGE_AUDIO_OUTPUT_TOKENS,
    ),
    (
        Count::AcceptedPrediction,
        attribute::TURNSPAN_USAGE_ACCEPTED_PREDICTION_TOKENS,
    ),
    (
        Count::RejectedPrediction,
        attribute::TURNSPAN_USAGE_REJECTED_PREDICTION_TOKENS,
    ),
    (
        Count::CacheWrite5m,
        attribute::TURNSPAN_USAGE_CACHE_CREATION_5M_INPUT_TOKENS,
    ),
    (
        Count::CacheWrite1h,
        attribute::TURNSPAN_USAGE_CACHE_CREATION_1H_INPUT_TOKENS,
    ),
    (
        Count::WebSearch,
        attribute::TURNSPAN_USAGE_WEB_SEARCH_REQUESTS,
    ),
    (
        Count::WebFetch,
        attribute::TURNSPAN_USAGE_WEB_FETCH_REQUESTS,
    ),
    (
        Count::CodeExecution,
        attribute::TURNSPAN_USAGE_CODE_EXECUTION_REQUESTS,
    ),
];

impl Counts {
    pub(super) fn counted(counting: Counting) -> Self {
        Self {
            tokens: Tokens::counted(counting),
            ..Self::default()
        }
    }

    /// Takes a report: what it says holds from now on, what it does not say stays.
    pub(super) fn report(&mut self, wire: &WireUsage) {
        let is_anthropic = self.tokens.counting() == Counting::ANTHROPIC;
        self.tokens.report(wire.counts.usage(is_anthropic));
        self.tokens.report_total(wire.counts.get(Count::Total));
        self.parts.update(&wire.counts);
        self.seconds = wire.seconds.or(self.seconds);
        if let Some(passes) = wire.iterations {
            self.bill([passes.input_tokens, passes.output_tokens, None]);
        }
    }

    /// Takes what is billed, in the order of [`BILLED`].
    pub(super) fn bill(&mut self, billed: [Option<u64>; BILLED.len()]) {
        for (known, said) in self.billed.iter_mut().zip(billed) {
            *known = later(*known, said);
        }
    }

    /// What is known besides tokens. Of parts that are none nothing is told: most
    /// answers have a list of them.
    pub(super) fn tell(&self, facts: &mut Facts) {
        facts.know(attribute::TURNSPAN_USAGE_SECONDS, self.seconds);
        let total = plausible(self.tokens.lone_total());
        facts.know(attribute::TURNSPAN_USAGE_TOTAL_TOKENS, total);
        for (name, count) in BILLED.into_iter().zip(self.billed) {
            facts.know(name, plausible(count));
        }
        for (part, name) in PARTS {
            let count = self.parts.get(part).filter(|count| *count > 0);
            facts.know(name, plausible(count));
        }
    }
}

/// A count that can be, as a fact.
fn plausible(count: Option<u64>) -> Option<i64> {
    let count = count.filter(|count| *count < IMPLAUSIBLE_TOKENS);
    count.and_then(|count| i64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Fact, Usage};

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
    fn the_first_name_that_says_something_holds_in_whatever_order_they_come() {
        for report in [
            r#"{"input_tokens": 9, "prompt_tokens": 8}"#,
            r#"{"prompt_tokens": 8, "input_tokens": 9}"#,
            r#"{"prompt_tokens": 9, "input_tokens": 0}"#,
            r#"{"input_tokens": null, "prompt_tokens": 9}"#,
            r#"{"input_tokens": "9", "prompt_tokens": 9.0}"#,
        ] {
            assert_eq!(counts(&[report]).0.input_tokens, Some(9), "{report}");
        }
        let none = r#"{"prompt_tokens": 0, "input_tokens": 0, "output_tokens": null}"#;
        let (usage, _) = counts(&[none]);
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(0), None));
    }

    #[test]
    fn what_was_cached_is_counted_under_each_of_its_names() {
        for report in [
            r#"{"prompt_tokens": 1000, "cache_read_input_tokens": 900, "cache_creation_input_tokens": 50}"#,
            r#"{"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 50}}"#,
            r#"{"prompt_tokens": 1000, "prompt_tokens_details": {"cached_tokens": 0, "cache_creation_tokens": 50},
                "cache_read_input_tokens": 900}"#,
            r#"{"inputTokens": 1000, "cacheReadInputTokens": 900, "cacheWriteInputTokens": 50}"#,
            r#"{"prompt_tokens": 1000, "prompt_cache_hit_tokens": 900, "cache_creation":
                {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}}"#,
        ] {
            let (usage, _) = counts(&[report]);
            assert_eq!(usage.input_tokens, Some(1000), "{report}");
            assert_eq!(usage.cache_read_input_tokens, Some(900), "{report}");
            assert_eq!(usage.cache_creation_input_tokens, Some(50), "{report}");
        }
    }

    #[test]
    fn a_0_by_the_names_of_another_format_is_no_count() {
        let report = r#"{"prompt_tokens": 9, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}"#;
        let (usage, _) = counts(&[report]);
        assert_eq!(usage.cache_read_input_tokens, None);
        assert_eq!(usage.cache_creation_input_tokens, None);
        let mut counts = Counts::counted(Counting::ANTHROPIC);
        counts.report(&serde_json::from_str(report).unwrap());
        let (usage, _) = counts.tokens.inclusive();
        assert_eq!(usage.cache_read_input_tokens, Some(0));
        assert_eq!(usage.cache_creation_input_tokens, Some(0));
    }

    #[test]
    fn an_empty_report_at_the_end_or_the_beginning_takes_nothing_away() {
        let real = r#"{"prompt_tokens": 30, "completion_tokens": 2, "total_tokens": 32,
            "prompt_tokens_details": {"audio_tokens": 3}}"#;
        let zeros = r#"{"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0}}"#;
        let nulls =
            r#"{"prompt_tokens": null, "completion_tokens": null, "prompt_tokens_details": null}"#;
        for reports in [[zeros, real, nulls], [nulls, real, zeros]] {
            let (usage, facts) = counts(&reports);
            assert_eq!(
                (usage.input_tokens, usage.output_tokens),
                (Some(30), Some(2))
            );
            assert_eq!(
                facts,
                [(attribute::TURNSPAN_USAGE_AUDIO_INPUT_TOKENS, Fact::Int(3))]
            );
        }
    }

    #[test]
    fn tools_of_the_provider_are_counted_unless_they_did_nothing() {
        let searches = (attribute::TURNSPAN_USAGE_WEB_SEARCH_REQUESTS, Fact::Int(2));
        for report in [
            r#"{"server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0}}"#,
            r#"{"server_side_tool_usage_details": {"web_search_calls": 2, "x_search_calls": 1}}"#,
            r#"{"num_search_queries": 2, "server_tool_use": null}"#,
        ] {
            assert_eq!(
                counts(&[report]).1.as_slice(),
                std::slice::from_ref(&searches),
                "{report}"
            );
        }
    }

    #[test]
    fn the_passes_of_an_answer_are_billed_and_beside_its_own_counts() {
        let report = r#"{"input_tokens": 100, "output_tokens": 8, "iterations": [
            {"type": "compaction", "input_tokens": 900, "output_tokens": 70},
            {"type": "message", "input_tokens": 60, "cache_read_input_tokens": 40, "output_tokens": 8}, null]}"#;
        let (usage, facts) = counts(&[report]);
        assert_eq!(
            (usage.input_tokens, usage.output_tokens),
            (Some(100), Some(8))
        );
        assert_eq!(
            facts,
            [
                (
                    attribute::TURNSPAN_USAGE_BILLED_INPUT_TOKENS,
                    Fact::Int(1000)
                ),
                (
                    attribute::TURNSPAN_USAGE_BILLED_OUTPUT_TOKENS,
                    Fact::Int(78)
                ),
            ]
        );
        assert_eq!(counts(&[r#"{"iterations": []}"#]).1, []);
    }

    #[test]
    fn what_went_into_a_cache_is_told_by_age() {
        let report = r#"{"cache_creation_input_tokens": 50,
            "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30}}"#;
        let (usage, facts) = counts(&[report]);
        assert_eq!(usage.cache_creation_input_tokens, Some(50));
        assert_eq!(
            facts,
            [
                (
                    attribute::TURNSPAN_USAGE_CACHE_CREATION_5M_INPUT_TOKENS,
                    Fact::Int(20)
                ),
                (
                    attribute::TURNSPAN_USAGE_CACHE_CREATION_1H_INPUT_TOKENS,
                    Fact::Int(30)
                ),
            ]
        );
    }

    #[test]
    fn what_is_no_object_says_nothing() {
        for of_a_part in [
            "null",
            "1",
            "\"x\"",
            "[1]",
            "true",
            "{}",
            r#"{"cached_tokens": {}}"#,
        ] {
            let report = format!(
                r#"{{"prompt_tokens": 9, "prompt_tokens_details": {of_a_part}, "iterations": {of_a_part}}}"#
            );
            let (usage, facts) = counts(&[&report]);
            assert_eq!((usage.input_tokens, facts), (Some(9), vec![]), "{report}");
            assert_eq!(usage.cache_read_input_tokens, None, "{report}");
        }
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
