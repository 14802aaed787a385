//! JSON that no reader takes, for reasons that are not its meaning.
//!
//! Some servers cut texts between the halves of a surrogate pair, or between
//! the bytes of a character, when they cut answers into chunks.

use memchr::{memchr, memmem};
use std::borrow::Cow;

/// JSON as a text, with replacement characters for what is none. Borrowed where
/// there was nothing to mend.
///
/// Done before a body is read and not after it could not be: what cannot be
/// read may be at its end, and then all of it would be read twice.
pub(crate) fn text(json: &[u8]) -> Cow<'_, str> {
    let text = match str::from_utf8(json) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(json),
    };
    match without_halves(&text) {
        Some(mended) => Cow::Owned(mended),
        None => text,
    }
}

/// The text with replacement characters for halves of surrogate pairs, if there
/// are any.
fn without_halves(text: &str) -> Option<String> {
    let json = text.as_bytes();
    // Mostly there is nothing to look for.
    memchr(b'\\', json)?;
    let mut mended = String::new();
    let (mut from, mut kept) = (0, 0);
    for at in memmem::find_iter(json, b"\\u") {
        if at < from || !is_escape(json, at) {
            continue;
        }
        match (half(json, at), half(json, at + 6)) {
            (None, _) => {}
            (Some(Half::High), Some(Half::Low)) => from = at + 12,
            (Some(_), _) => {
                mended.push_str(text.get(kept..at).unwrap_or_default());
                mended.push_str("\\ufffd");
                (from, kept) = (at + 6, at + 6);
            }
        }
    }
    mended.push_str(text.get(kept..).filter(|_| kept > 0)?);
    Some(mended)
}

/// Whether the backslash at `at` begins an escape, and is not escaped itself.
fn is_escape(json: &[u8], at: usize) -> bool {
    let before = json.get(..at).unwrap_or_default().iter().rev();
    before.take_while(|byte| **byte == b'\\').count() % 2 == 0
}

/// A half of a surrogate pair.
enum Half {
    High,
    Low,
}

/// The half that is escaped at `at`.
fn half(json: &[u8], at: usize) -> Option<Half> {
    let [b'\\', b'u', b'd' | b'D', second, third, fourth, ..] = json.get(at..)? else {
        return None;
    };
    if !third.is_ascii_hexdigit() || !fourth.is_ascii_hexdigit() {
        return None;
    }
    match second {
        b'8' | b'9' | b'a' | b'b' | b'A' | b'B' => Some(Half::High),
        b'c'..=b'f' | b'C'..=b'F' => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use std::borrow::Cow;

    #[test]
    fn halves_of_pairs_and_of_characters_are_replaced() {
        for (json, mended) in [
            (r#""a\ud83d""#.as_bytes(), r#""a\ufffd""#),
            (br#""\ude00b""#, r#""\ufffdb""#),
            (br#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (br#""\\\ud83d\n\ud83d""#, r#""\\\ufffd\n\ufffd""#),
            (b"\"\xF0\x9F\"", "\"\u{fffd}\""),
        ] {
            assert_eq!(text(json), mended);
            assert!(serde_json::from_str::<String>(mended).is_ok());
        }
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        for json in [
            r#""\ud83d\ude00 \\ud83d \n \u00e9""#,
            "{",
            "\"\\",
            "\"\\u12\u{e9}",
            "\"\\\u{e9}\\ud83",
        ] {
            assert!(matches!(text(json.as_bytes()), Cow::Borrowed(same) if same == json));
        }
    }
}
