//! Any bytes in any chunks are the events that the standard says.
#![no_main]

mod chunks;

use libfuzzer_sys::fuzz_target;
use turnspan::fuzzing::events;

fuzz_target!(|input: &[u8]| {
    // The first byte is the seed of the cuts.
    let Some((seed, stream)) = input.split_first() else {
        return;
    };
    let cut = events(chunks::chunks(*seed, stream));
    assert_eq!(cut, events([stream]));
    assert_eq!(cut, by_the_standard(stream));
});

/// The rules of the standard one after the other, over the whole stream.
fn by_the_standard(stream: &[u8]) -> Vec<Vec<u8>> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let (mut events, mut data) = (Vec::new(), Vec::<&[u8]>::new());
    for line in lines(stream) {
        if line.is_empty() {
            if !data.is_empty() {
                events.push(data.join(&b'\n'));
            }
            data.clear();
        } else if line == b"data" {
            data.push(b"");
        } else if let Some(value) = line.strip_prefix(b"data:") {
            data.push(value.strip_prefix(b" ").unwrap_or(value));
        }
    }
    events
}

/// Lines with an end; what comes after the last end is none.
fn lines(stream: &[u8]) -> Vec<&[u8]> {
    let (mut lines, mut from, mut at) = (Vec::new(), 0, 0);
    while at < stream.len() {
        let end = match &stream[at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if end > 0 {
            lines.push(&stream[from..at]);
            from = at + end;
        }
        at += end.max(1);
    }
    lines
}
