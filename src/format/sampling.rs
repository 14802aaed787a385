//! Parameters of a request that most formats have, each under its own names.

use crate::operation::Facts;
use crate::semconv::attribute;

/// How an answer is to be generated, as far as the request says it.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    pub(super) frequency_penalty: Option<f64>,
    pub(super) max_tokens: Option<i64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) seed: Option<i64>,
    pub(super) stop: Vec<String>,
    pub(super) temperature: Option<f64>,
    pub(super) top_k: Option<f64>,
    pub(super) top_p: Option<f64>,
}

impl Sampling {
    pub(super) fn tell(self, facts: &mut Facts) {
        facts.know(
            attribute::GEN_AI_REQUEST_FREQUENCY_PENALTY,
            self.frequency_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_MAX_TOKENS, self.max_tokens);
        facts.know(
            attribute::GEN_AI_REQUEST_PRESENCE_PENALTY,
            self.presence_penalty,
        );
        facts.know(attribute::GEN_AI_REQUEST_SEED, self.seed);
        let stop = Some(self.stop).filter(|stop| !stop.is_empty());
        facts.know(attribute::GEN_AI_REQUEST_STOP_SEQUENCES, stop);
        facts.know(attribute::GEN_AI_REQUEST_TEMPERATURE, self.temperature);
        facts.know(attribute::GEN_AI_REQUEST_TOP_K, self.top_k);
        facts.know(attribute::GEN_AI_REQUEST_TOP_P, self.top_p);
    }
}
