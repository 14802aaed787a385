//! A file with the names of the variables, in TOML.

use super::FileVariables;
use crate::config::{ConfigError, Secret};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// Every variable that telemetry reads, but those that the SDK reads by
/// itself.
pub(super) const NAMES: [&str; 80] = [
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "OTEL_LOGS_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_PROPAGATORS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SDK_DISABLED",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "TES_API_KEY",
    "TES_BATCH_SIZE",
    "TES_CAPTURE_CONTENT",
    "TES_CLIENT_ID",
    "TES_DIALECT",
    "TES_DROP_POLICY",
    "TES_DURABILITY",
    "TES_ENDPOINT",
    "TES_FAILED_CALLS",
    "TES_FLUSH_INTERVAL",
    "TES_HEADERS",
    "TES_MAX_CONTENT_LENGTH",
    "TES_REDACT",
    "TES_REDACT_KEY",
    "TES_REDACT_MODE",
    "TES_SESSION_START",
    "TES_SOURCE",
    "TES_SPOOL_MAX_AGE",
    "TES_SPOOL_MAX_BYTES",
    "TES_SPOOL_PATH",
    "TES_TOOL_USE",
    "TES_TURN_GROUPING",
    "TES_TURN_MAX_AGE",
    "TES_TURN_NUMBERS",
    "TES_USER_ID",
    "TES_USER_IDS",
    "TES_USER_ID_KEY",
    "TURNSPAN_ALLOW_ATTRIBUTES",
    "TURNSPAN_REDACT",
    "TURNSPAN_REDACT_KEY",
    "TURNSPAN_REDACT_MODE",
    "TURNSPAN_SEMCONV",
];

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
        if !NAMES.contains(&name.as_str()) {
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
    let upper = name.to_ascii_uppercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(known, &upper);
    let nearest = NAMES.into_iter().min_by_key(distance);
    let nearest = nearest.filter(|nearest| distance(nearest) <= nearest.len() / 3);
    match nearest {
        Some(nearest) => format!("`{name}` is no setting; did you mean `{nearest}`?"),
        None => format!("`{name}` is no setting"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{Settings, Variables};
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    #[test]
    fn every_variable_that_is_read_may_be_in_the_file() {
        let read = RefCell::new(BTreeSet::new());
        let given = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("TES_ENDPOINT", "http://localhost:1"),
            ("TES_CLIENT_ID", "acme"),
            ("TES_API_KEY", "tes_key"),
        ];
        let settings = Settings::from_variables(&Variables::read_by(&|name| {
            read.borrow_mut().insert(name.to_owned());
            let found = given.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }));
        drop(settings.unwrap());
        let names: BTreeSet<String> = NAMES.into_iter().map(str::to_owned).collect();
        assert_eq!(read.into_inner(), names);
    }

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
