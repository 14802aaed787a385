//! Addresses of electronic mail.

use super::{Found, Pattern, compiled, runs, slice};

/// Letters of scripts that put blanks between words; of others a whole sentence
/// would be taken for the name. `%40` is how URLs write the sign.
static ADDRESS: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"[0-9_\p{Latin}\p{Greek}\p{Cyrillic}][0-9_\p{Latin}\p{Greek}\p{Cyrillic}.%+'-]*(?:@|%40)",
        r"(?:[0-9\p{Latin}\p{Greek}\p{Cyrillic}-]+\.)+",
        r"(?:xn--[A-Za-z0-9]+|[\p{Latin}\p{Greek}\p{Cyrillic}]{2,24})",
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for range in runs(&ADDRESS, text) {
        if has_a_host(slice(text, &range)) {
            found(range);
        }
    }
}

/// `icon@2x.png` is a file and `lib@1.2.3-rc.one` a release.
fn has_a_host(address: &str) -> bool {
    let host = address.rsplit('@').next().unwrap_or(address);
    let mut labels = host.split('.');
    let (first, second) = (labels.next().unwrap_or_default(), labels.next());
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let is_scale = first.strip_suffix('x').is_some_and(is_number) && first.len() == 2;
    let is_release = is_number(first) && second.is_some_and(is_number);
    !is_scale && !is_release
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, assert_none, assert_whole};
    use crate::redact::Finding::Email;

    #[test]
    fn addresses_are_found() {
        assert_whole(
            Email,
            &[
                "ann@example.com",
                "ann.lee+news@mail.example.co.uk",
                "o'brien@example.org",
                "a_b-c%d@sub-domain.example.museum",
                "m\u{fc}ller@b\u{fc}cher.example",
                "\u{438}\u{432}\u{430}\u{43d}@\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}",
                "x@xn--bcher-kva.xn--p1ai",
                "ann%40example.com",
                "1@2.io",
            ],
        );
    }

    #[test]
    fn addresses_are_found_within_other_things() {
        for text in [
            "<ann@example.com>",
            "mailto:ann@example.com?subject=x",
            "user='ann@example.com'",
            "\u{90ae}\u{7bb1}ann@example.com\u{3002}",
            "https://u:ann@example.com/path",
            "{\"a\":\"ann@example.com\"}",
            "ann@example.com@example.org",
        ] {
            assert_eq!(all(Email, text), ["ann@example.com"], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        assert_none(
            Email,
            &[
                "ann@localhost",
                "@ann",
                "ann@",
                "ann@.com",
                "a@b.c",
                "photo@3x.jpeg",
                "npm i @types/node@20.1.0",
                "j****@example.com",
            ],
        );
    }
}
