//! Settings that could be parsed.

use super::endpoint::Endpoint;
use crate::destination::{Otlp, Tes};
use crate::settings;
use std::path::Path;
use std::time::Duration;

/// Valid settings, as a program would start with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Whether `OTEL_SDK_DISABLED` switches everything off.
    pub is_disabled: bool,
    /// What is ignored, a message for each: values of `OTEL_*` variables that are
    /// wrong or not supported, and variables of unknown names that begin with
    /// `TES_`, `TURNSPAN_` or `OTEL_INSTRUMENTATION_GENAI_`.
    pub ignored: Vec<String>,
    /// The TES destination, if one is set.
    pub tes: Option<Tes>,
    /// Whether spans are written to standard error
    /// (`OTEL_TRACES_EXPORTER=console`).
    pub console: bool,
    otlp: Option<Otlp>,
}

/// Where events for TES wait, and how many of them for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolLimits {
    /// In a file (`TES_DURABILITY=durable`), or in memory.
    pub is_durable: bool,
    /// Whether a variable asks for the file, so that a program without it does
    /// not start; otherwise events then wait in memory.
    pub is_required: bool,
    /// The largest size in bytes (`TES_SPOOL_MAX_BYTES`).
    pub max_bytes: u64,
    /// The age at which events are dropped (`TES_SPOOL_MAX_AGE`).
    pub max_age: Duration,
}

impl Settings {
    /// Everywhere that data is sent to: TES, and each OTLP signal.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let tes = self.tes.iter().map(Endpoint::tes);
        let otlp = self.otlp.iter().flat_map(Endpoint::otlp);
        tes.chain(otlp).collect()
    }

    /// How events for TES wait, if TES is set.
    pub fn spool_limits(&self) -> Option<SpoolLimits> {
        let spool = &self.tes.as_ref()?.spool;
        Some(SpoolLimits {
            is_durable: spool.durable,
            is_required: spool.durable && spool.required_by.is_some(),
            max_bytes: spool.max_bytes,
            max_age: spool.max_age,
        })
    }

    /// The TES destination with its events in this file, whatever
    /// `TES_DURABILITY` and `TES_SPOOL_PATH` are: to send what waits there.
    pub fn tes_with_spool(&self, path: &Path) -> Option<Tes> {
        let tes = self.tes.clone()?;
        let mut spool = tes.spool.clone().path(path);
        spool.durable = true;
        Some(tes.spool(spool))
    }
}

impl From<settings::Settings> for Settings {
    fn from(settings: settings::Settings) -> Self {
        Self {
            is_disabled: settings.disabled,
            ignored: settings.ignored,
            tes: settings.tes,
            console: settings.console,
            otlp: settings.otlp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let file = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let settings = settings::Settings::default().with_file(&file.collect());
        Settings::from(settings.unwrap())
    }

    const TES: [(&str, &str); 3] = [
        ("TES_ENDPOINT", "https://tes.example"),
        ("TES_CLIENT_ID", "acme"),
        ("TES_API_KEY", "tes_sesame"),
    ];

    #[test]
    fn everywhere_that_data_is_sent_to_is_an_endpoint_without_secrets() {
        let otlp = [
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "https://me:sesame@otlp.example/a",
            ),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=sesame"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ];
        let settings = settings(&[&TES[..], &otlp].concat());
        let endpoints = settings.endpoints();
        let told = endpoints.iter().map(|it| (it.name, it.url.as_str()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("TES", "https://tes.example/api/graphql"),
                ("OTLP traces", "https://otlp.example/a/v1/traces"),
                ("OTLP logs", "https://otlp.example/a/v1/logs"),
            ]
        );
        assert!(!format!("{settings:?} {endpoints:?}").contains("sesame"));
    }

    #[test]
    fn with_nothing_set_there_is_nothing() {
        let none = settings(&[]);
        assert!(none.endpoints().is_empty() && none.tes.is_none());
        assert_eq!(none.spool_limits(), None);
        assert!(none.tes_with_spool(Path::new("spool.db")).is_none());
    }

    #[test]
    fn a_spool_that_a_variable_asks_for_is_required() {
        for (variable, expected) in [
            (("TES_SPOOL_PATH", "spool.db"), true),
            (("TES_DURABILITY", "durable"), true),
            (("TES_SPOOL_MAX_AGE", "60"), false),
        ] {
            let settings = settings(&[&TES[..], &[variable]].concat());
            assert_eq!(settings.spool_limits().unwrap().is_required, expected);
        }
    }

    #[test]
    fn what_waits_in_a_file_is_sent_with_the_limits_that_are_set() {
        let in_memory = [
            ("TES_DURABILITY", "best_effort"),
            ("TES_SPOOL_MAX_AGE", "60"),
        ];
        let mut settings = settings(&[&TES[..], &in_memory].concat());
        assert!(!settings.spool_limits().unwrap().is_durable);
        assert!(!settings.spool_limits().unwrap().is_required);
        settings.tes = settings.tes_with_spool(Path::new("spool.db"));
        let limits = settings.spool_limits().unwrap();
        assert!(limits.is_durable);
        assert_eq!(limits.max_age, Duration::from_secs(60));
    }
}
