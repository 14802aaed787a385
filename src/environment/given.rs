//! Which variables say something, for people.

use super::FileVariables;
use super::file::NAMES;
use crate::urls;
use std::env;

/// A variable that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: &'static str,
    /// What it says; `set` where that may be a secret.
    pub shown: String,
    /// Whether the environment says it; else the file does.
    pub is_of_environment: bool,
}

/// All of them. As the environment overrides the file, a name is there once.
pub(crate) fn given(file: &FileVariables) -> Vec<Given> {
    let given = NAMES.into_iter().filter_map(|name| {
        let of_environment = of_environment(name);
        let is_of_environment = of_environment.is_some();
        let value = of_environment.or_else(|| Some(file.get(name)?.expose().to_owned()))?;
        Some(Given {
            name,
            shown: shown(name, value.trim()),
            is_of_environment,
        })
    });
    given.collect()
}

/// What one variable says.
pub(crate) fn value(name: &str, file: &FileVariables) -> Option<String> {
    let value = of_environment(name).or_else(|| Some(file.get(name)?.expose().to_owned()));
    let value = value.map(|value| value.trim().to_owned());
    value.filter(|value| !value.is_empty())
}

fn of_environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn shown(name: &str, value: &str) -> String {
    if name.ends_with("_KEY") && !name.ends_with("CLIENT_KEY") || name.ends_with("_HEADERS") {
        return "set".to_owned();
    }
    if name.ends_with("_ENDPOINT") {
        return urls::shown(value);
    }
    value.to_owned()
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
            assert_eq!(shown(name, value), expected, "{name}");
        }
    }
}
