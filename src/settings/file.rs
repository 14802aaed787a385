//! A file with the names of the variables, in TOML.

use super::{FileVariables, unknown};
use crate::config::{ConfigError, Secret};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// Reads the file at `path`.
pub(crate) fn read(path: &Path) -> Result<FileVariables, ConfigError> {
    let unusable = |problem: String| ConfigError::file(path, problem);
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    // The parser's own message would show the line, which may hold a key.
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        unusable(format!("line {line} is no TOML"))
    })?;
    let variables = table.into_iter().map(|(name, value)| {
        if !unknown::is_known(&name) {
            return Err(unusable(unknown(&name)));
        }
        let value = text_of(value)
            .ok_or_else(|| unusable(format!("{name} must be a text, a number or a flag")))?;
        Ok((name, Secret::new(value)))
    });
    variables.collect()
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

fn unknown(name: &str) -> String {
    match unknown::nearest(name) {
        Some(nearest) => format!("`{name}` is no setting; did you mean `{nearest}`?"),
        None => format!("`{name}` is no setting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_with_the_nearest_one() {
        assert_eq!(
            unknown("OTEL_EXPORTER_OTLP_ENDPONT"),
            "`OTEL_EXPORTER_OTLP_ENDPONT` is no setting; did you mean `OTEL_EXPORTER_OTLP_ENDPOINT`?"
        );
        assert_eq!(
            unknown("tes_apikey"),
            "`tes_apikey` is no setting; did you mean `TES_API_KEY`?"
        );
        assert_eq!(unknown("color"), "`color` is no setting");
    }
}
