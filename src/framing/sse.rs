//! Server-sent events, pushed in as the bytes arrive.
//!
//! Follows the event stream format of the WHATWG HTML standard (9.2.6): lines
//! end with LF, CRLF or CR, a leading byte order mark is skipped, comments and
//! fields other than `event` and `data` are passed over, `data` lines of one
//! event are joined by LF. Chunks may cut anywhere.
//!
//! Beyond the standard, what servers do write is not passed over: JSON without a
//! field name is data, and a field `error` is an event of that name.

use super::{Frame, MAX_FRAME_BYTES};
use memchr::{memchr, memchr2};

/// The most that is kept of the name of an event. No format has longer ones.
const MAX_NAME_BYTES: usize = 64;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Splits a byte stream into its events.
#[derive(Debug, Default)]
pub(crate) struct Sse {
    /// The unfinished line at the end of the last chunk.
    line: Vec<u8>,
    event: Unfinished,
    after_cr: bool,
    begun: bool,
    passed_over: u64,
}

/// An event so far.
#[derive(Debug, Default)]
struct Unfinished {
    data: Vec<u8>,
    data_lines: usize,
    name: Vec<u8>,
    is_overlong: bool,
    /// JSON without a field name has begun, and may take several lines.
    is_bare: bool,
}

impl Sse {
    /// Takes the next bytes and calls `event` with each event that they complete.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut event: impl FnMut(Frame<'_>)) {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = self.skip_line_end(rest);
            if self.line.is_empty() {
                self.take_line(line, &mut event);
            } else {
                self.keep_line(line);
                let whole = std::mem::take(&mut self.line);
                self.take_line(&whole, &mut event);
                self.line = whole;
                self.line.clear();
            }
        }
        self.keep_line(bytes);
    }

    /// No further bytes come: calls `event` with what is left.
    ///
    /// The standard throws away an event without its empty line. Servers do
    /// forget it at the end, and clients do read such an event.
    pub(super) fn end(&mut self, mut event: impl FnMut(Frame<'_>)) {
        self.push(b"\n\n", &mut event);
    }

    /// How many events were too long to keep.
    pub(super) fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// `rest` begins with a line end; a CR may have its LF in the next chunk.
    fn skip_line_end<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        if rest == b"\r" {
            self.after_cr = true;
        }
        match rest {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => rest,
        }
    }

    fn keep_line(&mut self, part: &[u8]) {
        if self.line.len() + part.len() > MAX_FRAME_BYTES {
            self.event.is_overlong = true;
        } else {
            self.line.extend_from_slice(part);
        }
    }

    fn take_line(&mut self, line: &[u8], event: &mut impl FnMut(Frame<'_>)) {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        };
        if line.is_empty() {
            return self.dispatch(event);
        }
        let (field, value) = match memchr(b':', line) {
            Some(colon) => line.split_at(colon),
            None => (line, [].as_slice()),
        };
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => self.event.add_data(value),
            b"event" => self.event.call(value),
            b"error" => {
                self.event.call(field);
                self.event.add_data(value);
            }
            [b'{', ..] => {
                self.event.is_bare = true;
                self.event.add_data(line);
            }
            _ if self.event.is_bare => self.event.add_data(line),
            _ => {}
        }
    }

    fn dispatch(&mut self, event: &mut impl FnMut(Frame<'_>)) {
        let finished = &mut self.event;
        if finished.is_overlong {
            self.passed_over += 1;
        } else if finished.data_lines > 0 {
            let name = std::str::from_utf8(&finished.name).ok();
            event(Frame {
                name: name.filter(|name| !name.is_empty()),
                data: &finished.data,
            });
        }
        // The buffers stay, for the next one.
        finished.name.clear();
        finished.data.clear();
        finished.data_lines = 0;
        (finished.is_overlong, finished.is_bare) = (false, false);
    }
}

impl Unfinished {
    fn call(&mut self, name: &[u8]) {
        self.name.clear();
        if name.len() <= MAX_NAME_BYTES {
            self.name.extend_from_slice(name);
        }
    }

