//! Any bytes as a request and an answer, whole and as events, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    turnspan::fuzzing::read("/v1/threads/thread_1/runs", bytes, bytes);
});
