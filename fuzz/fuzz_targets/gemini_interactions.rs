//! Any bytes as a request and an answer, whole and as chunks, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    turnspan::fuzzing::read(
        "https://generativelanguage.googleapis.com/v1beta/interactions",
        bytes,
        bytes,
    );
});
