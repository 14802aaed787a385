//! Where a text repeats a secret that is known.

use super::finding::HIDDEN;
use super::patterns::user_and_password;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;
use std::collections::BTreeSet;

/// What is shorter is a word, and no secret.
pub(crate) const MIN_CHARS: usize = 8;

/// A secret counts as repeated if its first half is, or this much of it: texts
/// are cut. Also how far is compared at any place.
const MAX_CHARS: usize = 64;

/// The secrets in the value of a header: the whole, what stands behind the name
/// of a scheme, and what stands behind signs of equality and colons, as in
/// cookies, signatures and JSON; each as it is and without the escapes of URLs.
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
    texts.extend(text.split([';', ',', ' ']).flat_map(of_pair));
    let plain = texts.iter().filter(|text| text.contains('%'));
    let plain = plain.map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
    let plain: Vec<String> = plain.collect();
    texts.extend(plain);
    texts
}

/// What stands behind a name: all of it, as signs of equality may be a part of
/// it, and what further names divide it into.
fn of_pair(part: &str) -> impl Iterator<Item = String> + use<> {
    const NAMES_END: [char; 2] = ['=', ':'];
    let all = part.split_once(NAMES_END).map(|(_, value)| value);
    let parts = part.split(NAMES_END).skip(1);
    let values = all.into_iter().chain(parts);
    let values = values.map(|value| value.trim_matches(['"', '\'', ' ', '{', '}']).to_owned());
    values.collect::<Vec<_>>().into_iter()
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

/// What a receiver said, without what is sensitive in the headers of the
/// request that it answers.
pub(crate) fn without_sensitive(said: &str, sent: &HeaderMap) -> String {
    let secrets = sent.values().filter(|value| value.is_sensitive());
    let secrets = secrets.flat_map(of_header).collect();
    without(said, &secrets).unwrap_or_else(|| said.to_owned())
}

/// A text without any of the secrets; `None` if it has none. Those that are too
/// short are left.
pub(crate) fn without(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let sought = sought(secrets);
    if sought.is_empty() {
        return None;
    }
    let begins = begins(&sought);
    let may_begin = |byte: u8| begins.get(usize::from(byte)) == Some(&true);
    let mut clean = String::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.bytes().position(may_begin) else {
            break;
        };
        let rest = rest.get(next..).unwrap_or_default();
        at += next;
        if let Some(length) = repeated(rest, &sought) {
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

/// The secrets, and of each the beginning that is enough; in order.
fn sought(secrets: &BTreeSet<String>) -> Vec<&str> {
    let enough = |secret: &str| {
        let chars = secret.chars().take(2 * MAX_CHARS).count();
        let least = MIN_CHARS.max(chars.div_ceil(2));
        let end = secret.char_indices().map(|(at, char)| at + char.len_utf8());
        end.take(least).last().filter(|_| chars >= MIN_CHARS)
    };
    let texts = secrets.iter().filter_map(|secret| {
        let beginning = secret.get(..enough(secret)?)?;
        Some([beginning, secret.as_str()])
    });
    let sought: BTreeSet<&str> = texts.flatten().collect();
    sought.into_iter().collect()
}

/// Of each byte whether a secret begins with it, however it is written; no
/// others need be looked at.
fn begins(sought: &[&str]) -> [bool; 256] {
    let own = sought.iter().filter_map(|text| text.bytes().next());
    let mut begins = [false; 256];
    for byte in own.chain([b'\\', b'%']) {
        if let Some(begins) = begins.get_mut(usize::from(byte)) {
            *begins = true;
        }
    }
    begins
}

/// How much of the text, from its start, repeats a secret.
fn repeated(text: &str, sought: &[&str]) -> Option<usize> {
    let walk = Walk {
        rest: text,
        among: sought,
        matched: 0,
        is_enough: false,
    };
    Some(text.len() - walk.least_left()?)
}

/// A walk along the text and all secrets at once: a request may have many, and
/// whoever repeats them knows how they begin.
#[derive(Clone, Copy)]
struct Walk<'t, 's> {
    rest: &'t str,
    /// Those that begin as the text does; in order, so the shortest is first.
    among: &'s [&'s str],
    /// How much of each is in the text.
    matched: usize,
    is_enough: bool,
}

impl<'t> Walk<'t, '_> {
    /// How much of the text is left behind what repeats the most of a secret.
    fn least_left(mut self) -> Option<usize> {
        let mut left: Option<usize> = None;
        let mut learn = |other: Option<usize>| left = left.into_iter().chain(other).min();
        loop {
            let ways = written(self.rest).map(|way| way.and_then(|way| self.on(way)));
            let mut ways = ways.into_iter().flatten();
            let Some(next) = ways.next() else { break };
            // Only where secrets differ: each of them is on one way.
            ways.for_each(|other| learn(other.least_left()));
            self = next;
        }
        learn(self.is_enough.then_some(self.rest.len()));
        left
    }

    /// A character further, if any secret goes on with it.
    fn on(self, (char, rest): (char, &'t str)) -> Option<Self> {
        let next = |text: &&str| text.get(self.matched..)?.chars().next();
        let from = self.among.partition_point(|text| next(text) < Some(char));
        let to = self.among.partition_point(|text| next(text) <= Some(char));
        let among = self.among.get(from..to)?;
        let matched = self.matched + char.len_utf8();
        let is_whole = among.first()?.len() == matched;
        Some(Self {
            rest,
            among,
            matched,
            is_enough: self.is_enough || is_whole,
        })
    }
}

/// Which character the text may begin with, and what stands behind it: as
/// itself, behind a backslash as in JSON, or as URLs write it.
fn written(text: &str) -> [Option<(char, &str)>; 3] {
    let Some((first, rest)) = first(text) else {
        return [None; 3];
    };
    match first {
        '\\' => [
            Some((first, rest)),
            by_number(rest).or_else(|| self::first(rest)),
            None,
        ],
        '%' => [Some((first, rest)), None, encoded(text)],
        _ => [Some((first, rest)), None, None],
    }
}

fn first(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    Some((chars.next()?, chars.as_str()))
}

/// As JSON may write any character.
fn by_number(text: &str) -> Option<(char, &str)> {
    let (digits, rest) = text.strip_prefix('u')?.split_at_checked(4)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some((char::from_u32(code)?, rest))
}

fn encoded(text: &str) -> Option<(char, &str)> {
    let mut bytes = Vec::with_capacity(4);
    let mut rest = text;
    while let Some((byte, after)) = encoded_byte(rest).filter(|_| bytes.len() < 4) {
        bytes.push(byte);
        rest = after;
        if let Ok(char) = std::str::from_utf8(&bytes) {
            return Some((char.chars().next()?, rest));
        }
    }
    None
}

fn encoded_byte(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.strip_prefix('%')?.split_at_checked(2)?;
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
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
            r"open\u002bsesame/\u00e9",
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
    fn what_stands_behind_names_in_a_header_is_a_secret() {
        for (value, secret) in [
            ("theme=dark; session=open%2Fsesame%3D1", "open/sesame=1"),
            (r#"{"user":"ann","token":"open-sesame"}"#, "open-sesame"),
            ("ann:open-sesame", "open-sesame"),
            ("Digest a=1, response=open-sesame==", "open-sesame=="),
        ] {
            let secrets = of_header(&HeaderValue::from_static(value));
            assert!(secrets.iter().any(|it| it == secret), "{secrets:?}");
        }
    }

    #[test]
    fn time_does_not_grow_with_the_number_of_secrets() {
        let secrets = (0..10_000).map(|number| format!("{}{number}", "e".repeat(10)));
        let secrets: BTreeSet<String> = secrets.collect();
        let text = format!("{}x", "e".repeat(7)).repeat(10_000);
        let started = std::time::Instant::now();
        assert_eq!(without(&text, &secrets), None);
        assert_eq!(without("eeeeeeeeee12 e", &secrets).unwrap(), "[REDACTED] e");
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
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
