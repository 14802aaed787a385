//! JSON that readers or stores refuse, for reasons that are not its meaning.
//!
//! Servers and clients cut texts between the halves of a surrogate pair, or
//! between the bytes of a character. Python's `json` writes `NaN` and
//! `Infinity`, some writers leave control characters as they are, and stores
//! on Postgres refuse U+0000.

use memchr::{memchr, memmem};
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

/// The JSON without what no reader takes, or nothing if there was nothing to mend.
///
/// For JSON that could not be read: besides what [`text`] replaces, numbers that
/// JSON does not have are null, and control characters in texts are escaped.
pub(crate) fn repaired(json: &[u8]) -> Option<String> {
    let text = text(json);
    match readable(&text) {
        Some(mended) => Some(mended),
        None => match text {
            Cow::Owned(mended) => Some(mended),
            Cow::Borrowed(_) => None,
        },
    }
}

/// The JSON without what stores refuse, or nothing if there is none of it: U+0000
/// and halves of surrogate pairs become U+FFFD.
pub(crate) fn storable(json: &str) -> Option<String> {
    let has_pairs = memmem::find(json.as_bytes(), b"\\ud").is_some()
        || memmem::find(json.as_bytes(), b"\\uD").is_some();
    let without_nul = without_nul(json);
    let text = without_nul.as_deref().unwrap_or(json);
    has_pairs
        .then(|| without_halves(text))
        .flatten()
        .or(without_nul)
}

/// The JSON with a replacement character for each escaped U+0000.
fn without_nul(text: &str) -> Option<String> {
    const NUL: &[u8] = b"\\u0000";
    let json = text.as_bytes();
    let mut next = memmem::find(json, NUL).and_then(|_| memchr(b'\\', json));
    let (mut mended, mut kept) = (String::new(), 0);
    while let Some(escape) = next {
        let is_nul = json.get(escape..).is_some_and(|it| it.starts_with(NUL));
        if is_nul {
            mended.push_str(text.get(kept..escape).unwrap_or_default());
            mended.push_str("\\ufffd");
            kept = escape + NUL.len();
        }
        next = next_escape(json, if is_nul { kept } else { escape + 2 });
    }
    mended.push_str(text.get(kept..).filter(|_| kept > 0)?);
    Some(mended)
}

/// The JSON with null for `NaN` and `Infinity`, and with escapes for control
/// characters within texts.
fn readable(text: &str) -> Option<String> {
    let json = text.as_bytes();
    let (mut mended, mut kept, mut at) = (String::new(), 0, 0);
    let mut is_text = false;
    while let Some(byte) = json.get(at) {
        let (length, instead) = match byte {
            b'\\' if is_text => (2, None),
            b'"' => {
                is_text = !is_text;
                (1, None)
            }
            ..=0x1f if is_text => (1, Some(format!("\\u{byte:04x}"))),
            _ if is_text => (1, None),
            b'-' | b'+' | b'a'..=b'z' | b'A'..=b'Z' => word(text, at),
            _ => (1, None),
        };
        if let Some(instead) = instead {
            mended.push_str(text.get(kept..at).unwrap_or_default());
            mended.push_str(&instead);
            kept = at + length;
        }
        at += length;
    }
    mended.push_str(text.get(kept..).filter(|_| kept > 0)?);
    Some(mended)
}

/// The word that begins at `at`: how long it is, and what it should be.
fn word(text: &str, at: usize) -> (usize, Option<String>) {
    let rest = text.get(at..).unwrap_or_default();
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default();
    let number = word.trim_start_matches(['-', '+']).to_ascii_lowercase();
    let is_none = ["nan", "inf", "infinity"].contains(&number.as_str());
    (end.max(1), is_none.then(|| "null".to_owned()))
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
    use super::{repaired, storable, text};
    use serde_json::{Value, json};
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

    #[test]
    fn numbers_that_json_has_not_are_null_and_texts_stay() {
        let json =
            br#"{"a":NaN,"b":[-Infinity, Infinity,nan,-inf,1e5,-2.5,true],"NaN":"NaN, \"NaN\""}"#;
        let mended = repaired(json).unwrap();
        let read: Value = serde_json::from_str(&mended).unwrap();
        let numbers = json!([null, null, null, null, 1e5, -2.5, true]);
        let right = json!({"a": null, "b": numbers, "NaN": "NaN, \"NaN\""});
        assert_eq!(read, right);
    }

    #[test]
    fn control_characters_in_texts_are_escaped_and_halves_replaced() {
        let mended = repaired(b"{\n\t\"a\": \"1\n2\0\", \"b\": \"\\ud83d\"}").unwrap();
        let read: Value = serde_json::from_str(&mended).unwrap();
        assert_eq!(read, json!({"a": "1\n2\0", "b": "\u{fffd}"}));
        for whole in [r#"{"a": [1, true, "\n\ud83d\ude00"]}"#, "{", "nonsense", ""] {
            assert_eq!(repaired(whole.as_bytes()), None, "{whole}");
        }
    }

    #[test]
    fn what_stores_refuse_is_replaced_where_it_is_meant() {
        for (json, right) in [
            (r#""a\u0000b""#, Some(r#""a\ufffdb""#)),
            (r#""\\\u0000\ud83d""#, Some(r#""\\\ufffd\ufffd""#)),
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""\\u0000 \ud83d\ude00""#, None),
            (r#""a\n""#, None),
        ] {
            assert_eq!(storable(json).as_deref(), right, "{json}");
        }
    }
}
