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
    /// A count, and how far down the table it stands: the first that says something
    /// holds.
    Count(Count, u8),
    Object(Within),
    Seconds,
    Iterations,
}

/// Of names of one count the first comes first.
const COUNTS: &[(Within, &str, Count)] = &[
    (Within::Usage, "input_tokens", Count::Input),
    (Within::Usage, "prompt_tokens", Count::Input),
    (Within::Usage, "inputTokens", Count::Input),
    (Within::Usage, "promptTokens", Count::Input),
    (Within::Usage, "output_tokens", Count::Output),
    (Within::Usage, "completion_tokens", Count::Output),
    (Within::Usage, "outputTokens", Count::Output),
    (Within::Usage, "completionTokens", Count::Output),
    (Within::Usage, "total_tokens", Count::Total),
    (Within::Usage, "totalTokens", Count::Total),
    (Within::InputDetails, "cached_tokens", Count::CacheRead),
    // Anthropic, and gateways before it.
    (
        Within::Usage,
        "cache_read_input_tokens",
        Count::AnthropicCacheRead,
    ),
    // DeepSeek.
    (Within::Usage, "prompt_cache_hit_tokens", Count::CacheRead),
    // Together and Moonshot.
    (Within::Usage, "cached_tokens", Count::CacheRead),
    // Mistral.
    (Within::Usage, "num_cached_tokens", Count::CacheRead),
    // Bedrock.
    (Within::Usage, "cacheReadInputTokens", Count::CacheRead),
    (
        Within::InputDetails,
        "cache_write_tokens",
        Count::CacheWrite,
    ),
    // LiteLLM.
    (
        Within::InputDetails,
        "cache_creation_tokens",
        Count::CacheWrite,
    ),
    (
        Within::Usage,
        "cache_creation_input_tokens",
        Count::AnthropicCacheWrite,
    ),
    (Within::Usage, "cacheWriteInputTokens", Count::CacheWrite),
    (
        Within::CacheCreation,
        "ephemeral_5m_input_tokens",
        Count::CacheWrite5m,
    ),
    (
        Within::CacheCreation,
        "ephemeral_1h_input_tokens",
        Count::CacheWrite1h,
    ),
    (Within::OutputDetails, "reasoning_tokens", Count::Reasoning),
    // Anthropic.
    (Within::OutputDetails, "thinking_tokens", Count::Reasoning),
    // Copilot.
    (Within::Usage, "reasoning_tokens", Count::Reasoning),
    (Within::InputDetails, "text_tokens", Count::TextInput),
    (Within::InputDetails, "image_tokens", Count::ImageInput),
    (Within::InputDetails, "audio_tokens", Count::AudioInput),
    (Within::OutputDetails, "text_tokens", Count::TextOutput),
    (Within::OutputDetails, "image_tokens", Count::ImageOutput),
    (Within::OutputDetails, "audio_tokens", Count::AudioOutput),
    (
        Within::OutputDetails,
        "accepted_prediction_tokens",
        Count::AcceptedPrediction,
    ),
    (
        Within::OutputDetails,
        "rejected_prediction_tokens",
        Count::RejectedPrediction,
    ),
    (Within::ServerTools, "web_search_requests", Count::WebSearch),
    // xAI.
    (Within::ServerTools, "web_search_calls", Count::WebSearch),
    // Perplexity.
    (Within::Usage, "num_search_queries", Count::WebSearch),
    (Within::ServerTools, "web_fetch_requests", Count::WebFetch),
    (
        Within::ServerTools,
        "code_execution_requests",
        Count::CodeExecution,
    ),
    (
        Within::ServerTools,
        "code_interpreter_calls",
        Count::CodeExecution,
    ),
];

const OBJECTS: &[(Within, &str, Within)] = &[
    (Within::Usage, "input_tokens_details", Within::InputDetails),
    (Within::Usage, "prompt_tokens_details", Within::InputDetails),
    // Transcriptions.
    (Within::Usage, "input_token_details", Within::InputDetails),
    // Assistants and Writer.
    (Within::Usage, "prompt_token_details", Within::InputDetails),
    (
        Within::Usage,
        "output_tokens_details",
        Within::OutputDetails,
    ),
    (
        Within::Usage,
        "completion_tokens_details",
        Within::OutputDetails,
    ),
    (Within::Usage, "output_token_details", Within::OutputDetails),
    (
        Within::Usage,
        "completion_token_details",
        Within::OutputDetails,
    ),
    (Within::Usage, "cache_creation", Within::CacheCreation),
    // LiteLLM.
    (
        Within::InputDetails,
        "cache_creation_token_details",
        Within::CacheCreation,
    ),
    (Within::Usage, "server_tool_use", Within::ServerTools),
    // xAI.
    (
        Within::Usage,
        "server_side_tool_usage_details",
        Within::ServerTools,
    ),
];

/// What a name says in an object.
pub(super) fn meaning(within: Within, name: &str) -> Option<Meaning> {
    let mut counts = (0..).zip(COUNTS);
    let count = counts.find(|(_, row)| row.0 == within && row.1 == name);
    if let Some((place, (_, _, count))) = count {
        return Some(Meaning::Count(*count, place));
    }
    let object = OBJECTS.iter().find(|row| row.0 == within && row.1 == name);
    if let Some((_, _, object)) = object {
        return Some(Meaning::Object(*object));
    }
    match name {
        // The second is Mistral's.
        "seconds" | "prompt_audio_seconds" if within == Within::Usage => Some(Meaning::Seconds),
        "iterations" if within == Within::Usage => Some(Meaning::Iterations),
        _ => None,
    }
}
