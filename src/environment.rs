//! Settings from the environment; the only place that reads it.

use crate::config::{CaptureMode, ConfigError};
use crate::export::{Otlp, Tes};
use opentelemetry_sdk::trace::Sampler;
use std::env;
use std::time::Duration;

/// What `RUST_LOG` says.
pub(crate) fn log_filter() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
    env::var("RUST_LOG").ok()
}

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    pub(crate) capture: CaptureMode,
    pub(crate) otlp: Option<Otlp>,
    pub(crate) tes: Option<Tes>,
    pub(crate) sampler: Option<Sampler>,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the place that may")]
        Self::from_variables(&|name| env::var(name).ok())
    }

    /// An empty variable counts as unset, as the OpenTelemetry specification
    /// asks.
    fn from_variables(read: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variables = Variables { read };
        Ok(Self {
            disabled: variables.bool("OTEL_SDK_DISABLED")?.unwrap_or(false),
            capture: variables.capture()?,
            otlp: variables.otlp()?,
            tes: variables.tes()?,
            sampler: variables.sampler()?,
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
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Ok(Settings::from_env()?.tes)
    }
}

struct Variables<'a> {
    read: &'a dyn Fn(&str) -> Option<String>,
}

impl Variables<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.read)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    fn bool(&self, name: &'static str) -> Result<Option<bool>, ConfigError> {
        match self
            .text(name)
            .map(|value| value.to_ascii_lowercase())
            .as_deref()
        {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(ConfigError::invalid(
                name,
                format!("must be true or false, not `{other}`"),
            )),
        }
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

    fn capture(&self) -> Result<CaptureMode, ConfigError> {
        const NAME: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
        match self
            .text(NAME)
            .map(|value| value.to_ascii_uppercase())
            .as_deref()
        {
            None | Some("NO_CONTENT" | "FALSE") => Ok(CaptureMode::NoContent),
            Some("SPAN_ONLY" | "TRUE") => Ok(CaptureMode::SpanOnly),
            Some("EVENT_ONLY") => Ok(CaptureMode::EventOnly),
            Some("SPAN_AND_EVENT") => Ok(CaptureMode::SpanAndEvent),
            Some(other) => Err(ConfigError::invalid(
                NAME,
                format!(
                    "must be NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT, not `{other}`"
                ),
            )),
        }
    }

    fn otlp(&self) -> Result<Option<Otlp>, ConfigError> {
        let mut otlp = match self.text("OTEL_EXPORTER_OTLP_ENDPOINT") {
            Some(base) => Otlp::new(&base)?,
            None => Otlp::nowhere(),
        };
        if let Some(traces) = self.traces("ENDPOINT") {
            otlp = otlp.traces_endpoint(&traces)?;
        }
        if let Some(metrics) = self.text("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") {
            otlp = otlp.metrics_endpoint(&metrics)?;
        }
        if let Some(logs) = self.text("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") {
            otlp = otlp.logs_endpoint(&logs)?;
        }
        if !self.exports("OTEL_LOGS_EXPORTER")? {
            otlp = otlp.without_logs();
        }
        if !self.exports("OTEL_TRACES_EXPORTER")? {
            otlp = otlp.without_traces();
        }
        if !self.exports("OTEL_METRICS_EXPORTER")? {
            otlp = otlp.without_metrics();
        }
        if !otlp.goes_somewhere() {
            return Ok(None);
        }
        let general = self.text("OTEL_EXPORTER_OTLP_PROTOCOL");
        if let Some(protocol) = self.traces("PROTOCOL").or(general) {
            otlp = otlp.protocol(protocol.parse()?);
        }
        otlp = otlp.gzip(self.gzip()?);
        #[cfg(feature = "rustls")]
        if let Some(certificate) = self.certificate()? {
            otlp = otlp.certificate(certificate)?;
        }
        // The exporter reads OTEL_EXPORTER_OTLP[_TRACES]_HEADERS itself.
        let timeout = match self.number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")? {
            Some(timeout) => Some(timeout),
            None => self.number("OTEL_EXPORTER_OTLP_TIMEOUT")?,
        };
        Ok(Some(match timeout {
            Some(milliseconds) => otlp.timeout(Duration::from_millis(milliseconds)),
            None => otlp,
        }))
    }

    /// By the specification's names.
    fn sampler(&self) -> Result<Option<Sampler>, ConfigError> {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        let Some(name) = self.text(NAME) else {
            return Ok(None);
        };
        let (parent_based, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name.as_str()),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(self.ratio()?),
            _ => {
                let problem = "must be always_on, always_off or traceidratio, or one of \
                    these with parentbased_ before it, not";
                return Err(ConfigError::invalid(NAME, format!("{problem} `{name}`")));
            }
        };
        Ok(Some(if parent_based {
            Sampler::ParentBased(Box::new(root))
        } else {
            root
        }))
    }

    fn ratio(&self) -> Result<f64, ConfigError> {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.text(NAME) else {
            return Ok(1.0);
        };
        let ratio = text
            .parse()
            .ok()
            .filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.ok_or_else(|| {
            ConfigError::invalid(NAME, format!("must be a number from 0 to 1, not `{text}`"))
        })
    }

    /// Whether a signal is to leave by OTLP, as is the default.
    fn exports(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.text(name).as_deref() {
            None | Some("otlp") => Ok(true),
            Some("none") => Ok(false),
            Some(other) => Err(ConfigError::invalid(
                name,
                format!("must be otlp or none, not `{other}`"),
            )),
        }
    }

    fn traces(&self, what: &str) -> Option<String> {
        self.text(&format!("OTEL_EXPORTER_OTLP_TRACES_{what}"))
    }

    fn gzip(&self) -> Result<bool, ConfigError> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_COMPRESSION";
        match self
            .traces("COMPRESSION")
            .or_else(|| self.text(NAME))
            .as_deref()
        {
            None | Some("none") => Ok(false),
            Some("gzip") => Ok(true),
            Some(other) => Err(ConfigError::invalid(
                NAME,
                format!("must be gzip or none, not `{other}`"),
            )),
        }
    }

    /// The file's content.
    #[cfg(feature = "rustls")]
    fn certificate(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        let path = self.traces("CERTIFICATE").or_else(|| self.text(NAME));
        let read = path.map(|path| {
            std::fs::read(&path).map_err(|error| {
                ConfigError::invalid(
                    NAME,
                    format!("names a file that cannot be read: {path}: {error}"),
                )
            })
        });
        read.transpose()
    }

    fn tes(&self) -> Result<Option<Tes>, ConfigError> {
        const REQUIRED: [&str; 3] = ["TES_ENDPOINT", "TES_CLIENT_ID", "TES_API_KEY"];
        let Some(present) = REQUIRED.into_iter().find(|name| self.text(name).is_some()) else {
            return Ok(None);
        };
        let required = |missing| {
            self.text(missing)
                .ok_or(ConfigError::Missing { missing, present })
        };
        let [endpoint, client_id, api_key] = REQUIRED;
        let mut tes = Tes::new(
            &required(endpoint)?,
            &required(client_id)?,
            &required(api_key)?,
        )?;
        for (name, value) in self.pairs("TES_HEADERS")? {
            tes = tes.header(&name, &value)?;
        }
        if let Some(user_id) = self.text("TES_USER_ID") {
            tes = tes.user_id(user_id);
        }
        if let Some(source) = self.text("TES_SOURCE") {
            tes = tes.source(source);
        }
        if let Some(capture) = self.bool("TES_CAPTURE_CONTENT")? {
            tes = tes.capture_content(capture);
        }
        if let Some(failed) = self.bool("TES_FAILED_CALLS")? {
            tes = tes.failed_calls(failed);
        }
        if let Some(length) = self.number("TES_MAX_CONTENT_LENGTH")? {
            tes = tes.max_content_length(usize::try_from(length).unwrap_or(usize::MAX));
        }
        Ok(Some(tes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_variables(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
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
