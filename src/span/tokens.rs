//! The instruments that count tokens: one histogram as published, counters and
//! histograms of their own in the latest state of the conventions.

use crate::conventions::Conventions;
use crate::operation::Usage;
use crate::semconv::{TOKENS_BOUNDARIES, attribute, metric, value};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

/// Takes what the provider counted; what it did not count is no 0.
#[derive(Debug)]
pub(super) enum Tokens {
    /// By `gen_ai.token.type`.
    Published(Histogram<u64>),
    Latest(Box<Latest>),
}

/// Names and instruments for each kind of token.
#[derive(Debug)]
pub(super) struct Latest {
    /// Of one operation: input and output.
    operation: [Histogram<u64>; 2],
    /// In the order of [`kinds`].
    usage: [Counter<u64>; 5],
}

const USAGE: [(&str, &str); 5] = [
    (
        metric::GEN_AI_CLIENT_INFERENCE_USAGE_INPUT_TOKENS,
        "Input tokens, cached ones included.",
    ),
    (
        metric::GEN_AI_CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS,
        "Output tokens, those of reasoning included.",
    ),
    (
        metric::GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS,
        "Input tokens that came from the cache.",
    ),
    (
        metric::GEN_AI_CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS,
        "Input tokens that went into the cache.",
    ),
    (
        metric::GEN_AI_CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS,
        "Output tokens of reasoning.",
    ),
];

impl Tokens {
    pub(super) fn new(meter: &Meter, conventions: Conventions) -> Self {
        let histogram = |name, about| {
            let histogram = meter.u64_histogram(name).with_unit("{token}");
            let histogram = histogram.with_description(about);
            histogram
                .with_boundaries(TOKENS_BOUNDARIES.to_vec())
                .build()
        };
        match conventions {
            Conventions::Published => Self::Published(histogram(
                metric::GEN_AI_CLIENT_TOKEN_USAGE,
                "Tokens of one operation, as the provider counted them.",
            )),
            Conventions::Latest => Self::Latest(Box::new(Latest {
                operation: [
                    histogram(
                        metric::GEN_AI_CLIENT_INFERENCE_OPERATION_INPUT_TOKENS,
                        "Input tokens of one operation.",
                    ),
                    histogram(
                        metric::GEN_AI_CLIENT_INFERENCE_OPERATION_OUTPUT_TOKENS,
                        "Output tokens of one operation.",
                    ),
                ],
                usage: USAGE.map(|(name, about)| {
                    let counter = meter.u64_counter(name).with_unit("{token}");
                    counter.with_description(about).build()
                }),
            })),
        }
    }

    /// What a call used, which had these attributes and this error.
    pub(super) fn used(&self, usage: &Usage, of: &[KeyValue], error: Option<&KeyValue>) {
        match self {
            Self::Published(tokens) => {
                for (kind, count) in [
                    (value::token_type::INPUT, usage.input_tokens),
                    (value::token_type::OUTPUT, usage.output_tokens),
                ] {
                    let Some(count) = count else { continue };
                    let kind = KeyValue::new(attribute::GEN_AI_TOKEN_TYPE, kind);
                    tokens.record(count, &with(of, Some(&kind)));
                }
            }
            Self::Latest(latest) => latest.used(usage, of, error),
        }
    }
}

impl Latest {
    fn used(&self, usage: &Usage, of: &[KeyValue], error: Option<&KeyValue>) {
        let kinds = kinds(usage);
        for (histogram, count) in self.operation.iter().zip(kinds) {
            if let Some(count) = count {
                histogram.record(count, &with(of, error));
            }
        }
        // Providers count together what was text and what was not.
        let modality = KeyValue::new(
            attribute::GEN_AI_TOKEN_MODALITY,
            value::token_modality::UNKNOWN,
        );
        for (counter, count) in self.usage.iter().zip(kinds) {
            if let Some(count) = count {
                counter.add(count, &with(of, Some(&modality)));
            }
        }
    }
}

fn kinds(usage: &Usage) -> [Option<u64>; 5] {
    [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        usage.reasoning_output_tokens,
    ]
}

pub(super) fn with(of: &[KeyValue], one_more: Option<&KeyValue>) -> Vec<KeyValue> {
    of.iter().chain(one_more).cloned().collect()
}
