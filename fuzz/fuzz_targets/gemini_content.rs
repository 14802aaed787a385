//! Any bytes as a request and an answer, whole and as chunks, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    turnspan::fuzzing::read("/v1beta/models/gemini:streamGenerateContent", bytes, bytes);
});
