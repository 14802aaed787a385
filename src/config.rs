//! What settings are made of: the gate's modes, secrets, and errors for people.

use crate::urls;
use std::fmt;
use std::io;
use thiserror::Error;

/// Whether content becomes span attributes
/// (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, in any case), or
/// log records. The conventions want it
/// [opted into](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-spans.md#capturing-instructions-inputs-and-outputs).
///
/// Rules what leaves by OTLP and other span destinations: prompts, answers,
/// tool arguments and results. Texts of errors have
/// [`Builder::capture_error_texts`](crate::Builder::capture_error_texts), TES has
/// [`Tes::capture_content`](crate::Tes::capture_content). An example is at
/// [`Builder::capture`](crate::Builder::capture).
///
/// ```
/// use turnspan::CaptureMode;
///
/// assert_eq!(CaptureMode::default(), CaptureMode::NoContent);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureMode {
    /// No content at all (`NO_CONTENT` or `false`, the default).
    #[default]
    NoContent,
    /// Content as span attributes (`SPAN_ONLY` or `true`).
    SpanOnly,
    /// Content as log records only, and none on spans (`EVENT_ONLY`):
    /// [`gen_ai.client.inference.operation.details`](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-events.md)
    /// for every sampled call, `gen_ai.client.operation.exception` for every
    /// error that a caller got.
    EventOnly,
    /// Both (`SPAN_AND_EVENT`).
    SpanAndEvent,
}

impl CaptureMode {
    pub(crate) fn on_events(self) -> bool {
        matches!(self, Self::EventOnly | Self::SpanAndEvent)
    }

    pub(crate) fn on_spans(self) -> bool {
        matches!(self, Self::SpanOnly | Self::SpanAndEvent)
    }
}

/// A setting that cannot be used, or a start that failed. Names the setting by
/// its environment variable, also where a method of
/// [`Builder`](crate::Builder) set it. Never holds a secret. `Debug` says the
/// same as `Display`: that is what a `main` that returns it prints.
///
/// ```
/// use turnspan::{ConfigError, Tes};
///
/// let error = Tes::new("http://tes.example", "acme", "tes_key").unwrap_err();
/// assert!(matches!(error, ConfigError::Invalid { setting: "TES_ENDPOINT", .. }));
/// assert_eq!(format!("{error:?}"), "TES_ENDPOINT must be https (http is for localhost alone)");
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting is not an http or https URL.
    #[error("{setting} is not an http or https URL: `{value}`")]
    Endpoint {
        /// The environment variable of the setting.
        setting: &'static str,
        /// What it says, without user, password and query.
        value: String,
    },
    /// A setting has a value that it cannot have.
    #[error("{setting} {problem}")]
    Invalid {
        /// The environment variable of the setting.
        setting: &'static str,
        /// What is wrong; a value that may be a secret is not in it.
        problem: String,
    },
    /// Some of the settings that belong together are there, one is not.
    #[error("{missing} is not set, but {present} is")]
    Missing {
        /// The environment variable that is not set.
        missing: &'static str,
        /// One that is set.
        present: &'static str,
    },
    /// A file of settings cannot be used.
    #[error("{path}: {problem}")]
    File {
        /// Where it is.
        path: String,
        /// What is wrong, without any value.
        problem: String,
    },
    /// The OTLP exporter could not be made; what it said.
    #[error("OTLP: {0}")]
    Otlp(String),
    /// The HTTP client of OTLP or TES could not be made; what it said.
    #[error("HTTP client: {0}")]
    HttpClient(String),
    /// A thread could not be started.
    #[error("no thread could be started: {0}")]
    Thread(#[source] io::Error),
    /// The program has a tracing subscriber already, so that
    /// [`Builder::install`](crate::Builder::install) cannot set one.
    #[error(
        "a tracing subscriber is already set: add `telemetry.layer()` to it instead of `init()`"
    )]
    SubscriberSet,
    /// Telemetry makes its spans on a tracer provider already: another one cannot
    /// replace it ([`Telemetry::use_provider`](crate::Telemetry::use_provider)).
    #[error("telemetry already uses a tracer provider: call `use_provider` once")]
    ProviderSet,
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ConfigError {
    pub(crate) fn endpoint(setting: &'static str, value: &str) -> Self {
        Self::Endpoint {
            setting,
            value: urls::shown(value),
        }
    }

    #[cfg(feature = "config-file")]
    pub(crate) fn file(path: &std::path::Path, problem: String) -> Self {
        Self::File {
            path: path.display().to_string(),
            problem,
        }
    }

    pub(crate) fn invalid(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            setting,
            problem: problem.into(),
        }
    }
}

/// A text that `Debug` does not show.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
