//! Internet addresses of both versions.

use super::{Found, Pattern, after, before, compiled, is_word, runs, slice};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Four numbers and more: of more than four none is an address.
static DOTTED: Pattern = Pattern::new(|| compiled(r"[0-9]+(?:\.[0-9]+){3,}"));

static COLONED: Pattern = Pattern::new(|| compiled(r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]+"));

/// The longest text of an address of version 6.
const MAX_LENGTH: usize = 45;

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for range in runs(&DOTTED, text) {
        if slice(text, &range).parse::<Ipv4Addr>().is_ok() && stands_alone(text, &range) {
            found(range);
        }
    }
    for run in runs(&COLONED, text) {
        if let Some(range) = version_six(text, run).filter(|range| stands_alone(text, range)) {
            found(range);
        }
    }
}

/// The address in a run, which may have a colon or a stop of the sentence at
/// its ends.
fn version_six(text: &str, mut run: Range<usize>) -> Option<Range<usize>> {
    let whole = slice(text, &run);
    if whole.starts_with(':') && !whole.starts_with("::") {
        run.start += 1;
    }
    run.end -= whole.len() - whole.trim_end_matches('.').len();
    let is_address = |text: &str| {
        text.len() <= MAX_LENGTH && text.parse::<Ipv6Addr>().is_ok() && is_no_code(text)
    };
    if is_address(slice(text, &run)) {
        return Some(run);
    }
    run.end = run.end.checked_sub(1)?;
    let ends_in_a_colon = slice(text, &(run.end..run.end + 1)) == ":";
    (ends_in_a_colon && is_address(slice(text, &run))).then_some(run)
}

/// `a::b` is a path and `x[1::2]` a slice. The address `::1` is everybody's.
fn is_no_code(address: &str) -> bool {
    let count = |is: fn(&u8) -> bool| address.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let colons = count(|byte| *byte == b':');
    let is_decimal = digits + colons == address.len();
    let is_global = address.find(':') == Some(4) && address.starts_with(['2', '3']);
    let is_long = count(u8::is_ascii_hexdigit) > 4 && digits > 0;
    colons > 4 || address.contains('.') || (is_long && (!is_decimal || colons > 2 || is_global))
}

fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let (near, _) = before(text, range.start);
    let (follows, _) = after(text, range.end);
    !is_word(near) && near != Some('*') && !is_word(follows)
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::IpAddress;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

    #[test]
    fn addresses_of_both_versions_are_found() {
        assert_whole(
            IpAddress,
            &[
                "192.168.0.1",
                "8.8.8.8",
                "255.255.255.255",
                "2001:db8::1",
                "2001::1",
                "fe80::1",
                "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
                "::ffff:192.168.0.1",
            ],
        );
    }

    #[test]
    fn addresses_are_found_beside_ports_prefixes_and_stops() {
        for (text, address) in [
            ("http://10.0.0.1:8080/x", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.0"),
            ("from 10.0.0.1.", "10.0.0.1"),
            ("localhost/10.0.0.1", "10.0.0.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1: refused", "2001:db8::1"),
            ("ip:2001:db8::1", "2001:db8::1"),
            ("at fe80::1%eth0", "fe80::1"),
            ("at 2001:db8::1.", "2001:db8::1"),
        ] {
            assert_eq!(all(IpAddress, text), [address], "{text}");
        }
    }

    #[test]
    fn versions_times_paths_and_slices_are_none() {
        assert_none(
            IpAddress,
            &[
                "1.2.3",
                "1.2.3.4.5",
                "v1.2.3.4",
                "256.1.1.1",
                "1.02.3.4",
                "1.2.3.4a",
                "12:30:45",
                "::",
                "::1",
                "1::2",
                "10::200",
                "a::b",
                "Cafe::Abba",
                "my::deed::bed",
                "00:1a:2b:3c:4d:5e",
                "192.*.*.*",
            ],
        );
    }
}
