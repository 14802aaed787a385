//! Addresses of electronic mail.

use super::{Found, Pattern, compiled, runs, slice};

/// Names are in scripts that put blanks between words; of others a whole
/// sentence would be taken for one. `%40` is how URLs write the sign. Hosts are
/// in any script, but none of their labels goes on in another one of Han or
/// Hangul, say: there the address ends and its sentence goes on.
static ADDRESS: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"[0-9_\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Devanagari}]",
        r"[0-9_\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Devanagari}.%+'-]*(?:@|%40)",
        r"(?:(?:[0-9\p{Latin}\p{Greek}\p{Cyrillic}-]+",
        r"|[\p{L}--[\p{Latin}\p{Greek}\p{Cyrillic}]]",
        r"[\p{L}\p{M}0-9-]*)\.)+",
        r"(?:xn--[A-Za-z0-9-]*[A-Za-z0-9]|\p{Latin}{2,24}|\p{Greek}{2,24}|\p{Cyrillic}{2,24}",
        r"|[[\p{L}\p{M}]--[\p{Latin}\p{Greek}\p{Cyrillic}]]{2,12})",
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
    use crate::redact::Finding::Email;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

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
                "x@xn--bcher-kva.xn--vermgensberater-ctb",
                "ann@\u{4f8b}\u{5b50}.\u{516c}\u{53f8}",
                "ann@\u{4f8b}\u{3048}-2.example.jp",
                "ann@\u{b3c4}\u{ba54}\u{c778}.\u{d55c}\u{ad6d}",
                "ann@\u{0909}\u{0926}\u{093e}\u{0939}\u{0930}\u{0923}.\u{092d}\u{093e}\u{0930}\u{0924}",
                "\u{0645}\u{0646}@\u{0645}\u{062b}\u{0627}\u{0644}.\u{0645}\u{0635}\u{0631}",
                "ann@\u{0e15}\u{0e31}\u{0e27}.\u{0e44}\u{0e17}\u{0e22}",
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
            "\u{8bf7}\u{5199}ann@example.com\u{8054}\u{7cfb}\u{6211}.",
            "ann@example.com\u{c73c}\u{b85c} \u{bcf4}\u{b0b4}",
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
                "ann@\u{4f8b}\u{5b50}",
                "@\u{7528}\u{6237}.\u{4e2d}",
                "3 @ \u{4f8b}.\u{516c}\u{53f8}",
            ],
        );
    }
}
