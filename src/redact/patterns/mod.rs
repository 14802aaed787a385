//! Where personal data and keys are in a text.
//!
//! An expression finds what looks like one, and code decides whether it is.
//! Both take time that is linear in the text: what an expression finds is
//! either bounded in its length or looked at once.

mod api_key;
mod card;
mod custom;
mod email;
mod ip_address;
mod phone;
mod ssn;

pub(crate) use api_key::has_key;
pub(super) use api_key::{find_under, user_and_password};
pub(super) use custom::Custom;

use super::Finding;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// An expression of our own: it compiles, which a test says.
type Pattern = LazyLock<Option<Regex>>;

/// Who is told of a place.
type Found<'a> = dyn FnMut(Range<usize>) + 'a;

/// Tells `found` of every place of one kind, in no order.
pub(super) fn find(kind: Finding, text: &str, found: &mut Found<'_>) {
    match kind {
        Finding::Email => email::find(text, found),
        Finding::Phone => phone::find(text, found),
        Finding::Ssn => ssn::find(text, found),
        Finding::CreditCard => card::find(text, found),
        Finding::IpAddress => ip_address::find(text, found),
        Finding::ApiKey => api_key::find(text, found),
    }
}

fn compiled(expression: &str) -> Option<Regex> {
    Regex::new(expression).ok()
}

/// Every match as it comes, for expressions that match as far as they can.
fn runs<'t>(pattern: &'static Pattern, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let matches = pattern.iter().flat_map(|regex| regex.find_iter(text));
    matches.map(|found| found.range())
}

/// Of every match the longest part that is accepted: from its start to the end
/// of one of its groups of digits. Another may begin within a match of which
/// nothing is, so the search goes on right behind the start of that. Only for
/// expressions whose matches are short, and begin with ASCII.
fn accepted(
    pattern: &Pattern,
    text: &str,
    accept: impl Fn(&Range<usize>) -> bool,
    found: &mut Found<'_>,
) {
    let Some(regex) = &**pattern else { return };
    let mut at = 0;
    while let Some(range) = regex.find_at(text, at).map(|found| found.range()) {
        let start = range.start;
        let mut parts = ends(slice(text, &range)).map(|end| start..start + end);
        match parts.find(&accept) {
            Some(part) => {
                at = part.end;
                found(part);
            }
            None => at = start + 1,
        }
    }
}

/// Where groups of digits end, the last first.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let mut follows = None;
    text.bytes()
        .enumerate()
        .rev()
        .filter_map(move |(at, byte)| {
            let is_end = byte.is_ascii_digit()
                && !follows.replace(byte).is_some_and(|it| it.is_ascii_digit());
            follows = Some(byte);
            is_end.then_some(at + 1)
        })
}

fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

/// The last two characters before `at`, the nearer one first.
fn before(text: &str, at: usize) -> (Option<char>, Option<char>) {
    let mut chars = text.get(..at).unwrap_or_default().chars().rev();
    (chars.next(), chars.next())
}

/// The first two characters from `at` on.
fn after(text: &str, at: usize) -> (Option<char>, Option<char>) {
    let mut chars = text.get(at..).unwrap_or_default().chars();
    (chars.next(), chars.next())
}

/// Letters of other scripts end a word without a blank, so they do not count.
fn is_word(char: Option<char>) -> bool {
    char.is_some_and(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn is_digit(char: Option<char>) -> bool {
    char.is_some_and(|char| char.is_ascii_digit())
}

fn is_dash(char: Option<char>) -> bool {
    char.is_some_and(|char| char == '-' || ('\u{2010}'..='\u{2013}').contains(&char))
}

/// Whether no longer number, id or word goes on at either side. A star stands
/// for digits that are hidden already.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let (near, far) = before(text, range.start);
    let begins = is_word(near)
        || near == Some('*')
        || (is_dash(near) && is_word(far))
        || (matches!(near, Some('.' | '/')) && is_digit(far));
    let (near, far) = after(text, range.end);
    let goes_on = is_word(near)
        || (is_dash(near) && is_word(far))
        || (matches!(near, Some('.' | '/' | ':')) && is_digit(far));
    !begins && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, in the order of the text, but for parts of it.
    pub(super) fn all(kind: Finding, text: &str) -> Vec<&str> {
        let mut ranges = Vec::new();
        find(kind, text, &mut |range| ranges.push(range));
        ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        ranges.dedup_by(|next, kept| next.end <= kept.end);
        ranges.iter().map(|range| slice(text, range)).collect()
    }

    #[track_caller]
    pub(super) fn assert_whole(kind: Finding, texts: &[&str]) {
        for text in texts {
            assert_eq!(all(kind, text), [*text]);
            let within = format!("Say {text}, or ({text}).");
            assert_eq!(all(kind, &within), [*text, *text], "{within}");
        }
    }

    #[track_caller]
    pub(super) fn assert_none(kind: Finding, texts: &[&str]) {
        for text in texts {
            assert_eq!(all(kind, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_no_personal_data_is_nothing() {
        let texts = [
            "",
            "order 4155552671, 12345678901, 100000000000",
            "order ORD-2024-000123, invoice 2024/11/000123, ref 0012345678",
            "2024-11-23 08:15:30.123456+02:00, 23.11.2024 08:15, 11/23/2024, 20241123T081530Z",
            "1700000000, 1700000000000, 1700000000000000, 1700000000000000000",
            "550e8400-e29b-41d4-a716-446655440000, 12345678-0123-4567-8901-234567890123",
            "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7, 12345678901234567890123456789012",
            "1.2.3, v10.20.30, 1.2.3-rc.1, 0.123456789, 3.14159265358979, -12.5e-10, 1,234,567.89",
            "gpt-4o-2024-08-06, claude-3-5-sonnet-20241022, chatcmpl-9abcDEF0123456789",
            "call_abc123DEF456ghi789, toolu_01A09q90qw90lq917835lq9, msg_0123456789",
            "std::fmt, a::b, x[1::2], x[::2], y[100::200], 08:15:30, aa:bb:cc:dd:ee:ff",
            "@user, user@host, icon@2x.png, lodash@4.17.21, a @ b.c, pkg@18.2.0-rc.abc",
            "task-force-for-something-large, sk-short, bearer of good news, Bearer authentication",
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15, 3 of 10, 50 %, $ 1 234.50",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ];
        for kind in Finding::ALL {
            assert_none(*kind, &texts);
        }
    }

    #[test]
    fn time_is_linear_in_the_text() {
        let hostile = [
            "1.",
            "1:",
            "a@b.",
            "a@",
            "sk-",
            "+1 ",
            "(1",
            "0 1 ",
            "Bearer ",
            "eyJ",
            "eyJa.",
            "4111 ",
            "a.",
            "%40a.",
            "1-",
            "4111\n",
            "\u{4f8b}.",
            "a@\u{4f8b}.",
            "api_key:",
            "api key ",
            "api_key_",
            "api_key=a-",
            "password:",
            "password=a1",
            "sig=",
            "&sig=a1%",
            "Basic ",
            "Basic YW5u",
            "://",
            "://a@",
            "://a:b",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq",
            "AKIA",
            "SG.aaaaaaaaaaaaaaaaaaaa.",
        ];
        for part in hostile {
            let text = part.repeat(400_000 / part.len());
            let started = std::time::Instant::now();
            for kind in Finding::ALL {
                find(*kind, &text, &mut |_| {});
            }
            let took = started.elapsed();
            assert!(took.as_secs() < 20, "{part}: {took:?}");
        }
    }
}
