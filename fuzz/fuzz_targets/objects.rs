//! Any bytes as a request and an answer, whole and as events, a line each. The
//! first byte says of which operation.
#![no_main]

use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 7] = [
    "/v1/embeddings",
    "/v1/images/generations",
    "/v1/audio/transcriptions",
    "/v1/audio/speech",
    "/v1/vector_stores/vs_1/search",
    "/v1/assistants",
    "/v1/batches",
];

fuzz_target!(|input: &[u8]| {
    let [which, bytes @ ..] = input else {
        return;
    };
    let path = PATHS[usize::from(*which) % PATHS.len()];
    turnspan::fuzzing::read(path, bytes, bytes);
});
