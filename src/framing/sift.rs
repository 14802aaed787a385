//! Takes events out of a stream of server-sent events, which is handed on
//! otherwise as it comes.

use bytes::Bytes;
use memchr::memchr2;

/// The longest line that is held back until its end is here. What is taken out is
/// far shorter.
const MAX_HELD_BYTES: usize = 64 << 10;

const DATA: &[u8] = b"data:";

/// Takes events out whose data is one line.
#[derive(Debug, Default)]
pub(crate) struct Sift {
    /// The beginning of a line that may be taken out.
    held: Vec<u8>,
    /// The line that has begun is none of those, and its beginning is gone.
    is_passing: bool,
    /// How many ends of lines still belong to the event that was taken out.
    ends_left: u8,
    is_after_return: bool,
}

impl Sift {
    /// Takes the next bytes, and gives those that are to be handed on: the same,
    /// uncopied, where nothing is taken out. `is_out` is asked for the data of each
    /// event that is one line.
    pub(crate) fn push(&mut self, bytes: &Bytes, is_out: impl Fn(&[u8]) -> bool) -> Bytes {
        let mut kept = Kept::of(bytes);
        while let Some(first) = bytes.get(kept.at) {
            if self.belongs_to_what_is_out(*first) {
                kept.pass_over(1);
                continue;
            }
            let rest = bytes.get(kept.at..).unwrap_or_default();
            let Some(length) = memchr2(b'\n', b'\r', rest) else {
                self.begin(rest, &mut kept);
                break;
            };
            let line = rest.get(..length).unwrap_or_default();
            if self.is_out(line, &is_out) {
                kept.pass_over(length);
                self.ends_left = 2;
            } else {
                kept.take_from(&mut self.held, length);
                kept.at += 1;
            }
            self.is_passing = false;
        }
        kept.into_bytes()
    }

    /// No further bytes come: what is left to be handed on.
    pub(crate) fn end(&mut self, is_out: impl Fn(&[u8]) -> bool) -> Bytes {
        if self.is_out(&[], &is_out) {
            return Bytes::new();
        }
        std::mem::take(&mut self.held).into()
    }

    /// Whether nothing is held back.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// A line has begun, whose end is not here.
    fn begin(&mut self, part: &[u8], kept: &mut Kept<'_>) {
        if !self.is_passing {
            self.held.extend_from_slice(part);
            kept.pass_over(part.len());
            let may_be_out = is_like_data(&self.held) && self.held.len() <= MAX_HELD_BYTES;
            if may_be_out {
                return;
            }
            kept.before.append(&mut self.held);
        }
        self.is_passing = true;
        kept.at += part.len();
    }

    /// Whether the line that ends with `part` is taken out. If it is not, what was
    /// held of it is followed by that.
    fn is_out(&mut self, part: &[u8], is_out: impl Fn(&[u8]) -> bool) -> bool {
        if self.is_passing {
            return false;
        }
        let line = if self.held.is_empty() {
            part
        } else {
            self.held.extend_from_slice(part);
            &self.held
        };
        let is_it = line
            .strip_prefix(DATA)
            .is_some_and(|data| is_out(data.trim_ascii()));
        if is_it {
            self.held.clear();
        }
        is_it
    }

    /// The end of the line that was taken out, and of the empty one behind it.
    fn belongs_to_what_is_out(&mut self, byte: u8) -> bool {
        let is_rest_of_end = byte == b'\n' && self.is_after_return;
        self.is_after_return = false;
        if is_rest_of_end {
            return true;
        }
        if self.ends_left == 0 || !matches!(byte, b'\n' | b'\r') {
            self.ends_left = 0;
            return false;
        }
        self.ends_left -= 1;
        self.is_after_return = byte == b'\r';
        true
    }
}

fn is_like_data(beginning: &[u8]) -> bool {
    beginning.starts_with(DATA) || DATA.starts_with(beginning)
}

