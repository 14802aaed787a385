//! Text of others, which may hold what a terminal takes for orders, or what
//! turns the direction of a text round, so that it reads as another.

/// Whether a terminal takes a character for an order, or it turns text round: of
/// Unicode's controls, its marks, embeddings, overrides and isolates of
/// direction, and its ends of lines.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        )
        || matches!(c, '\u{2066}'..='\u{2069}')
}

/// As it may be shown, line by line.
pub(crate) fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && needs_escape(c) {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// As it may be shown within a line.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_escaped_and_other_scripts_stay() {
        assert_eq!(
            printable("a\u{9b}1m\u{1b}[0m\u{7f}\u{202e}\u{2069}\r\n\tz"),
            "a\\u{9b}1m\\u{1b}[0m\\u{7f}\\u{202e}\\u{2069}\\r\n\\tz",
        );
        let scripts = "\u{645}\u{646} \u{5d0} \u{4f8b} \u{1f469}\u{200d}\u{1f4bb} \u{e9}";
        assert_eq!(printable(scripts), scripts);
    }
    #[test]
    fn what_is_to_be_one_line_is_one() {
        assert_eq!(one_line("a\r\nb\u{2028}c"), r"a\r\nb\u{2028}c");
    }
}
