//! How far the arguments of a tool call have come, whether they are kept or not.

use memchr::{memchr2, memchr3};

/// How much of them is followed. Whoever writes more than that into one call
/// gives it an id.
const MAX_FOLLOWED_BYTES: usize = 16 << 10;

/// Follows a JSON object that comes in pieces: its braces and strings alone.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    state: State,
    depth: u32,
    is_in_string: bool,
    is_escaped: bool,
    followed: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but spaces has come.
    #[default]
    Awaited,
    /// An object has begun, and has nothing in it so far.
    Begun,
    Filled,
    /// All of an object has come, with nothing in it or with something.
    ClosedEmpty,
    Closed,
    /// No object, or one too long to be followed.
    Other,
}

impl Arguments {
    /// Takes the next piece.
    pub(super) fn push(&mut self, piece: &str) {
        self.followed = self.followed.saturating_add(piece.len());
        if self.followed > MAX_FOLLOWED_BYTES {
            self.state = State::Other;
        }
        let mut rest = piece.as_bytes();
        while self.state != State::Other && !rest.is_empty() {
            rest = if self.is_in_string {
                self.within_string(rest)
            } else {
                self.between_strings(rest)
            };
        }
    }

    /// Nothing has come.
    pub(super) fn is_awaited(&self) -> bool {
        self.state == State::Awaited
    }

    /// All of an object has come.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state, State::ClosedEmpty | State::Closed)
    }

    /// An object without anything in it has come.
    pub(super) fn is_closed_empty(&self) -> bool {
        self.state == State::ClosedEmpty
    }

    /// Gives what stands behind the end of the string, or behind an escape in it.
    fn within_string<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let bytes = match bytes {
            [_, rest @ ..] if std::mem::take(&mut self.is_escaped) => rest,
            bytes => bytes,
        };
        match memchr2(b'"', b'\\', bytes).and_then(|at| bytes.get(at..)) {
            Some([b'"', rest @ ..]) => {
                self.is_in_string = false;
                rest
            }
            Some([_, rest @ ..]) => {
                self.is_escaped = true;
                rest
            }
            _ => &[],
        }
    }

    /// Gives what stands behind the next brace or quote.
    fn between_strings<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let at = memchr3(b'"', b'{', b'}', bytes).unwrap_or(bytes.len());
        let (plain, rest) = bytes.split_at(at);
        if !plain.trim_ascii().is_empty() {
            self.fill();
        }
        let Some((mark, rest)) = rest.split_first() else {
            return &[];
        };
        match mark {
            b'{' => self.open(),
            b'}' => self.close(),
            _ => {
                self.fill();
                self.is_in_string = true;
            }
        }
        rest
    }

    /// There is something besides the braces around it.
    fn fill(&mut self) {
        self.state = match self.state {
            State::Begun | State::Filled => State::Filled,
            _ => State::Other,
        };
    }

    fn open(&mut self) {
        self.state = match self.state {
            State::Awaited => State::Begun,
            State::Begun | State::Filled => State::Filled,
            _ => State::Other,
        };
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.state = match self.state {
            state @ (State::Begun | State::Filled) if self.depth > 0 => state,
            State::Begun => State::ClosedEmpty,
            State::Filled => State::Closed,
            _ => State::Other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(pieces: &[&str]) -> State {
        let mut arguments = Arguments::default();
        for piece in pieces {
            arguments.push(piece);
        }
        arguments.state
    }

    #[test]
    fn an_object_is_closed_by_its_own_brace_wherever_it_is_cut() {
        let text = r#" {"a": {"}": "\"}{"}, "b": [{}]} "#;
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (one, two) = text.split_at(at);
            assert_eq!(state(&[one, two]), State::Closed, "{one} | {two}");
        }
        let (before_end, _) = text.rsplit_once('}').unwrap();
        for (at, _) in before_end.char_indices() {
            let (begun, _) = text.split_at(at);
            assert!(!matches!(
                state(&[begun]),
                State::ClosedEmpty | State::Closed
            ));
        }
    }

    #[test]
    fn what_is_empty_or_no_object_is_told_apart() {
        for (pieces, expected) in [
            (&["", " "][..], State::Awaited),
            (&["{"], State::Begun),
            (&["{", " }"], State::ClosedEmpty),
            (&["{}", "{"], State::Other),
            (&["{} x"], State::Other),
            (&["print(1)"], State::Other),
            (&["\"{}\""], State::Other),
            (&["[{}]"], State::Other),
        ] {
            assert_eq!(state(pieces), expected, "{pieces:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_followed_no_further() {
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_FOLLOWED_BYTES));
        assert_eq!(state(&[&long]), State::Other);
    }
}
