//! Putting telemetry together: settings in, a running telemetry out.

mod assembly;

use crate::config::{CaptureMode, ConfigError};
use crate::environment::{self, FileVariables, Settings};
use crate::export::destination::{AnyExporter, Batching};
use crate::export::{Otlp, Tes};
use crate::instrument::propagation::Propagation;
use crate::subscriber;
use crate::telemetry::{Telemetry, scope};
use opentelemetry::logs::LoggerProvider as _;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use opentelemetry_sdk::trace::{ShouldSample, SpanExporter};
#[cfg(feature = "config-file")]
use std::path::Path;

/// Starts telemetry as the environment says and sets the program's tracing
/// subscriber. With nothing configured nothing is sent, which is said once.
///
/// Reads `OTEL_EXPORTER_OTLP_*` (see [`OtlpSettings`](crate::OtlpSettings)),
/// `OTEL_TRACES_EXPORTER` and its like, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`,
/// `OTEL_PROPAGATORS`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
/// `OTEL_SDK_DISABLED`, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`,
/// `TES_ENDPOINT`, `TES_CLIENT_ID`, `TES_API_KEY` and the other `TES_*` that
/// [`Tes`] names, and `RUST_LOG` for the log lines on standard error.
///
/// Keep the guard until the program ends: dropping it flushes.
///
/// # Errors
///
/// If a variable has a value that it cannot have, or if the program has a
/// tracing subscriber already.
///
/// ```no_run
/// let telemetry = turnspan::init()?;
/// let ai = telemetry.wrap(async_openai::Client::new());
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
pub fn init() -> Result<Telemetry, ConfigError> {
    builder().env()?.install()
}

/// Starts from nothing: no destination, no environment.
pub fn builder() -> Builder {
    Builder::default()
}

/// Gathers settings; see [`builder`].
#[derive(Debug, Default)]
#[must_use = "call .install() or .build()"]
pub struct Builder {
    /// What a file says, where the environment says nothing.
    file: FileVariables,
    disabled: bool,
    capture: CaptureMode,
    identity: bool,
    service_name: Option<String>,
    resource: Vec<KeyValue>,
    otlp: Option<Otlp>,
    tes: Option<Tes>,
    exporters: Vec<Box<dyn AnyExporter>>,
    sampler: Option<Box<dyn ShouldSample>>,
    meter: Option<Meter>,
    logger: Option<SdkLogger>,
    moments_as_logs: bool,
    propagation: Propagation,
    batching: Batching,
    /// What was said and is not followed, for people.
    ignored: Vec<String>,
}

impl Builder {
    /// Takes what the environment says; see [`init`]. Later calls override it,
    /// and it overrides what a [`file`](Self::file) says.
    ///
    /// # Errors
    ///
    /// If a variable has a value that it cannot have.
    pub fn env(self) -> Result<Self, ConfigError> {
        let settings = Settings::from_env(&self.file)?;
        Ok(self.with(settings))
    }

