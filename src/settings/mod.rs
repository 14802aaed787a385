//! Settings from the environment, the only place that reads it, and from a
//! file with the same names.
//!
//! There is one table of them, [`rows`]. To add a setting is to add a row.

mod constraint;
mod draft;
#[cfg(feature = "config-file")]
mod file;
mod otlp;
#[cfg(test)]
mod page;
mod redact;
mod rows;
mod setting;
mod source;
mod value;
#[cfg(feature = "diagnosis")]
mod variable;

#[cfg(feature = "config-file")]
pub(crate) use file::read as read_file;
pub(crate) use source::{FileVariables, log_filter, no_color};
#[cfg(feature = "diagnosis")]
pub use variable::Variable;
#[cfg(feature = "diagnosis")]
pub(crate) use variable::{value, variables};

use crate::config::{CaptureMode, ConfigError};
use crate::conventions::Conventions;
use crate::destination::batching::Batching;
use crate::destination::{Lines, Otlp, Tes};
use crate::gate::Allowed;
use crate::propagation::Propagation;
use crate::provider::Providers;
use crate::redact::Redaction;
use draft::Draft;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::ShouldSample;

/// What a program, a file and the environment have set.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    pub(crate) capture: CaptureMode,
    pub(crate) full_tool_definitions: bool,
    pub(crate) allowed: Allowed,
    pub(crate) providers: Providers,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<KeyValue>,
    pub(crate) otlp: Option<Otlp>,
    /// Whether variables say so, which exporters of others follow too.
    pub(crate) otlp_is_of_variables: bool,
    /// Whether spans are written to standard error.
    pub(crate) console: bool,
    pub(crate) tes: Option<Tes>,
    pub(crate) lines: Option<Lines>,
    pub(crate) redact_spans: Option<Redaction>,
    pub(crate) sampler: Option<Box<dyn ShouldSample>>,
    pub(crate) conventions: Conventions,
    pub(crate) propagation: Propagation,
    pub(crate) batching: Batching,
    /// What was said and is not followed, for people.
    pub(crate) ignored: Vec<String>,
}

impl Settings {
    /// Takes what the environment says, and where that says nothing the file.
    pub(crate) fn with_env(self, file: &FileVariables) -> Result<Self, ConfigError> {
        self.with(|name| source::environment(name).or_else(|| source::of_file(file, name)))
    }

    /// Takes what the file says.
    #[cfg(feature = "config-file")]
    pub(crate) fn with_file(self, file: &FileVariables) -> Result<Self, ConfigError> {
        self.with(|name| source::of_file(file, name))
    }

    fn with(self, read: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut draft = Draft::of(self);
        for group in rows::GROUPS {
            if !(group.counts)(&draft) {
                continue;
            }
            for setting in group.settings {
                if let Some(text) = read(setting.name) {
                    setting.take(&text, &mut draft)?;
                }
            }
            (group.join)(&mut draft)?;
        }
        draft.finish()
    }
}

impl Tes {
    /// What the `TES_*` variables say; nothing if none of `TES_ENDPOINT`,
    /// `TES_CLIENT_ID` and `TES_API_KEY` is set. For a
    /// [`TesExporter`](crate::TesExporter): a builder reads them itself, see
    /// [`Builder::env`](crate::Builder::env).
    ///
    /// # Errors
    ///
    /// If a variable has a value that it cannot have, or one of the three is
    /// missing.
    ///
    /// ```no_run
    /// use turnspan::{Tes, TesExporter};
    ///
    /// let exporter = Tes::from_env()?.map(TesExporter::new).transpose()?;
    /// # drop(exporter); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Ok(Settings::default().with_env(&FileVariables::new())?.tes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use std::time::Duration;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        over(Settings::default(), variables)
    }

    fn over(before: Settings, variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let file = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        let file: FileVariables = file.collect();
        before.with(|name| source::of_file(&file, name))
    }

    fn error(variables: &[(&str, &str)]) -> String {
        settings(variables).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_environment_configures_nothing() {
        let none = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).unwrap();
        assert!(none.otlp.is_none() && none.tes.is_none() && !none.disabled);
        assert_eq!(none.capture, CaptureMode::NoContent);
    }

    #[test]
    fn a_bad_setting_is_named_with_its_remedy() {
        assert_eq!(
            error(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")]),
            "OTEL_EXPORTER_OTLP_ENDPOINT is not an http or https URL: `localhost:4318`"
        );
        assert_eq!(
            error(&[
                ("TES_ENDPOINT", "https://x.example"),
                ("TES_CLIENT_ID", "acme")
            ]),
            "TES_API_KEY is not set, but TES_ENDPOINT is"
        );
        assert_eq!(
            error(&[("OTEL_SDK_DISABLED", "yes")]),
            "OTEL_SDK_DISABLED must be true or false, not `yes`"
        );
    }

    #[test]
    fn a_key_is_in_no_message() {
        let message = error(&[
            ("TES_ENDPOINT", "http://user:sesame@x.example"),
            ("TES_CLIENT_ID", "acme"),
            ("TES_API_KEY", "tes_sesame"),
        ]);
        assert!(!message.contains("sesame"), "{message}");
    }

    #[test]
    fn what_is_said_holds_also_where_it_is_the_default_or_nothing() {
        let given = [
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                "http://localhost:4318",
            ),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "2048"),
            ("OTEL_BSP_EXPORT_TIMEOUT", "0"),
        ];
        let before = Settings {
            otlp: Some(Otlp::new("http://localhost:4318").unwrap()),
            ..Settings::default()
        };
        let settings = over(before, &given).unwrap();
        assert!(settings.otlp.is_none(), "it was said to be off");
        let batching = settings.batching;
        assert_eq!(batching.max_queued, 2048);
        assert!(
            batching.export_timeout > Duration::from_secs(3600),
            "no limit"
        );
    }

    #[test]
    fn names_are_known_in_any_case() {
        let given = [
            ("OTEL_TRACES_SAMPLER", "ParentBased_Always_Off"),
            ("OTEL_PROPAGATORS", "TraceContext"),
        ];
        let settings = settings(&given).unwrap();
        assert!(settings.sampler.is_some());
        assert!(!settings.propagation.no_trace_context && settings.propagation.no_baggage);
    }

    #[test]
    fn batches_are_as_the_variables_say() {
        let given = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "9"),
            ("OTEL_BSP_SCHEDULE_DELAY", "250"),
        ];
        let batching = settings(&given).unwrap().batching;
        assert_eq!(batching.max_queued, 9);
        assert_eq!(batching.delay, Duration::from_millis(250));
        assert_eq!(batching.max_batch, Batching::default().max_batch);
        assert_eq!(
            error(&[("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0")]),
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE must be more than 0"
        );
    }

    #[test]
    fn capture_takes_the_upstream_values_in_any_case() {
        const NAME: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
        for (value, mode) in [
            ("span_only", CaptureMode::SpanOnly),
            ("EVENT_ONLY", CaptureMode::EventOnly),
            ("Span_And_Event", CaptureMode::SpanAndEvent),
            ("false", CaptureMode::NoContent),
        ] {
            assert_eq!(settings(&[(NAME, value)]).unwrap().capture, mode);
        }
    }
}
