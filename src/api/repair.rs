//! JSON that no reader takes, for reasons that are not its meaning.
//!
//! Some servers cut texts between the halves of a surrogate pair, or between
//! the bytes of a character, when they cut answers into chunks.

/// The same JSON with replacement characters for what is no text; nothing if
/// there was nothing to mend.
pub(crate) fn repaired(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        repaired.push_str(before);
        let (length, mended) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, None),
            (Some(0xD800..=0xDFFF), _) => (6, Some("\\ufffd")),
            // The escape of a backslash must not be taken for the next one's.
            _ => (if escape.is_char_boundary(2) { 2 } else { 1 }, None),
        };
        let (escape, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        repaired.push_str(mended.unwrap_or(escape));
        rest = after;
    }
    repaired.push_str(rest);
    (repaired.as_bytes() != json).then_some(repaired)
}

/// The UTF-16 unit of a `\uXXXX` at the beginning.
fn unit(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::repaired;

    #[test]
    fn halves_of_pairs_and_of_characters_are_replaced() {
        for (json, mended) in [
            (r#""a\ud83d""#.as_bytes(), r#""a\ufffd""#),
            (br#""\ude00b""#, r#""\ufffdb""#),
            (br#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (b"\"\xF0\x9F\"", "\"\u{fffd}\""),
        ] {
            assert_eq!(repaired(json).as_deref(), Some(mended));
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
        ] {
            assert_eq!(repaired(json.as_bytes()), None, "{json}");
        }
    }
}
