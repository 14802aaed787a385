//! The names of counts, by everybody who counts tokens in an object of their own.

use super::count::Count;

/// The object in which a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Usage,
    InputDetails,
    OutputDetails,
    /// What went into a cache, by how long it stays there.
    CacheCreation,
    ServerTools,
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Count(Count),
    Object(Within),
    Seconds,
    Iterations,
}

use Meaning::{Iterations, Object, Seconds};

type Row = (&'static str, Meaning);

const fn count(name: &'static str, count: Count) -> Row {
    (name, Meaning::Count(count))
}

/// Of names of one count the first comes first. Apart from that, what is seldom
/// written comes last: most names are found by then.
const USAGE: &[Row] = &[
    count("input_tokens", Count::Input),
    count("prompt_tokens", Count::Input),
    count("output_tokens", Count::Output),
    count("completion_tokens", Count::Output),
    count("total_tokens", Count::Total),
    ("prompt_tokens_details", Object(Within::InputDetails)),
    ("completion_tokens_details", Object(Within::OutputDetails)),
    ("input_tokens_details", Object(Within::InputDetails)),
    ("output_tokens_details", Object(Within::OutputDetails)),
    // Anthropic, and gateways before it.
    count("cache_read_input_tokens", Count::AnthropicCacheRead),
    count("cache_creation_input_tokens", Count::AnthropicCacheWrite),
    ("cache_creation", Object(Within::CacheCreation)),
    ("server_tool_use", Object(Within::ServerTools)),
    // DeepSeek.
    count("prompt_cache_hit_tokens", Count::CacheRead),
    // Together and Moonshot.
    count("cached_tokens", Count::CacheRead),
    // Mistral.
    count("num_cached_tokens", Count::CacheRead),
    // Copilot.
    count("reasoning_tokens", Count::Reasoning),
    // Perplexity.
    count("num_search_queries", Count::WebSearch),
    // xAI.
    (
        "server_side_tool_usage_details",
        Object(Within::ServerTools),
    ),
    ("iterations", Iterations),
    ("seconds", Seconds),
    // Mistral.
    ("prompt_audio_seconds", Seconds),
    // Transcriptions.
    ("input_token_details", Object(Within::InputDetails)),
    ("output_token_details", Object(Within::OutputDetails)),
    // Assistants and Writer.
    ("prompt_token_details", Object(Within::InputDetails)),
    ("completion_token_details", Object(Within::OutputDetails)),
    // Bedrock, and what is written in JavaScript.
    count("inputTokens", Count::Input),
    count("promptTokens", Count::Input),
    count("outputTokens", Count::Output),
    count("completionTokens", Count::Output),
    count("totalTokens", Count::Total),
    count("cacheReadInputTokens", Count::CacheRead),
    count("cacheWriteInputTokens", Count::CacheWrite),
];

const INPUT_DETAILS: &[Row] = &[
    count("cached_tokens", Count::CacheRead),
    count("audio_tokens", Count::AudioInput),
    count("text_tokens", Count::TextInput),
    count("image_tokens", Count::ImageInput),
    count("cache_write_tokens", Count::CacheWrite),
    // LiteLLM.
    count("cache_creation_tokens", Count::CacheWrite),
    (
        "cache_creation_token_details",
        Object(Within::CacheCreation),
    ),
];

const OUTPUT_DETAILS: &[Row] = &[
    count("reasoning_tokens", Count::Reasoning),
    count("audio_tokens", Count::AudioOutput),
    count("accepted_prediction_tokens", Count::AcceptedPrediction),
    count("rejected_prediction_tokens", Count::RejectedPrediction),
    count("text_tokens", Count::TextOutput),
    count("image_tokens", Count::ImageOutput),
    // Anthropic.
    count("thinking_tokens", Count::Reasoning),
];

const CACHE_CREATION: &[Row] = &[
    count("ephemeral_5m_input_tokens", Count::CacheWrite5m),
    count("ephemeral_1h_input_tokens", Count::CacheWrite1h),
];

const SERVER_TOOLS: &[Row] = &[
    count("web_search_requests", Count::WebSearch),
    count("web_fetch_requests", Count::WebFetch),
    count("code_execution_requests", Count::CodeExecution),
    // xAI.
    count("web_search_calls", Count::WebSearch),
    count("code_interpreter_calls", Count::CodeExecution),
];

/// What a name says in an object, and its place: a count by a name of a lower place
/// holds before others of the same. What is told in details comes first.
pub(super) fn meaning(within: Within, name: &str) -> Option<(Meaning, u8)> {
    let (rows, first) = match within {
        Within::InputDetails => (INPUT_DETAILS, 1),
        Within::OutputDetails => (OUTPUT_DETAILS, 1),
        Within::CacheCreation => (CACHE_CREATION, 1),
        Within::ServerTools => (SERVER_TOOLS, 1),
        Within::Usage => (USAGE, 100),
    };
    let mut rows = rows.iter().zip(first..);
    let row = rows.find(|(row, _)| row.0 == name);
    row.map(|(row, place)| (row.1, place))
}
