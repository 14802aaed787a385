//! A JSON document without what is long in it: images, vectors, whole files. What
//! is left is a document of the same shape, with shorter texts and lists.

use memchr::memchr2;

/// The most that is kept of a text.
const MAX_TEXT_BYTES: usize = 1024;

/// The most that is kept of a run of numbers.
const MAX_NUMBERS_BYTES: usize = 256;

/// Skims one document, as its bytes arrive.
#[derive(Debug, Default)]
pub(crate) struct Skim {
    state: State,
    /// Bytes of the text or of the numbers that are being read.
    run: usize,
    /// Whether something of the text was left out.
    is_cut: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    /// Between texts.
    #[default]
    Outside,
    /// In numbers of which no more are kept.
    Numbers,
    /// In a text.
    Text,
    /// Behind a backslash in one.
    Escape,
    /// Behind a `\u`, with so many digits to come.
    Digits(u8),
}

impl Skim {
    /// Takes the next bytes and appends to `kept` what is short in them.
    pub(crate) fn push(&mut self, mut bytes: &[u8], kept: &mut Vec<u8>) {
        while let Some((byte, rest)) = bytes.split_first() {
            bytes = match self.state {
                State::Text => self.text(bytes, kept),
                State::Escape => {
                    self.escape(*byte, kept);
                    rest
                }
                State::Digits(left) => {
                    self.digit(*byte, left, kept);
                    rest
                }
                State::Outside => self.outside(bytes, kept),
                State::Numbers => self.numbers(bytes, kept),
            };
        }
    }

    /// Goes on to the end of a text, or to an escape in it.
    fn text<'b>(&mut self, bytes: &'b [u8], kept: &mut Vec<u8>) -> &'b [u8] {
        let end = memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
        let (said, rest) = bytes.split_at(end);
        let room = MAX_TEXT_BYTES.saturating_sub(self.run);
        if !self.is_cut {
            kept.extend_from_slice(said.get(..room).unwrap_or(said));
        }
        // Of an escape all is kept or nothing, and nothing after what was left out.
        self.is_cut |= said.len() >= room;
        self.run = self.run.saturating_add(said.len());
        match rest.split_first() {
            Some((b'"', rest)) => {
                kept.push(b'"');
                *self = Self::default();
                rest
            }
            Some((_, rest)) => {
                self.keep(b'\\', kept);
                self.state = State::Escape;
                rest
            }
            None => rest,
        }
    }

    fn escape(&mut self, byte: u8, kept: &mut Vec<u8>) {
        self.keep(byte, kept);
        self.run = self.run.saturating_add(6);
        self.state = match byte {
            b'u' => State::Digits(4),
            _ => State::Text,
        };
    }

    fn digit(&mut self, byte: u8, left: u8, kept: &mut Vec<u8>) {
        self.keep(byte, kept);
        self.state = match left {
            2.. => State::Digits(left - 1),
            _ => State::Text,
        };
    }

    fn keep(&self, byte: u8, kept: &mut Vec<u8>) {
        if !self.is_cut {
            kept.push(byte);
        }
    }

    /// Goes on to the next text, or to numbers beyond those that are kept.
    fn outside<'b>(&mut self, bytes: &'b [u8], kept: &mut Vec<u8>) -> &'b [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            self.run = if is_of_numbers(*byte) {
                self.run + 1
            } else {
                0
            };
            let is_beyond = self.run > MAX_NUMBERS_BYTES && *byte == b',';
            if *byte != b'"' && !is_beyond {
                continue;
            }
            let (before, rest) = bytes.split_at(at);
            kept.extend_from_slice(before);
            let after = rest.get(1..).unwrap_or_default();
            if is_beyond {
                self.state = State::Numbers;
            } else {
                kept.push(*byte);
                (self.state, self.run) = (State::Text, 0);
            }
            return after;
        }
        kept.extend_from_slice(bytes);
        &[]
    }

    /// Goes on to what is no number. The comma before is left out, which what
    /// ends a list does not need.
    fn numbers<'b>(&mut self, bytes: &'b [u8], kept: &mut Vec<u8>) -> &'b [u8] {
        let end = bytes.iter().position(|byte| !is_of_numbers(*byte));
        let Some(rest) = end.and_then(|end| bytes.get(end..)) else {
            return &[];
        };
        if !rest.starts_with(b"]") {
            kept.push(b',');
        }
        (self.state, self.run) = (State::Outside, 0);
        rest
    }
}

fn is_of_numbers(byte: u8) -> bool {
    byte.is_ascii_digit() || b" \n\r\t,.-+eE".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn skimmed<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let (mut skim, mut kept) = (Skim::default(), Vec::new());
        for chunk in chunks {
            skim.push(chunk, &mut kept);
        }
        kept
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let document =
            json!({"a": [1, -2.5e7, true, null, {"b": "\"\\\u{e9}\u{1f600}\n"}], "": []});
        for text in [document.to_string(), format!("{document:#}")] {
            assert_eq!(skimmed([text.as_bytes()]), text.as_bytes());
        }
    }

    #[test]
    fn what_is_long_is_cut_and_the_rest_has_its_shape() {
        let document = json!({
            "data": [{"embedding": vec![-0.123_456_7; 3072], "index": 0},
                {"b64_json": "QUJD".repeat(10_000), "escaped": "\u{1}\"\u{e9}".repeat(3000)}],
            "after": vec![json!(1), json!("x")],
            "numbers": [vec![7; 1000], vec![8; 1000]],
            "usage": {"total_tokens": 12}});
        for text in [document.to_string(), format!("{document:#}")] {
            let kept = skimmed([text.as_bytes()]);
            assert!(kept.len() < 8000, "{}", kept.len());
            let read: Value = serde_json::from_slice(&kept).unwrap();
            assert_eq!(read["usage"], document["usage"]);
            assert_eq!(read["after"], document["after"]);
            assert_eq!(read["data"][0]["index"], 0);
            assert_eq!(read["numbers"].as_array().unwrap().len(), 2);
            assert_eq!(read["data"].as_array().unwrap().len(), 2);
            assert_eq!(skimmed(text.as_bytes().chunks(1)), kept);
            assert_eq!(skimmed(text.as_bytes().chunks(7)), kept);
        }
    }

    #[test]
    fn numbers_before_something_else_keep_a_comma() {
        let mut list = vec![json!(1.5); 500];
        list.push(json!("x"));
        list.extend(vec![json!(2); 500]);
        list.push(json!({}));
        let text = json!(list).to_string();
        let read: Vec<Value> = serde_json::from_slice(&skimmed([text.as_bytes()])).unwrap();
        assert!(read.contains(&json!("x")) && read.ends_with(&[json!({})]));
    }
}
