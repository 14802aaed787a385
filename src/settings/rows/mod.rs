//! Every setting there is: one row, from which follow what the environment and a
//! file may set, what `turnspan doctor` shows, and the page of variables.

mod delivery;
mod otel;
mod otlp;
mod redaction;
mod spans;
mod tes;
mod turnspan;

use super::setting::Group;
use super::setting::Setting;

/// In the order of the page. They are read in this order too.
pub(super) const GROUPS: [&Group; 14] = [
    &otel::GENERAL,
    &otlp::ALL,
    &otlp::TRACES,
    &otlp::METRICS,
    &otlp::LOGS,
    &otel::SPANS,
    &turnspan::GEN_AI,
    &turnspan::REDACTION,
    &tes::ACCOUNT,
    &tes::EVENTS,
    &tes::REDACTION,
    &delivery::REQUESTS,
    &turnspan::LINES,
    &delivery::SPOOL,
];

pub(super) fn settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.into_iter().flat_map(|group| group.settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigError;
    use crate::settings::Settings;
    use crate::settings::setting::{Kind, Word};
    use std::collections::BTreeSet;

    /// Settings with this one, where everything that a row can change is in use.
    fn read(name: &str, value: &str) -> Result<Settings, ConfigError> {
        Settings::default().with(|asked| {
            let value = match asked {
                _ if asked == name => value,
                "OTEL_EXPORTER_OTLP_ENDPOINT" => "http://localhost:4318",
                "TES_ENDPOINT" => "http://localhost:4999",
                "TES_CLIENT_ID" | "TES_API_KEY" | "TES_USER_ID_KEY" => "acme",
                "TES_REDACT" | "TURNSPAN_REDACT" => "all",
                "TES_REDACT_KEY" | "TURNSPAN_REDACT_KEY" => "pepper",
                _ => "",
            };
            (!value.is_empty()).then(|| value.to_owned())
        })
    }

    fn with(name: &str, value: &str) -> String {
        format!("{:?}", read(name, value).unwrap())
    }

    fn known(words: &[Word]) -> impl Iterator<Item = &'static str> {
        words.iter().filter(|word| word.is_known()).map(Word::text)
    }

    #[test]
    fn each_name_stands_once() {
        let names: BTreeSet<&str> = settings().map(|setting| setting.name).collect();
        assert_eq!(names.len(), settings().count());
        assert!(names.len() > 80, "only {names:?}");
    }

    #[test]
    fn each_value_changes_something() {
        for Setting { name, kind, .. } in settings() {
            let values: Vec<&str> = match kind {
                Kind::Flag(_) => vec!["true", "false"],
                Kind::Number(..) | Kind::Positive(..) => vec!["7", "8"],
                Kind::Words(words) => known(words).take(2).collect(),
                _ => continue,
            };
            let [one, other] = values[..] else {
                panic!("{name} has no choice");
            };
            assert_ne!(with(name, one), with(name, other), "{name}");
        }
    }

    #[test]
    fn a_default_that_is_said_is_the_default() {
        for Setting {
            name,
            kind,
            default,
            ..
        } in settings()
        {
            // What is said of OTLP is told from what is not, for each signal.
            let is_of_otlp = name.contains("OTLP") || name.contains("METRIC");
            let value = default.split(' ').next().unwrap_or_default();
            let value = value.trim_matches('`');
            match kind {
                _ if is_of_otlp => continue,
                // Whoever says it relies on it: what is a warning becomes an error.
                _ if *name == "TES_DURABILITY" => continue,
                Kind::Flag(_) | Kind::Number(..) | Kind::Positive(..) | Kind::Words(_) => {}
                _ => continue,
            }
            let value = value.trim_end_matches(',');
            assert_eq!(with(name, value), with(name, ""), "{name}");
        }
    }

    #[test]
    fn what_is_named_like_a_secret_is_one_or_the_path_of_one() {
        for Setting {
            name,
            kind,
            is_secret,
            ..
        } in settings()
        {
            let is_named_so = ["_KEY", "_HEADERS", "_TOKEN", "_SECRET", "_PASSWORD"]
                .iter()
                .any(|end| name.ends_with(end));
            let is_path = matches!(kind, Kind::Path(_));
            assert_eq!(*is_secret, is_named_so && !is_path, "{name}");
        }
    }

    #[test]
    fn neither_errors_nor_settings_repeat_a_secret() {
        let mut refused = 0;
        for setting in settings().filter(|setting| setting.is_secret) {
            for value in ["sesame", "a b=sesame", "a=se\nsame sesame"] {
                let told = match read(setting.name, value) {
                    Ok(settings) => format!("{settings:?}"),
                    Err(error) => {
                        refused += 1;
                        error.to_string()
                    }
                };
                assert!(!told.contains("sesame"), "{}: {told}", setting.name);
            }
        }
        assert!(refused > 4, "only {refused} values were refused");
    }

    #[test]
    fn help_is_made_of_sentences() {
        for Setting { name, help, .. } in settings() {
            assert!(
                help.ends_with('.') && !help.contains("  "),
                "{name}: {help}"
            );
        }
    }
}
