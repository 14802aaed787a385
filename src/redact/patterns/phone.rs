//! Numbers of telephones, as people write them: with a plus, or with gaps.
//!
//! Ten digits in a row may be anything, so they are none.

use super::{Found, Pattern, accepted, before, compiled, slice, stands_alone};

/// What stands between groups of digits.
macro_rules! gap {
    () => {
        r"[ ./\-\u{a0}\u{2007}\u{2009}\u{202f}\u{2010}-\u{2013}]"
    };
}

/// The same, and brackets.
macro_rules! gaps {
    () => {
        r"[ ./()\-\u{a0}\u{2007}\u{2009}\u{202f}\u{2010}-\u{2013}]{0,3}"
    };
}

/// With a country's code (E.164), behind a plus; of +1 ten digits follow.
static INTERNATIONAL: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"\+1(?:",
        gaps!(),
        r"[0-9]){10}|\+[2-9](?:",
        gaps!(),
        r"[0-9]){7,14}"
    ))
});

/// North America's three, three and four; with brackets there may be no gap.
/// China's mobiles: three, four and four.
static NATIONAL: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?:1",
        gap!(),
        r")?(?:\([0-9]{3}\)",
        gap!(),
        r"?|[0-9]{3}",
        gap!(),
        r")[0-9]{3}",
        gap!(),
        r"[0-9]{4}|1[3-9][0-9]",
        gap!(),
        r"[0-9]{4}",
        gap!(),
        r"[0-9]{4}"
    ))
});

/// With the code of an area in brackets.
static BRACKETED: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"\([0-9]{2,5}\)",
        gap!(),
        r"?[0-9]{3,5}",
        gap!(),
        r"?[0-9]{3,5}"
    ))
});

/// Behind the zero that most of the world dials within a country, or the two
/// that it dials to leave one.
static TRUNK: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?:\(0[1-9][0-9]{0,4}\)|(?:0|00 ?)[1-9][0-9]{0,4})(?:",
        gaps!(),
        r"[0-9]){4,12}"
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    let alone = |range: &_| stands_alone(text, range);
    accepted(
        &INTERNATIONAL,
        text,
        |range| {
            alone(range) && !is_decimal(slice(text, range)) && !follows_a_plus(text, range.start)
        },
        found,
    );
    accepted(&NATIONAL, text, alone, found);
    accepted(
        &BRACKETED,
        text,
        |range| alone(range) && (9..=12).contains(&digits(slice(text, range))),
        found,
    );
    accepted(
        &TRUNK,
        text,
        |range| alone(range) && is_grouped(slice(text, range)) && !is_decimal(slice(text, range)),
        found,
    );
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// `+1.23456789` and `037.774929` are numbers.
fn is_decimal(number: &str) -> bool {
    let mut gaps = number.bytes().skip(1).filter(|byte| !byte.is_ascii_digit());
    gaps.next() == Some(b'.') && gaps.next().is_none()
}

fn follows_a_plus(text: &str, at: usize) -> bool {
    before(text, at).0 == Some('+')
}

/// Whether the groups are those of a telephone, and of no date or count.
fn is_grouped(number: &str) -> bool {
    let groups = number.split(|char: char| !char.is_ascii_digit());
    let sizes: Vec<usize> = groups.map(str::len).filter(|size| *size > 0).collect();
    let total: usize = sizes.iter().sum();
    let goes_abroad = number.starts_with("00");
    let allowed = if goes_abroad { 10..=17 } else { 9..=12 };
    let is_of_pairs = sizes.iter().all(|size| *size == 2);
    let shape_fits = match &sizes[..] {
        // Without gaps, or a number of social security.
        [] | [_] | [3, 2, 4] => false,
        // France's five pairs.
        _ if is_of_pairs => sizes.len() == 5 && !goes_abroad,
        // Day, month and year.
        [1 | 2, 1 | 2, 2 | 4, ..] => goes_abroad,
        [.., last] => *last > 1,
    };
    allowed.contains(&total) && shape_fits
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::Phone;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

    #[test]
    fn international_numbers_are_found() {
        assert_whole(
            Phone,
            &[
                "+14155552671",
                "+1 415 555 2671",
                "+1 (415) 555-2671",
                "+1-415-555-2671",
                "+1.415.555.2671",
                "+49 30 1234567",
                "+49 (0)30 123456-78",
                "+49 (0) 30 1234567",
                "+44 20 7946 0958",
                "+91 98765 43210",
                "+86 138 1234 5678",
                "+33 1 23 45 67 89",
                "+1\u{202f}415\u{2011}555\u{2011}2671",
                "0049 30 1234567",
                "00 44 20 7946 0958",
            ],
        );
    }

    #[test]
    fn national_numbers_with_gaps_are_found() {
        assert_whole(
            Phone,
            &[
                "415-555-2671",
                "555-123-4567",
                "415.555.2671",
                "415 555 2671",
                "1-800-555-0199",
                "030 1234567",
                "030/1234567",
                "0171-1234567",
                "020 7946 0958",
                "01 23 45 67 89",
                "01.23.45.67.89",
                "0412 345 678",
                "090-1234-5678",
                "138 1234 5678",
                "(415) 555-2671",
                "(415)555-2671",
                "(030) 1234567",
                "(11) 91234-5678",
            ],
        );
    }

    #[test]
    fn numbers_are_found_within_other_things() {
        for text in [
            "tel:415-555-2671",
            "Tel.415-555-2671",
            "- 415-555-2671.",
            "12 415-555-2671",
            "\u{7535}\u{8bdd}415-555-2671\u{53f7}",
        ] {
            assert_eq!(all(Phone, text), ["415-555-2671"], "{text}");
        }
        let two = "415-555-2671 415-555-2672";
        assert_eq!(all(Phone, two).len(), 2);
        assert_eq!(all(Phone, "+1 415 555 2671 2024"), ["+1 415 555 2671"]);
        assert_eq!(all(Phone, "01 23 45 67 89 10"), ["01 23 45 67 89"]);
        assert_eq!(all(Phone, "+49 30 1234567 1000000000").len(), 1);
    }

    #[test]
    fn orders_dates_and_amounts_are_none() {
        assert_none(
            Phone,
            &[
                "4155552671",
                "04155552671",
                "1234567890123",
                "ORD-415-555-2671",
                "415-555-2671-9",
                "415-555-26711",
                "x415-555-2671",
                "01-02-2024",
                "01.02.2024 10:30",
                "05-12-2023 14:30",
                "09.11.2001 10.30.00",
                "01 02 03 04",
                "037.774929",
                "078-05-1120",
                "2024-11-23 08:15",
                "+1.23456789",
                "+0200",
                "+02:00",
                "+1234",
                "1e+14155552671",
                "0.123 456 789",
                "555-1234",
                "***-4567 8901",
                "****4567",
            ],
        );
    }
}
