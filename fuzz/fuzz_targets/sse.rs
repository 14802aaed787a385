//! Any bytes in any chunks are the events that the standard says, and what servers
//! write beside it.
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
    assert_eq!(cut, line_by_line(stream));
});

/// The rules one after the other, over the whole stream.
fn line_by_line(stream: &[u8]) -> Vec<Vec<u8>> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let (mut events, mut data) = (Vec::new(), Vec::<&[u8]>::new());
    let mut is_bare = false;
    for line in lines(stream) {
        if line.is_empty() {
            if !data.is_empty() {
                events.push(data.join(&b'\n'));
            }
            data.clear();
            is_bare = false;
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" | b"error" => data.push(value),
            b"event" => {}
            _ => {
                // JSON without the name of a field, until the event ends.
                is_bare |= line.starts_with(b"{");
                data.extend(is_bare.then_some(line));
            }
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
