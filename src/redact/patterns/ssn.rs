//! Social security numbers of the United States.

use super::{Found, Pattern, accepted, compiled, slice, stands_alone};

static NUMBER: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"[0-9]{3}(?:[-\u{2010}-\u{2013}][0-9]{2}[-\u{2010}-\u{2013}]",
        r"|[ \u{a0}\u{202f}][0-9]{2}[ \u{a0}\u{202f}])[0-9]{4}",
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    let accept = |range: &_| is_issued(slice(text, range)) && stands_alone(text, range);
    accepted(&NUMBER, text, accept, found);
}

/// Areas 000, 666 and from 900 on, group 00 and serial 0000 are never issued
/// (SSA, POMS RM 10201.035).
fn is_issued(number: &str) -> bool {
    let mut parts = number.split(|char: char| !char.is_ascii_digit());
    let (area, group, serial) = (parts.next(), parts.next(), parts.next());
    let area = area.unwrap_or_default();
    !["000", "666"].contains(&area)
        && !area.starts_with('9')
        && group != Some("00")
        && serial != Some("0000")
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::Ssn;
    use crate::redact::patterns::tests::{assert_none, assert_whole};

    #[test]
    fn numbers_with_separators_are_found() {
        assert_whole(
            Ssn,
            &[
                "123-45-6789",
                "899 99 9999",
                "001-01-0001",
                "078-05-1120",
                "123\u{2011}45\u{2011}6789",
            ],
        );
    }

    #[test]
    fn numbers_that_are_never_issued_and_other_numbers_are_none() {
        assert_none(
            Ssn,
            &[
                "000-45-6789",
                "666-45-6789",
                "900-45-6789",
                "999-99-9999",
                "123-00-6789",
                "123-45-0000",
                "123456789",
                "123-45 6789",
                "1123-45-6789",
                "123-45-67890",
                "A-123-45-6789",
                "123-45-6789-1",
                "2024-11-23",
            ],
        );
    }
}
