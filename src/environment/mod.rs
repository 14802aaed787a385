//! Settings from the environment, the only place that reads it, and from a
//! file with the same names.

#[cfg(feature = "config-file")]
mod file;
#[cfg(feature = "cli")]
mod given;
mod otlp;
mod redact;
mod sampler;
mod tes;

#[cfg(feature = "config-file")]
pub(crate) use file::read as read_file;
#[cfg(feature = "cli")]
pub use given::Given;
#[cfg(feature = "cli")]
pub(crate) use given::{given, value};

use crate::config::{CaptureMode, ConfigError, Secret};
use crate::conventions::Conventions;
use crate::export::destination::Batching;
use crate::export::{Otlp, Tes};
use crate::redact::Redaction;
use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::Duration;

/// What `RUST_LOG` says.
pub(crate) fn log_filter() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    env::var("RUST_LOG").ok()
}

/// Variables of a file, by name. Their values may be secrets.
pub(crate) type FileVariables = BTreeMap<String, Secret>;

/// What the variables say; of what they do not say, nothing.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: Option<bool>,
    pub(crate) capture: Option<CaptureMode>,
    pub(crate) otlp: Option<Otlp>,
    pub(crate) tes: Option<Tes>,
    pub(crate) redact_spans: Option<Redaction>,
    pub(crate) allowed: Option<Vec<String>>,
    pub(crate) sampler: Option<Sampler>,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) propagators: Option<BTreeSet<String>>,
    pub(crate) batching: Option<Batching>,
    pub(crate) conventions: Option<Conventions>,
    /// What was said and is not followed, for people.
    pub(crate) ignored: Vec<String>,
}

impl Settings {
    /// The environment, and where that says nothing the file.
    pub(crate) fn from_env(file: &FileVariables) -> Result<Self, ConfigError> {
        let from_env = |name: &str| {
            #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
            env::var(name).ok().filter(|value| !value.trim().is_empty())
        };
        Self::from_variables(&Variables::read_by(&|name| {
            from_env(name).or_else(|| Some(file.get(name)?.expose().to_owned()))
        }))
    }

    /// The file alone.
    #[cfg(feature = "config-file")]
    pub(crate) fn from_file(file: &FileVariables) -> Result<Self, ConfigError> {
        Self::from_variables(&Variables::read_by(&|name| {
            Some(file.get(name)?.expose().to_owned())
        }))
    }

    /// An empty variable counts as unset, as the OpenTelemetry specification
    /// asks.
    fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            disabled: variables.bool("OTEL_SDK_DISABLED")?,
            capture: variables.capture()?,
            otlp: variables.otlp()?,
            tes: variables.tes()?,
            redact_spans: variables.redaction(&redact::SPANS)?,
            allowed: variables.allowed()?,
            sampler: variables.sampler()?,
            service_name: variables.text("OTEL_SERVICE_NAME"),
            resource: variables.resource()?,
            propagators: variables.propagators()?,
            batching: variables.batching()?,
            conventions: variables.conventions()?,
            ignored: variables.ignored.take(),
        })
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
        Ok(Settings::from_env(&FileVariables::new())?.tes)
    }
}

struct Variables<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
    /// Values that the specification knows and telemetry has nothing for.
    ignored: RefCell<Vec<String>>,
}

impl<'a> Variables<'a> {
    fn read_by(read: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            read,
            ignored: RefCell::default(),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.read)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn bool(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        self.one_of(name, &[("true", Some(true)), ("false", Some(false))])
    }

    /// What a value stands for, in any case. One that stands for nothing here,
    /// but that the specification knows, is left to whoever can follow it: such
    /// variables are set for all the programs of a fleet.
    fn one_of<T: Clone>(
        &self,
        name: &'static str,
        known: &[(&str, Option<T>)],
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let found = known.iter().find(|(it, _)| it.eq_ignore_ascii_case(&text));
        let Some((value, meaning)) = found else {
            let values = known.iter().filter(|(_, meaning)| meaning.is_some());
            let values: Vec<&str> = values.map(|(value, _)| *value).collect();
            let problem = format!("must be {}, not `{text}`", alternatives(&values));
            return Err(ConfigError::invalid(name, problem));
        };
        if meaning.is_none() {
            self.ignore(name, value);
        }
        Ok(meaning.clone())
    }

    fn ignore(&self, name: &str, value: &str) {
        let what = format!("{name}: `{value}` is not supported and was ignored");
        self.ignored.borrow_mut().push(what);
    }

    fn number(&self, name: &'static str) -> Result<Option<u64>, ConfigError> {
        let parse = |value: String| {
            value.parse().map_err(|_| {
                ConfigError::invalid(name, format!("must be a whole number, not `{value}`"))
            })
        };
        self.text(name).map(parse).transpose()
    }

