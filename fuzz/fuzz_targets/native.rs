//! Any bytes as a request and an answer in the formats of single providers, whole
//! and as events, a line each. The first byte says of which.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// Each with a request that shows what its path means.
const CALLS: [(&str, &str); 10] = [
    ("/api/chat", ""),
    ("/api/embed", ""),
    ("https://api.cohere.com/v2/chat", ""),
    ("https://api.cohere.com/v1/chat", ""),
    ("https://api.cohere.com/v2/embed", ""),
    ("/generate_stream", r#"{"inputs": "a"}"#),
    ("/ml/v1/text/generation", ""),
    ("/ai/run/@cf/meta/llama", r#"{"messages": []}"#),
    ("/cortex/inference:complete", ""),
    ("/completion", r#"{"prompt": "a", "n_predict": 1}"#),
];

fuzz_target!(|input: &[u8]| {
    let [which, bytes @ ..] = input else {
        return;
    };
    let (url, like) = CALLS[usize::from(*which) % CALLS.len()];
    turnspan::fuzzing::read_as(url, like.as_bytes(), bytes, bytes);
});
