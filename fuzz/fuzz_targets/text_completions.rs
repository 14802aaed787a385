//! Any bytes as a request and an answer, whole and as events, a line each. The
//! first byte says of which operation.
#![no_main]

use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 2] = ["/v1/completions", "/v1/complete"];

fuzz_target!(|input: &[u8]| {
    let [which, bytes @ ..] = input else {
        return;
    };
    let path = PATHS[usize::from(*which) % PATHS.len()];
    turnspan::fuzzing::read(path, bytes, bytes);
});