    fn add_data(&mut self, value: &[u8]) {
        if self.data.len() + value.len() > MAX_FRAME_BYTES {
            self.is_overlong = true;
            return;
        }
        if self.data_lines > 0 {
            self.data.push(b'\n');
        }
        self.data_lines += 1;
        self.data.extend_from_slice(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut scanner = Sse::default();
        let mut events = Vec::new();
        for chunk in chunks {
            scanner.push(chunk, |event| {
                events.push(String::from_utf8_lossy(event.data).into_owned());
            });
        }
        events
    }

    #[test]
    fn an_event_ends_at_an_empty_line() {
        assert_eq!(events(&[b"data: a\n\ndata: b\n\ndata: c"]), ["a", "b"]);
    }

    #[test]
    fn every_line_end_counts_once() {
        assert_eq!(
            events(&[b"data: a\r\n\r\ndata: b\r\rdata: c\n\n"]),
            ["a", "b", "c"]
        );
        assert_eq!(events(&[b"data: a\r", b"\n\r", b"\n"]), ["a"]);
    }

    #[test]
    fn comments_other_fields_and_a_byte_order_mark_are_passed_over() {
        let stream = b"\xEF\xBB\xBF: hi\nevent: x\nid: 1\ndata:a\ndata: b\n\n:\n\ndata\n\n";
        assert_eq!(events(&[stream]), ["a\nb", ""]);
    }

    #[test]
    fn what_is_left_at_the_end_is_an_event_too() {
        for left in ["data: b", "data: b\n", "data: b\r", "data: b\r\n"] {
            let mut scanner = Sse::default();
            let mut events = Vec::new();
            let mut keep = |event: Frame<'_>| events.push(event.data.to_vec());
            scanner.push(b"data: a\n\n", &mut keep);
            scanner.push(left.as_bytes(), &mut keep);
            scanner.end(&mut keep);
            assert_eq!(events, [b"a", b"b"], "{left:?}");
        }
    }

    #[test]
    fn json_without_a_field_name_is_data() {
        let stream = b"data: a\n\n{\"error\": {\n  \"code\": 400\n}}\n\n{\"b\": 1}\ndata: c\n\n";
        let expected = ["a", "{\"error\": {\n  \"code\": 400\n}}", "{\"b\": 1}\nc"];
        assert_eq!(events(&[stream]), expected);
    }

    #[test]
    fn a_field_error_is_an_event_of_that_name() {
        let mut told = Vec::new();
        Sse::default().push(b"error: {}\n\ndata: a\n\n", |event| {
            told.push((event.name == Some("error"), event.data.to_vec()));
        });
        assert_eq!(told, [(true, b"{}".to_vec()), (false, b"a".to_vec())]);
    }

    #[test]
    fn an_event_has_the_name_that_it_was_given_last() {
        let mut named = Vec::new();
        Sse::default().push(
            b"event: error\ndata: a\n\nevent:message\ndata: b\n\ndata: c\n\nevent: error\n\ndata: d\n\n",
            |event| named.push(event.name.map(str::to_owned)),
        );
        let expected = [Some("error"), Some("message"), None, None];
        assert_eq!(named, expected.map(|name| name.map(str::to_owned)));
    }

    proptest! {
        #[test]
        fn chunking_changes_nothing(
            stream in proptest::collection::vec(
                prop_oneof![
                    Just("data: x"), Just("data:y"), Just("data"), Just(": c"),
                    Just("event: e"), Just("\n"), Just("\r\n"), Just("\r"),
                ],
                0..40,
            ),
            cuts in proptest::collection::vec(0usize..400, 0..12),
        ) {
            let stream = stream.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.push(stream.len());
            cuts.sort_unstable();
            let mut chunks: Vec<&[u8]> = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&stream[from..cut]);
                from = cut;
            }
            prop_assert_eq!(events(&chunks), events(&[&stream]));
        }
    }
}