    /// Takes what a TOML file says: the names of the variables and their
    /// values, on its top level. Later calls override it.
    ///
    /// ```toml
    /// OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4318"
    /// OTEL_TRACES_SAMPLER = "traceidratio"
    /// OTEL_TRACES_SAMPLER_ARG = 0.1
    /// TES_CAPTURE_CONTENT = false
    /// ```
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or has a name or a value that it cannot
    /// have; of a name the nearest one is told.
    #[cfg(feature = "config-file")]
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        self.file = environment::read_file(path.as_ref())?;
        let settings = Settings::from_file(&self.file)?;
        Ok(self.with(settings))
    }

    fn with(mut self, settings: Settings) -> Self {
        self.disabled = settings.disabled.unwrap_or(self.disabled);
        self.capture = settings.capture.unwrap_or(self.capture);
        self.otlp = settings.otlp.or(self.otlp);
        self.tes = settings.tes.or(self.tes);
        self.service_name = settings.service_name.or(self.service_name);
        let resource = settings.resource.into_iter();
        let resource = resource.map(|(key, value)| KeyValue::new(key, value));
        self.resource.extend(resource);
        self.ignored.extend(settings.ignored);
        if let Some(sampler) = settings.sampler {
            self.sampler = Some(Box::new(sampler));
        }
        self.batching = settings.batching.unwrap_or(self.batching);
        if let Some(propagators) = settings.propagators {
            self.propagation.no_trace_context = !propagators.contains("tracecontext");
            self.propagation.no_baggage = !propagators.contains("baggage");
        }
        self
    }

    /// Sends spans by OTLP.
    pub fn otlp(mut self, otlp: Otlp) -> Self {
        self.otlp = Some(otlp);
        self
    }

    /// Sends turns to TES.
    pub fn tes(mut self, tes: Tes) -> Self {
        self.tes = Some(tes);
        self
    }

    /// Sends spans to any exporter. It is driven on turnspan's own thread, on
    /// a tokio runtime.
    pub fn span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporters.push(Box::new(exporter));
        self
    }

    /// Whether content becomes span attributes; default: no.
    pub fn capture(mut self, mode: CaptureMode) -> Self {
        self.capture = mode;
        self
    }

    /// Whether `user.id` and `tes.*` leave with spans; default: no.
    pub fn identity_on_spans(mut self, allow: bool) -> Self {
        self.identity = allow;
        self
    }

    /// Decides which traces leave (`OTEL_TRACES_SAMPLER`,
    /// `OTEL_TRACES_SAMPLER_ARG`); default: all whose parent does. It sees
    /// every attribute that is known before the request leaves. A call that is
    /// not sampled becomes a turn all the same, and is measured.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Measures on a meter provider of yours: durations, tokens and paces of
    /// calls, and what telemetry itself loses. Without one metrics go where
    /// [`Otlp`] sends them, on a provider of our own.
    ///
    /// ```
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    ///
    /// let provider = SdkMeterProvider::builder().build();
    /// let telemetry = turnspan::builder().meter_provider(&provider).build()?;
    /// # drop(telemetry); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn meter_provider(mut self, provider: &impl MeterProvider) -> Self {
        self.meter = Some(provider.meter_with_scope(scope()));
        self
    }

    /// Sends log records to a logger provider of yours: what
    /// [`CaptureMode::EventOnly`] and [`CaptureMode::SpanAndEvent`] ask for, and
    /// what [`moments_as_logs`](Self::moments_as_logs) does. Without one they go
    /// where [`Otlp`] sends them.
    ///
    /// ```
    /// use opentelemetry_sdk::logs::SdkLoggerProvider;
    ///
    /// let provider = SdkLoggerProvider::builder().build();
    /// let telemetry = turnspan::builder().logger_provider(&provider).build()?;
    /// # drop(telemetry); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn logger_provider(mut self, provider: &SdkLoggerProvider) -> Self {
        self.logger = Some(provider.logger_with_scope(scope()));
        self
    }

    /// Whether the five moments of a call are log records too, beside being
    /// span events; default: no.
    pub fn moments_as_logs(mut self, tell: bool) -> Self {
        self.moments_as_logs = tell;
        self
    }

    /// Adds the call's context (W3C `traceparent`) to requests to these hosts,
    /// as `gateway.internal` or `localhost:8080`: services of your own that go
    /// on with the trace. By default to none: a provider is somebody else's.
    /// What a request has already stays. (`OTEL_PROPAGATORS` can switch it off.)
    ///
    /// ```
    /// let telemetry = turnspan::builder()
    ///     .propagate_to(["gateway.internal"])
    ///     .propagate_baggage(["gen_ai.conversation.id", "tenant"])
    ///     .build()?;
    /// # drop(telemetry); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn propagate_to<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        let hosts = hosts.into_iter().map(Into::into);
        self.propagation.hosts.extend(hosts);
        self
    }

    /// Keys of OpenTelemetry baggage that may go with the context, and no
    /// others. `gen_ai.conversation.id` is the id of the
    /// [`Conversation`](crate::Conversation) that a call belongs to.
    pub fn propagate_baggage<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into);
        self.propagation.baggage.extend(keys);
        self
    }

    /// `service.name` (`OTEL_SERVICE_NAME`).
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Says more about where spans come from (`OTEL_RESOURCE_ATTRIBUTES`).
    ///
    /// ```
    /// let builder = turnspan::builder().resource_attribute("deployment.environment.name", "test");
    /// # drop(builder);
    /// ```
    pub fn resource_attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.resource.push(KeyValue::new(key, value));
        self
    }

    /// Starts telemetry and sets the program's tracing subscriber.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); also if there is a subscriber already.
    pub fn install(self) -> Result<Telemetry, ConfigError> {
        let (disabled, ignored) = (self.disabled, self.ignored.clone());
        let telemetry = self.make()?;
        subscriber::install(telemetry.tracer(), environment::log_filter().as_deref())?;
        warn_of(&ignored);
        if telemetry.is_off() {
            say_why_it_is_off(disabled);
        }
        Ok(telemetry)
    }

    /// Starts telemetry without touching anything global.
    ///
    /// # Errors
    ///
    /// If a thread or an HTTP client cannot be made.
    pub fn build(self) -> Result<Telemetry, ConfigError> {
        let ignored = self.ignored.clone();
        let telemetry = self.make()?;
        warn_of(&ignored);
        Ok(telemetry)
    }

    fn make(mut self) -> Result<Telemetry, ConfigError> {
        let nothing = self.otlp.is_none()
            && self.tes.is_none()
            && self.exporters.is_empty()
            && self.meter.is_none()
            && self.logger.is_none();
        let running = if self.disabled || nothing {
            None
        } else {
            Some(self.start()?)
        };
        Ok(Telemetry::of(running))
    }
}

fn warn_of(ignored: &[String]) {
    for what in ignored {
        tracing::warn!(target: "turnspan", "{what}");
    }
}

fn say_why_it_is_off(disabled: bool) {
    let why = if disabled {
        "OTEL_SDK_DISABLED is true, so nothing is sent"
    } else {
        "nothing is configured, so nothing is sent: set OTEL_EXPORTER_OTLP_ENDPOINT or TES_ENDPOINT"
    };
    tracing::info!(target: "turnspan", "{why}");
}
