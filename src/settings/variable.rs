//! Variables that are set, as people may see them.

use super::{FileVariables, rows, source};

/// A variable that the environment or the file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variable {
    /// Its name, such as `TES_ENDPOINT`.
    pub name: &'static str,
    /// Its value. `set` instead if it may be a secret; URLs are without user,
    /// password and query.
    pub value: String,
    /// Whether the environment sets it; else the file does.
    pub is_from_environment: bool,
}

/// Those that are set, sorted by name. The environment overrides the file.
pub(crate) fn variables(file: &FileVariables) -> Vec<Variable> {
    let set = rows::settings().filter_map(|setting| {
        let environment = source::environment(setting.name);
        let is_from_environment = environment.is_some();
        let value = environment.or_else(|| source::of_file(file, setting.name))?;
        Some(Variable {
            name: setting.name,
            value: setting.shown(&value),
            is_from_environment,
        })
    });
    let mut variables: Vec<Variable> = set.collect();
    variables.sort_by_key(|variable| variable.name);
    variables
}

/// The value of one variable, which may be a secret.
pub(crate) fn value(name: &str, file: &FileVariables) -> Option<String> {
    source::environment(name).or_else(|| source::of_file(file, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for (name, value, expected) in [
            ("TES_API_KEY", "tes_sesame", "set"),
            ("TES_HEADERS", "x-token=sesame", "set"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=sesame", "set"),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://me:sesame@x.example/a?key=sesame",
                "https://x.example/a?...",
            ),
            ("TES_ENDPOINT", "me:sesame@x.example", "x.example"),
            (
                "OTEL_EXPORTER_OTLP_CLIENT_KEY",
                "/etc/key.pem",
                "/etc/key.pem",
            ),
            ("TES_CLIENT_ID", "acme", "acme"),
        ] {
            let setting = rows::settings().find(|it| it.name == name).unwrap();
            assert_eq!(setting.shown(value), expected, "{name}");
        }
    }
}
