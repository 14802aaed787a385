//! What others wrote, so that it gives a terminal no orders.

use std::fmt::Write as _;
use turnspan::diagnosis::needs_escape;
pub(crate) use turnspan::diagnosis::printable;

/// As it may be shown within a line.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace('\n', r"\n")
}

/// JSON that says the same, with its own escapes. Ends of lines between its
/// tokens stay.
pub(crate) fn json(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !needs_escape(c) {
            plain.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(plain, "\\u{unit:04x}").ok();
        }
    }
    plain
}

/// JSON without ends of lines and tabs between its tokens; those in strings
/// are escaped already.
pub(crate) fn json_line(json: &str) -> String {
    json.replace(['\n', '\r', '\t'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_with_escapes_of_its_own() {
        let said = serde_json::json!({"a\u{9b}": "\u{7f}\u{202e}\u{85}\n\"\u{1b}"});
        let plain = json(&serde_json::to_string_pretty(&said).unwrap());
        assert_eq!(plain.lines().count(), 3);
        assert!(
            plain.contains(r#""a\u009b": "\u007f\u202e\u0085\n\"\u001b""#),
            "{plain}"
        );
        let read: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(read, said);
    }

    #[test]
    fn what_is_to_be_one_line_is_one() {
        assert_eq!(one_line("a\r\nb\u{2028}c"), r"a\r\nb\u{2028}c");
        assert_eq!(json_line("{\r\n\t\"a\\n\": 1.50}"), r#"{"a\n": 1.50}"#);
    }
}
