//! JSON that no reader takes, for reasons that are not its meaning.
//!
//! Some servers cut texts between the halves of a surrogate pair, or between
//! the bytes of a character, when they cut answers into chunks.

use memchr::memchr;
use std::borrow::Cow;

/// How far a look is cheaper than a search.
const NEAR: usize = 16;

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
    // Mostly there is none.
    let mut next = Some(memchr(b'\\', json)?);
    let mut mended = String::new();
    let mut kept = 0;
    while let Some(escape) = next {
        let after = match half(json, escape) {
            None => escape + 2,
            Some(Half::High) if matches!(half(json, escape + 6), Some(Half::Low)) => escape + 12,
            Some(_) => {
                mended.push_str(text.get(kept..escape).unwrap_or_default());
                mended.push_str("\\ufffd");
                kept = escape + 6;
                kept
            }
        };
        next = next_escape(json, after);
    }
    mended.push_str(text.get(kept..).filter(|_| kept > 0)?);
    Some(mended)
}

/// Where the next escape begins: with the first backslash, as one that is
/// escaped itself has been passed by. Where there are escapes the next is near,
/// and it costs less to look than to begin a search.
fn next_escape(json: &[u8], at: usize) -> Option<usize> {
    let rest = json.get(at..)?;
    let mut near = rest.iter().take(NEAR);
    let before = match near.position(|byte| *byte == b'\\') {
        Some(before) => before,
        None => NEAR + memchr(b'\\', rest.get(NEAR..)?)?,
    };
    Some(at + before)
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
