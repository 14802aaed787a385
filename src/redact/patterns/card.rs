//! Numbers of payment cards.

use super::{Found, Pattern, after, before, compiled, is_digit, is_word, runs, slice};
use std::ops::Range;

/// ISO/IEC 7812 allows fewer digits, but no card has them.
const MIN_DIGITS: usize = 13;
const MAX_DIGITS: usize = 19;

/// Digits, in groups or not, also over the end of a line.
static RUN: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"[0-9](?:[ .\-\u{a0}\u{2007}\u{2009}\u{202f}\u{2010}-\u{2013}]{0,3}",
        r"(?:\r?\n[ \t]{0,8})?[0-9]){12,}",
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for run in runs(&RUN, text) {
        let groups = groups(text, run);
        // Cards that overlap are all told of: which of them is one, who knows.
        for first in 0..groups.len() {
            let groups = groups.get(first..).unwrap_or_default();
            longest(text, groups).into_iter().for_each(&mut *found);
        }
    }
}

/// Groups of digits.
fn groups(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, _) in slice(text, &run)
        .char_indices()
        .filter(|(_, char)| char.is_ascii_digit())
    {
        let at = run.start + at;
        match groups.last_mut() {
            Some(group) if group.end == at => group.end += 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Of the cards that begin with the first group the longest. One line may end
/// within it, if a gap shows that the groups belong together: numbers below one
/// another are a column.
fn longest(text: &str, groups: &[Range<usize>]) -> Option<Range<usize>> {
    let start = groups.first()?.start;
    let mut end = start;
    let mut digits = String::new();
    let mut sizes = Vec::new();
    let mut longest = None;
    let mut line_ends = 0;
    for group in groups {
        let gap = slice(text, &(end..group.start));
        end = group.end;
        line_ends += usize::from(gap.contains('\n'));
        digits.push_str(slice(text, group));
        sizes.push(group.len());
        if digits.len() > MAX_DIGITS {
            break;
        }
        if digits.len() >= MIN_DIGITS
            && is_a_shape(&sizes)
            && line_ends <= usize::from(sizes.len() > 2)
            && is_issued(&digits)
            && has_valid_check_digit(&digits)
            && stands_alone(text, start, group.end)
        {
            longest = Some(start..group.end);
        }
    }
    longest
}

/// As cards are printed and typed: fours, 4-6-5, the issuer's six first, or
/// without a gap.
fn is_a_shape(sizes: &[usize]) -> bool {
    match sizes {
        [_] | [6, _] | [4, 6, _] => true,
        [fours @ .., last] => fours.iter().all(|size| *size == 4) && *last <= 4,
        [] => false,
    }
}

/// The ranges that cards are issued from, with their lengths. Nothing that
/// counts time begins like this.
fn is_issued(digits: &str) -> bool {
    let prefix = |length| {
        let prefix = digits.get(..length);
        prefix.and_then(|prefix| prefix.parse::<u32>().ok())
    };
    let (Some(two), Some(four)) = (prefix(2), prefix(4)) else {
        return false;
    };
    match (two, digits.len()) {
        // Visa.
        (40..=49, 13 | 16 | 19)
        // American Express.
        | (34 | 37, 15)
        // Diners Club.
        | (30 | 36 | 38 | 39, 14..=19)
        // JCB, UnionPay.
        | (35 | 81, 16..=19)
        // Mastercard.
        | (51..=55, 16)
        // Maestro; Discover, UnionPay, RuPay.
        | (50 | 56..=58 | 60..=69, _) => true,
        (22..=27, 16) => (2221..=2720).contains(&four),
        (97, 16) => four == 9792,
        _ => false,
    }
}

/// By Luhn's formula (ISO/IEC 7812-1, annex B).
fn has_valid_check_digit(digits: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let values = digits.chars().rev().filter_map(|char| char.to_digit(10));
    let sum: u32 = values
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(digit) } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Dates and codes may follow directly, as in `4111111111111111/12/28`.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let (near, far) = before(text, start);
    let begins = is_word(near) || near == Some('*') || (near == Some('.') && is_digit(far));
    let (near, far) = after(text, end);
    let goes_on = is_word(near) || (near == Some('.') && is_digit(far));
    !begins && !goes_on
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::CreditCard;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

    #[test]
    fn cards_of_every_issuer_are_found() {
        assert_whole(
            CreditCard,
            &[
                "4111111111111111",
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "4111.1111.1111.1111",
                "4111\u{a0}1111\u{202f}1111\u{2011}1111",
                "4111 - 1111 - 1111 - 1111",
                "411111 1111111111",
                "4222222222222",
                "5500005555555559",
                "2223003122003222",
                "378282246310005",
                "3782 822463 10005",
                "30569309025904",
                "3530111333300000",
                "6011111111111117",
                "6304000000000000",
                "6200000000000005",
                "4111 1111\n1111 1111",
                "4111-1111-1111-\r\n  1111",
                "3782\n822463 10005",
            ],
        );
    }

    #[test]
    fn cards_are_found_beside_other_numbers() {
        for (text, card) in [
            ("555 4111 1111 1111 1111 12 28", "4111 1111 1111 1111"),
            ("4111111111111111/12/28:123", "4111111111111111"),
            ("cvc 123 4111111111111111 2028", "4111111111111111"),
            ("\u{5361}4111111111111111\u{53f7}", "4111111111111111"),
            ("{\"n\":4111111111111111}", "4111111111111111"),
        ] {
            assert_eq!(all(CreditCard, text), [card], "{text}");
        }
        let two = "4111 1111 1111 1111 5500 0055 5555 5559";
        assert_eq!(all(CreditCard, two).len(), 2);
    }

    #[test]
    fn other_numbers_are_none() {
        assert_none(
            CreditCard,
            &[
                "4111111111111112",
                "411111111111",
                "41111111111111111111",
                "0.4111111111111111",
                "4111111111111111.5",
                "id_4111111111111111",
                "a4111111111111111",
                "41111111-1111-1111",
                "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
                "4111\n1111\n1111\n1111",
                "4111 1111\n1111\n1111",
                "411111\n1111111111",
                "41111111\n11111111",
                "4111 1111\n\n1111 1111",
                "0000000000000000",
                "1700000000000000",
            ],
        );
    }
}
