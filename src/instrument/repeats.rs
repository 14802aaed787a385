//! Where a text repeats a secret.

use super::secrets::MIN_CHARS;
use crate::redact::HIDDEN;
use std::collections::BTreeSet;

/// A secret counts as repeated if its first half is, or this much of it: texts
/// are cut. Also how far is compared at any place.
const MAX_CHARS: usize = 64;

/// A text without any of the secrets; `None` if it has none.
pub(super) fn without(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let mut clean = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let found = secrets.iter().filter_map(|secret| repeated(rest, secret));
        if let Some(length) = found.max() {
            clean.push_str(text.get(kept..at).unwrap_or_default());
            clean.push_str(HIDDEN);
            at += length;
            kept = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    (kept > 0).then(|| clean + text.get(kept..).unwrap_or_default())
}

/// How much of the text, from its start, is the secret.
fn repeated(text: &str, secret: &str) -> Option<usize> {
    let mut length = 0;
    let mut chars = 0;
    let mut rest = text;
    for char in secret.chars() {
        let Some(after) = behind(rest, char) else {
            break;
        };
        chars += 1;
        rest = after;
        length = text.len() - rest.len();
    }
    (chars >= MIN_CHARS && chars >= least(secret)).then_some(length)
}

fn least(secret: &str) -> usize {
    secret.chars().count().div_ceil(2).min(MAX_CHARS)
}

/// What stands behind a character: as itself, behind a backslash as in JSON, or
/// as URLs write it.
fn behind(text: &str, char: char) -> Option<&str> {
    let escaped = || text.strip_prefix('\\')?.strip_prefix(char);
    let encoded = || {
        let mut utf8 = [0; 4];
        let bytes = char.encode_utf8(&mut utf8).bytes();
        bytes.into_iter().try_fold(text, |text, byte| {
            let (digits, rest) = text.strip_prefix('%')?.split_at_checked(2)?;
            (u8::from_str_radix(digits, 16) == Ok(byte)).then_some(rest)
        })
    };
    text.strip_prefix(char).or_else(escaped).or_else(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let secrets = ["open+sesame/\u{e9}", "open+doors-2", "\"quoted\""];
        without(text, &secrets.map(str::to_owned).into())
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        for written in [
            "open+sesame/\u{e9}",
            "open%2bsesame%2F%C3%a9",
            r"open+sesame\/\u{e9}",
            "open+ses",
            "open+doors-2",
            r#"\"quoted\""#,
        ] {
            let written = written.replace(r"\u{e9}", "\u{e9}");
            let text = format!("<{written}> and {written}");
            let expected = "<[REDACTED]> and [REDACTED]";
            assert_eq!(shown(&text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn less_than_half_of_a_secret_and_other_texts_stay() {
        for text in [
            "",
            "open+se",
            "open+*****/\u{e9}",
            "sesame/\u{e9}",
            "\u{e9}%",
            "%2",
            "\\",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn time_is_linear_in_the_text() {
        let secrets = BTreeSet::from(["a".repeat(10_000)]);
        let text = format!("{}b", "a".repeat(MAX_CHARS - 1)).repeat(10_000);
        let started = std::time::Instant::now();
        assert_eq!(without(&text, &secrets), None);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
