//! Of any document in any chunks the same is kept, and JSON stays JSON.
#![no_main]

mod chunks;

use libfuzzer_sys::fuzz_target;
use turnspan::fuzzing::skim;

fuzz_target!(|input: &[u8]| {
    let [seed, document @ ..] = input else {
        return;
    };
    let kept = skim([document]);
    assert_eq!(skim(chunks::chunks(*seed, document)), kept);
    assert!(kept.len() <= document.len());
});
