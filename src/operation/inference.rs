//! One inference: the request's parameters and the response's facts.

use super::{Output, Usage};

/// What was asked of a model, without what was said to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct InferenceRequest {
    pub(crate) model: Option<String>,
    /// Whether the answer was asked for as a stream.
    pub(crate) stream: bool,
    pub(crate) parameters: Parameters,
    pub(crate) message_count: Option<i64>,
    /// Ids of the tool calls whose results this request carries.
    pub(crate) answered_ids: Vec<String>,
    /// What the provider's own refinement of the conventions adds.
    pub(crate) refinements: Vec<(&'static str, Fact)>,
}

/// The request parameters that the conventions name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters {
    pub(crate) choice_count: Option<i64>,
    pub(crate) frequency_penalty: Option<f64>,
    pub(crate) max_tokens: Option<i64>,
    pub(crate) output_type: Option<&'static str>,
    pub(crate) presence_penalty: Option<f64>,
    pub(crate) reasoning_level: Option<String>,
    pub(crate) seed: Option<i64>,
    pub(crate) stop_sequences: Vec<String>,
    pub(crate) temperature: Option<f64>,
    pub(crate) top_k: Option<f64>,
    pub(crate) top_p: Option<f64>,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct InferenceResponse {
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    /// By choice, in the provider's words; `None` where it never came.
    pub(crate) finish_reasons: Vec<Option<String>>,
    pub(crate) usage: Usage,
    /// Whether the provider reported counts that cannot be.
    pub(crate) has_implausible_usage: bool,
    /// Input tokens in the provider's own counting, where that leaves out
    /// what came from its cache or went there.
    pub(crate) uncached_input_tokens: Option<u64>,
    pub(crate) tool_calls: Vec<ToolCall>,
    /// Whether more was said than is kept.
    pub(crate) is_truncated: bool,
    /// What was said; nothing unless content is wanted.
    pub(crate) output: Output,
    pub(crate) refinements: Vec<(&'static str, Fact)>,
}

/// A tool that the model asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ToolCall {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    /// The arguments as the model wrote them; none unless content is wanted.
    pub(crate) arguments: Option<String>,
}

/// The value of an attribute that only one provider's refinement knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    Text(String),
    Constant(&'static str),
}