/// What is handed on of one piece of a stream.
struct Kept<'b> {
    bytes: &'b Bytes,
    /// What comes before the bytes that begin at `from`.
    before: Vec<u8>,
    from: usize,
    /// Up to here the bytes were looked at.
    at: usize,
}

impl<'b> Kept<'b> {
    fn of(bytes: &'b Bytes) -> Self {
        Self {
            bytes,
            before: Vec::new(),
            from: 0,
            at: 0,
        }
    }

    /// The next bytes are not handed on.
    fn pass_over(&mut self, length: usize) {
        let kept = self.bytes.get(self.from..self.at).unwrap_or_default();
        self.before.extend_from_slice(kept);
        self.at += length;
        self.from = self.at;
    }

    /// The next bytes are handed on: as the end of what was held, if anything was.
    fn take_from(&mut self, held: &mut Vec<u8>, length: usize) {
        if held.is_empty() {
            self.at += length;
        } else {
            self.pass_over(length);
            self.before.append(held);
        }
    }

    fn into_bytes(mut self) -> Bytes {
        if self.before.is_empty() {
            return self.bytes.slice(self.from.min(self.bytes.len())..);
        }
        let kept = self.bytes.get(self.from..).unwrap_or_default();
        self.before.extend_from_slice(kept);
        self.before.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_out(data: &[u8]) -> bool {
        data.starts_with(b"OUT")
    }

    /// What is handed on of a stream in pieces.
    fn sifted<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut sift = Sift::default();
        let mut kept = Vec::new();
        for piece in pieces {
            kept.extend(sift.push(&Bytes::copy_from_slice(piece), is_out));
        }
        kept.extend(sift.end(is_out));
        String::from_utf8(kept).unwrap()
    }

    #[test]
    fn events_are_taken_out_with_their_ends_wherever_the_bytes_are_cut() {
        for (stream, kept) in [
            (
                "data: a\n\ndata: OUT\n\ndata: b\n\n",
                "data: a\n\ndata: b\n\n",
            ),
            ("data:OUT\r\n\r\ndata: b\r\n\r\n", "data: b\r\n\r\n"),
            (
                "data: a\r\rdata: OUT\r\rdata: b\r\r",
                "data: a\r\rdata: b\r\r",
            ),
            ("data: OUT\n\ndata: OUT\n\n", ""),
            ("data: a\n\ndata: OUT", "data: a\n\n"),
            (
                ": ping\n\ndata: a\nid: 1\n\n",
                ": ping\n\ndata: a\nid: 1\n\n",
            ),
            ("data: a OUT\n\ndat", "data: a OUT\n\ndat"),
            ("data: OUT\ndata: a\n\n", "data: a\n\n"),
            ("OUT\n\n\n\n", "OUT\n\n\n\n"),
        ] {
            assert_eq!(sifted([stream.as_bytes()]), kept, "{stream:?}");
            assert_eq!(sifted(stream.as_bytes().chunks(1)), kept, "{stream:?}");
            for at in 0..=stream.len() {
                let (one, two) = stream.as_bytes().split_at(at);
                assert_eq!(sifted([one, two]), kept, "{stream:?} at {at}");
            }
        }
    }

    #[test]
    fn what_stays_is_neither_copied_nor_held_back() {
        let mut sift = Sift::default();
        let whole = Bytes::from_static(b"data: a\n\n");
        let kept = sift.push(&whole, is_out);
        assert_eq!(kept.as_ptr(), whole.as_ptr());
        let other = Bytes::from_static(b"event: a");
        assert_eq!(sift.push(&other, is_out), other);
        assert_eq!(sift.push(&other, is_out), other);
        assert!(sift.is_empty());
    }

    #[test]
    fn a_line_that_is_too_long_is_handed_on() {
        let mut sift = Sift::default();
        let long = Bytes::from(["data: OUT", &"x".repeat(MAX_HELD_BYTES)].concat());
        assert_eq!(sift.push(&long, is_out), long);
        assert_eq!(sift.push(&Bytes::from_static(b"x\n\n"), is_out), "x\n\n");
    }
}
