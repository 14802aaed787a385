//! The value of a setting, read by its kind.

use super::setting::Word;
use crate::config::ConfigError;
use percent_encoding::percent_decode_str;
use std::time::Duration;

/// A value as it was given: not empty, and without space around it.
pub(super) struct Value<'a> {
    pub(super) setting: &'static str,
    pub(super) text: &'a str,
}

impl<'a> Value<'a> {
    pub(super) fn invalid(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::invalid(self.setting, problem)
    }

    pub(super) fn flag(&self) -> Result<bool, ConfigError> {
        match self.text {
            text if text.eq_ignore_ascii_case("true") => Ok(true),
            text if text.eq_ignore_ascii_case("false") => Ok(false),
            text => Err(self.is_none_of(&["true", "false"], text)),
        }
    }

    /// A number of what is counted in `unit`.
    pub(super) fn number(&self, unit: &str) -> Result<u64, ConfigError> {
        let number = self.text.parse();
        number.map_err(|_| {
            self.invalid(format!(
                "must be a whole number of {unit}, not `{}`",
                self.text
            ))
        })
    }

    pub(super) fn positive(&self, unit: &str) -> Result<u64, ConfigError> {
        match self.number(unit)? {
            0 => Err(self.invalid("must be more than 0")),
            number => Ok(number),
        }
    }

    /// The one of these that it is, in any case.
    pub(super) fn word<'w>(&self, words: &'w [Word]) -> Result<&'w Word, ConfigError> {
        let found = words
            .iter()
            .find(|word| word.text().eq_ignore_ascii_case(self.text));
        found.ok_or_else(|| {
            let known = words.iter().filter(|word| word.is_known());
            let known: Vec<&str> = known.map(Word::text).collect();
            self.is_none_of(&known, self.text)
        })
    }

    /// The error of a value, or of a part of one, that is none of these.
    pub(super) fn is_none_of(&self, known: &[&str], text: &str) -> ConfigError {
        self.invalid(format!("must be {}, not `{text}`", alternatives(known)))
    }

    /// What stands between commas.
    pub(super) fn items(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let items = self.text.split(',').map(str::trim);
        items.filter(|item| !item.is_empty())
    }

    /// `key=value` between commas.
    pub(super) fn pairs(&self) -> Result<Vec<(&'a str, &'a str)>, ConfigError> {
        let pair = |item: &'a str| {
            let (key, value) = item
                .split_once('=')
                .ok_or_else(|| self.invalid("must be key=value pairs, separated by commas"))?;
            Ok((key.trim(), value.trim()))
        };
        self.items().map(pair).collect()
    }

    /// The content of the file that it names.
    pub(super) fn content(&self) -> Result<Vec<u8>, ConfigError> {
        let path = self.text;
        std::fs::read(path).map_err(|error| {
            self.invalid(format!("names a file that cannot be read: {path}: {error}"))
        })
    }
}

/// A part of a value that is percent-encoded, as in baggage, or plain.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A time limit in milliseconds, of which 0 is none
/// ([specification](https://opentelemetry.io/docs/specs/otel/configuration/common/#timeout)).
pub(super) fn time_limit(milliseconds: u64) -> Duration {
    const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    match milliseconds {
        0 => A_YEAR,
        _ => Duration::from_millis(milliseconds),
    }
}

/// A number of things in memory.
pub(super) fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// As `a, b or c`.
pub(super) fn alternatives(values: &[impl AsRef<str>]) -> String {
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    match &values[..] {
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    }
}
