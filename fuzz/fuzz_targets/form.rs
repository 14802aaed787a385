//! Any bytes are a form, if an odd one: no field is made up.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let boundaries = bytes.windows(3).filter(|it| it == b"--x").count();
    assert!(turnspan::fuzzing::form(bytes) < boundaries.max(1));
});