    /// `key=value` pairs behind commas, values percent-encoded or plain.
    fn pairs(&self, name: &'static str) -> Result<Vec<(String, String)>, ConfigError> {
        let text = self.text(name).unwrap_or_default();
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                ConfigError::invalid(name, "must be key=value pairs behind commas")
            })?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        };
        text.split(',')
            .filter(|pair| !pair.trim().is_empty())
            .map(pair)
            .collect()
    }

    /// Keys of attributes behind commas, each with a `*` at the end at most.
    fn allowed(&self) -> Result<Option<Vec<String>>, ConfigError> {
        const NAME: &str = "TURNSPAN_ALLOW_ATTRIBUTES";
        let Some(text) = self.text(NAME) else {
            return Ok(None);
        };
        let keys = text.split(',').map(str::trim);
        let key = |key: &str| match key.strip_suffix('*').unwrap_or(key) {
            start if start.contains(|char: char| char == '*' || char.is_whitespace()) => {
                let problem = format!("must be keys behind commas, `*` at their end, not `{key}`");
                Err(ConfigError::invalid(NAME, problem))
            }
            _ => Ok(key.to_owned()),
        };
        keys.filter(|key| !key.is_empty())
            .map(key)
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn conventions(&self) -> Result<Option<Conventions>, ConfigError> {
        let known = [
            ("published", Some(Conventions::Published)),
            ("latest", Some(Conventions::Latest)),
        ];
        self.one_of("TURNSPAN_SEMCONV", &known)
    }

    fn batching(&self) -> Result<Option<Batching>, ConfigError> {
        let default = Batching::default();
        let count = |name| -> Result<Option<u64>, ConfigError> {
            match self.number(name)? {
                Some(0) => Err(ConfigError::invalid(name, "must be more than 0")),
                count => Ok(count),
            }
        };
        let names = [
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
        ];
        if names.iter().all(|name| self.text(name).is_none()) {
            return Ok(None);
        }
        let max_batch = count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")?;
        let max_batch = max_batch.and_then(|count| usize::try_from(count).ok());
        let batching = Batching {
            max_queued: count("OTEL_BSP_MAX_QUEUE_SIZE")?.unwrap_or(default.max_queued),
            max_batch: max_batch.unwrap_or(default.max_batch),
            delay: self
                .number("OTEL_BSP_SCHEDULE_DELAY")?
                .map_or(default.delay, Duration::from_millis),
            export_timeout: self
                .time_limit("OTEL_BSP_EXPORT_TIMEOUT")?
                .unwrap_or(default.export_timeout),
        };
        Ok(Some(batching))
    }

    /// A time limit in milliseconds, of which 0 is none
    /// ([specification](https://opentelemetry.io/docs/specs/otel/configuration/common/#timeout)).
    fn time_limit(&self, name: &'static str) -> Result<Option<Duration>, ConfigError> {
        const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let limit = |milliseconds| match milliseconds {
            0 => A_YEAR,
            _ => Duration::from_millis(milliseconds),
        };
        Ok(self.number(name)?.map(limit))
    }

    /// `OTEL_RESOURCE_ATTRIBUTES`, percent-encoded as baggage is.
    fn resource(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = self.pairs("OTEL_RESOURCE_ATTRIBUTES")?.into_iter();
        Ok(pairs
            .map(|(key, value)| (decoded(&key), decoded(&value)))
            .collect())
    }

    /// Which of those that there are may add to requests.
    fn propagators(&self) -> Result<Option<BTreeSet<String>>, ConfigError> {
        const NAME: &str = "OTEL_PROPAGATORS";
        const KNOWN: [&str; 3] = ["tracecontext", "baggage", "none"];
        const ELSEWHERE: [&str; 5] = ["b3", "b3multi", "jaeger", "xray", "ottrace"];
        let Some(text) = self.text(NAME) else {
            return Ok(None);
        };
        let (known, others): (BTreeSet<String>, BTreeSet<String>) = text
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .partition(|name| KNOWN.contains(&name.as_str()));
        for other in others {
            if !ELSEWHERE.contains(&other.as_str()) {
                let problem = format!("must be {}, not `{other}`", alternatives(&KNOWN));
                return Err(ConfigError::invalid(NAME, problem));
            }
            self.ignore(NAME, &other);
        }
        Ok(Some(known))
    }

    fn capture(&self) -> Result<Option<CaptureMode>, ConfigError> {
        let known = [
            ("NO_CONTENT", CaptureMode::NoContent),
            ("SPAN_ONLY", CaptureMode::SpanOnly),
            ("EVENT_ONLY", CaptureMode::EventOnly),
            ("SPAN_AND_EVENT", CaptureMode::SpanAndEvent),
            // As older instrumentations had it.
            ("true", CaptureMode::SpanOnly),
            ("false", CaptureMode::NoContent),
        ];
        self.one_of(
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
            &known.map(|(name, mode)| (name, Some(mode))),
        )
    }
}

/// As `a, b or c`.
fn alternatives(values: &[&str]) -> String {
    match values {
        [one] => (*one).to_owned(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_variables(&Variables::read_by(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }))
    }

    fn error(variables: &[(&str, &str)]) -> String {
        settings(variables).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_environment_configures_nothing() {
        let none = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).unwrap();
        assert!(none.otlp.is_none() && none.tes.is_none() && none.disabled.is_none());
        assert_eq!(none.capture, None);
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
        let settings = settings(&given).unwrap();
        assert!(!settings.otlp.unwrap().goes_somewhere());
        let batching = settings.batching.unwrap();
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
        assert!(settings.propagators.unwrap().contains("tracecontext"));
    }

    #[test]
    fn batches_are_as_the_variables_say() {
        let given = [
            ("OTEL_BSP_MAX_QUEUE_SIZE", "9"),
            ("OTEL_BSP_SCHEDULE_DELAY", "250"),
        ];
        let batching = settings(&given).unwrap().batching.unwrap();
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
            assert_eq!(settings(&[(NAME, value)]).unwrap().capture, Some(mode));
        }
    }
}
