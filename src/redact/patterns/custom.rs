//! What users look for.

use crate::config::ConfigError;
use crate::redact::Action;
use regex::{Error, Regex, RegexBuilder};
use std::ops::Range;

const SETTING: &str = "Redaction::pattern";

/// What a compiled expression may take, in bytes: the time of a search grows
/// with it.
const MAX_SIZE: usize = 1 << 20;

/// Of a label, which stands in every place that is found.
const MAX_LABEL: usize = 32;

/// An expression of a user's, under a name.
#[derive(Debug, Clone)]
pub(in crate::redact) struct Custom {
    pub(in crate::redact) label: String,
    pub(in crate::redact) action: Action,
    regex: Regex,
}

impl Custom {
    pub(in crate::redact) fn new(
        label: &str,
        expression: &str,
        action: Action,
    ) -> Result<Self, ConfigError> {
        if !is_label(label) {
            let problem = format!(
                "needs a label of at most {MAX_LABEL} capital letters, digits and underscores, \
                 a letter first, not `{label}`"
            );
            return Err(ConfigError::invalid(SETTING, problem));
        }
        let regex = RegexBuilder::new(expression)
            .size_limit(MAX_SIZE)
            .dfa_size_limit(MAX_SIZE)
            .build()
            .map_err(|error| {
                ConfigError::invalid(SETTING, format!("`{label}` {}", problem(&error)))
            })?;
        Ok(Self {
            label: label.to_owned(),
            action,
            regex,
        })
    }

    pub(in crate::redact) fn find<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = Range<usize>> + 't {
        let found = self.regex.find_iter(text);
        found
            .map(|found| found.range())
            .filter(|range| !range.is_empty())
    }
}

/// As labels of our own are, so that a label in a text is known as one.
pub(in crate::redact) fn is_label(text: &str) -> bool {
    let is_part = |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_';
    text.len() <= MAX_LABEL
        && text.starts_with(|char: char| char.is_ascii_uppercase())
        && text.chars().all(is_part)
}

/// The last line of a message says what is wrong, those before it show where.
fn problem(error: &Error) -> String {
    match error {
        Error::CompiledTooBig(_) => "is too large".to_owned(),
        error => {
            let text = error.to_string();
            let last = text.lines().next_back().unwrap_or_default();
            let last = last.trim_start_matches("error: ");
            format!("is no regular expression: {last}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(label: &str, expression: &str) -> String {
        let made = Custom::new(label, expression, Action::Label);
        made.unwrap_err().to_string()
    }

    #[test]
    fn an_expression_finds_what_it_matches_and_never_nothing() {
        let custom = Custom::new("ORDER", r"ORD-\d+|x*", Action::Label).unwrap();
        let found: Vec<_> = custom.find("see ORD-1 and ORD-22").collect();
        assert_eq!(found, [4..9, 14..20]);
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        assert_eq!(
            error("ORDER", "(a"),
            "Redaction::pattern `ORDER` is no regular expression: unclosed group"
        );
        assert_eq!(
            error("BIG", r"\w{900}{900}"),
            "Redaction::pattern `BIG` is too large"
        );
        assert_eq!(
            error("order", "a"),
            "Redaction::pattern needs a label of at most 32 capital letters, digits and \
             underscores, a letter first, not `order`"
        );
    }
}
