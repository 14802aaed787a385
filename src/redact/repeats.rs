//! Where a text repeats a secret that is known.

use super::finding::HIDDEN;
use super::patterns::user_and_password;
use http::HeaderValue;
use std::collections::BTreeSet;

/// What is shorter is a word, and no secret.
pub(crate) const MIN_CHARS: usize = 8;

/// A secret counts as repeated if its first half is, or this much of it: texts
/// are cut. Also how far is compared at any place.
const MAX_CHARS: usize = 64;

/// The secrets in the value of a header: the whole, what stands behind the name
/// of a scheme, and what stands behind signs of equality, as in cookies and
/// signatures.
pub(crate) fn of_header(value: &HeaderValue) -> Vec<String> {
    let bytes = value.as_bytes();
    // What is not UTF-8 is in the old charset of headers.
    let text = std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().copied().map(char::from).collect(),
        str::to_owned,
    );
    let text = text.trim();
    let mut texts = vec![text.to_owned()];
    if let Some((_, credentials)) = text.split_once(char::is_whitespace) {
        texts.push(credentials.trim().to_owned());
        texts.extend(of_basic(credentials.trim()));
    }
    let parts = text.split([';', ',', ' ']);
    let values = parts.filter_map(|part| Some(part.split_once('=')?.1));
    texts.extend(values.map(|value| value.trim_matches(['"', ' ']).to_owned()));
    texts
}

/// User and password, together and apart: either may be the key.
fn of_basic(credentials: &str) -> Vec<String> {
    let Some(both) = user_and_password(credentials) else {
        return Vec::new();
    };
    let parts = both.split_once(':').map(<[&str; 2]>::from);
    let parts = parts.into_iter().flatten().map(str::to_owned);
    parts.chain([both.clone()]).collect()
}

/// A text without any of the secrets; `None` if it has none. Those that are too
/// short are left.
pub(crate) fn without(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let begins = begins(secrets);
    let mut clean = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.bytes().position(|byte| begins.contains(&byte)) else {
            break;
        };
        let rest = rest.get(next..).unwrap_or_default();
        at += next;
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

/// The bytes that a secret begins with, however it is written; no others need
/// be looked at.
fn begins(secrets: &BTreeSet<String>) -> Vec<u8> {
    let own = secrets.iter().filter_map(|secret| secret.bytes().next());
    let mut begins: Vec<u8> = own.chain([b'\\', b'%']).collect();
    begins.sort_unstable();
    begins.dedup();
    begins
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
    secret.chars().take(2 * MAX_CHARS).count().div_ceil(2)
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
        let text = format!("{}b", "a".repeat(MAX_CHARS - 1)).repeat(1_000);
        let started = std::time::Instant::now();
        assert_eq!(without(&text, &secrets), None);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
