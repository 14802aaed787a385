//! Colors of a terminal.

use std::fmt::Display;

/// Colors, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    is_colored: bool,
}

impl Paint {
    pub(super) fn of(is_terminal: bool, no_color: bool) -> Self {
        Self {
            is_colored: is_terminal && !no_color,
        }
    }

    pub(super) fn bold(self, text: impl Display) -> String {
        self.with("1", text)
    }

    pub(super) fn dim(self, text: impl Display) -> String {
        self.with("2", text)
    }

    pub(super) fn good(self, text: impl Display) -> String {
        self.with("32", text)
    }

    pub(super) fn warning(self, text: impl Display) -> String {
        self.with("33", text)
    }

    pub(super) fn bad(self, text: impl Display) -> String {
        self.with("31", text)
    }

    /// In the color of an SGR code
    /// ([ECMA-48](https://ecma-international.org/publications-and-standards/standards/ecma-48/),
    /// 8.3.117).
    fn with(self, code: &str, text: impl Display) -> String {
        if self.is_colored {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_string()
        }
    }
}
