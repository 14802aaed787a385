//! Putting telemetry together: settings in, a running telemetry out.

mod assembly;
mod spans;

use crate::config::{CaptureMode, ConfigError};
use crate::conventions::{Conventions, OfScope};
use crate::conversation::Conversation;
use crate::destination::any_exporter::AnyExporter;
use crate::destination::turns::IntoLane;
use crate::destination::{Lines, Otlp, Tes};
use crate::once;
use crate::redact::Redaction;
use crate::settings::{self, FileVariables, Settings};
use crate::subscriber;
use crate::telemetry::Telemetry;
use crate::user_ids::UserIds;
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
/// [Every variable](https://github.com/turnspan/turnspan/blob/main/docs/variables.md)
/// is on a page of its own: `OTEL_*` as in
/// [OpenTelemetry's specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/),
/// `TES_*` ([`Tes`]), `TURNSPAN_*`, and `RUST_LOG` for the log lines on standard
/// error (`target=level` pairs, default `warn,turnspan=info`). An empty variable
/// counts as unset.
///
/// Keep the guard until the program ends: dropping it flushes.
///
/// # Errors
///
/// If a variable has a value that it cannot have, or if the program has a
/// tracing subscriber already; else as [`Builder::build`].
///
/// ```no_run
/// let telemetry = turnspan::init()?;
/// let ai = telemetry.openai(async_openai::config::OpenAIConfig::default()).client();
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
pub fn init() -> Result<Telemetry, ConfigError> {
    builder().env()?.install()
}

/// Starts from nothing: no destination, no environment. For programs that
/// have settings of their own; [`init`] is for all others.
///
/// ```
/// let telemetry = turnspan::builder().build()?;
/// assert!(telemetry.stats().destinations.is_empty(), "nothing goes anywhere");
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
pub fn builder() -> Builder {
    Builder::default()
}

/// Gathers settings, and starts telemetry with them; made by [`builder`].
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder()
///     .service_name("checkout")
///     .span_exporter(exporter.clone())
///     .build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", r#"{"model": "m"}"#).timed_out();
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.get_finished_spans()?[0].name, "chat m");
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
#[must_use = "call .install() or .build()"]
pub struct Builder {
    /// What a file says, where the environment says nothing.
    file: FileVariables,
    /// What variables may set too.
    settings: Settings,
    identity: bool,
    user_ids: UserIds,
    conversation: Option<Conversation>,
    /// Services of turns, by name.
    turns: Vec<(String, Box<dyn IntoLane>)>,
    /// By the names that users gave them.
    exporters: Vec<(String, Box<dyn AnyExporter>)>,
    meter: Option<OfScope<Meter>>,
    logger: Option<OfScope<SdkLogger>>,
    moments_as_logs: bool,
}

impl Builder {
    /// Takes what the environment says; see [`init`]. Later calls override it,
    /// and it overrides what a [`file`](Self::file) says.
    ///
    /// # Errors
    ///
    /// If a `TES_*` or `TURNSPAN_*` variable has a value that it cannot have, or if
    /// a URL, headers or a file cannot be used. Any other wrong or unsupported
    /// value of an `OTEL_*` variable is ignored with a warning, as it may be set
    /// for many programs at once.
    ///
    /// ```no_run
    /// let telemetry = turnspan::builder().service_name("checkout").env()?.build()?;
    /// # drop(telemetry); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn env(mut self) -> Result<Self, ConfigError> {
        self.settings = self.settings.with_env(&self.file)?;
        Ok(self.take_services())
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
    /// If the file cannot be read, has an unknown name (the error suggests the
    /// closest one), or a value that would be an error of [`env`](Self::env).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let file = format!("turnspan-{}.toml", std::process::id());
    /// # let path = std::env::temp_dir().join(file);
    /// std::fs::write(&path, r#"OTEL_EXPORTER_OTLP_ENDPONT = "http://localhost:4318""#)?;
    /// let error = turnspan::builder().file(&path).unwrap_err().to_string();
    /// assert!(error.ends_with("did you mean `OTEL_EXPORTER_OTLP_ENDPOINT`?"), "{error}");
    /// # std::fs::remove_file(path)?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "config-file")]
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        self.file = settings::read_file(path.as_ref())?;
        self.settings = self.settings.with_file(&self.file)?;
        Ok(self.take_services())
    }

    /// The services of turns that variables name are set like those of a program.
    fn take_services(mut self) -> Self {
        if let Some(tes) = self.settings.tes.take() {
            self = self.tes(tes);
        }
        if let Some(lines) = self.settings.lines.take() {
            self = self.lines(lines);
        }
        self
    }

    /// Sends spans by OTLP, and metrics and log records where there are any
    /// (`OTEL_EXPORTER_OTLP_ENDPOINT` and its like; default: nowhere).
    ///
    /// ```
    /// use turnspan::Otlp;
    ///
    /// let telemetry = turnspan::builder().otlp(Otlp::new("http://localhost:4318")?).build()?;
    /// assert!(telemetry.stats().destinations.keys().eq(&["metrics", "otlp"]));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn otlp(mut self, otlp: Otlp) -> Self {
        self.settings.otlp = Some(otlp);
        self.settings.otlp_is_of_variables = false;
        self
    }

    /// Sends turns to TES (`TES_ENDPOINT`, `TES_CLIENT_ID`, `TES_API_KEY`;
    /// default: nowhere).
    ///
    /// ```
    /// use turnspan::{SpoolSettings, Tes};
    ///
    /// let tes = Tes::new("http://localhost:4999", "acme", "tes_acme_key")?
    ///     .spool(SpoolSettings::best_effort());
    /// let telemetry = turnspan::builder().tes(tes).build()?;
    /// assert!(telemetry.stats().destinations.contains_key("tes"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn tes(self, tes: Tes) -> Self {
        self.tes_named("tes", tes)
    }

    /// As [`tes`](Self::tes), under a name of yours, for several of them at once:
    /// [`Telemetry::stats`], [`FlushError`](crate::FlushError), metrics and log
    /// lines call it so. Of two with the same name the later one counts.
    ///
    /// ```
    /// use turnspan::{SpoolSettings, Tes};
    ///
    /// let tes = |client| Tes::new("http://localhost:4999", client, "tes_acme_key");
    /// let telemetry = turnspan::builder()
    ///     .tes(tes("acme")?.spool(SpoolSettings::best_effort()))
    ///     .tes_named("tes_audit", tes("audit")?.spool(SpoolSettings::best_effort()))
    ///     .build()?;
    /// assert!(telemetry.stats().destinations.keys().eq(&["tes", "tes_audit"]));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn tes_named(self, name: impl Into<String>, tes: Tes) -> Self {
        self.turns(name.into(), tes)
    }

    /// Appends turns to a file as JSON lines (`TURNSPAN_LINES_PATH`; default:
    /// none). An example is at [`Lines`].
    pub fn lines(self, lines: Lines) -> Self {
        self.lines_named("lines", lines)
    }

    /// As [`lines`](Self::lines), under a name of yours, for several files at
    /// once: see [`tes_named`](Self::tes_named).
    pub fn lines_named(self, name: impl Into<String>, lines: Lines) -> Self {
        self.turns(name.into(), lines)
    }

    fn turns(mut self, name: String, service: impl IntoLane + 'static) -> Self {
        self.turns.retain(|(known, _)| *known != name);
        self.turns.push((name, Box::new(service)));
        self
    }

    /// Sends spans to any exporter, beside OTLP and other exporters. It is
    /// driven on a thread of its own, on a tokio runtime, so it may block; a
    /// panic of it costs the spans that it had just got, and is counted. It sees
    /// what OTLP would: sampled spans, content only as
    /// [`capture`](Self::capture) says.
    /// In the books it is `exporter`, a further one `exporter_2` and so on; or
    /// name it ([`span_exporter_named`](Self::span_exporter_named)). Examples are
    /// at [`Builder`] and [`capture`](Self::capture).
    pub fn span_exporter(self, exporter: impl SpanExporter + 'static) -> Self {
        self.span_exporter_named("exporter", exporter)
    }

    /// As [`span_exporter`](Self::span_exporter), under a name of yours:
    /// [`Telemetry::stats`], [`FlushError`](crate::FlushError), metrics and log
    /// lines call it so. A name that is in use gets `_2`, `_3` and so on; `tes`,
    /// `lines`, `otlp`, `console`, `logs` and `metrics` are always in use.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let telemetry = turnspan::builder()
    ///     .span_exporter_named("audit", InMemorySpanExporter::default())
    ///     .span_exporter_named("audit", InMemorySpanExporter::default())
    ///     .build()?;
    /// assert!(telemetry.stats().destinations.keys().eq(&["audit", "audit_2"]));
    /// # Ok(()) }
    /// ```
    pub fn span_exporter_named(
        mut self,
        name: impl Into<String>,
        exporter: impl SpanExporter + 'static,
    ) -> Self {
        self.exporters.push((name.into(), Box::new(exporter)));
        self
    }

    /// Writes each span as a line to standard error
    /// (`OTEL_TRACES_EXPORTER=console`, or `otlp,console` for both; default: no),
    /// children below their parents: how a call ended, how long it took, the time
    /// to its first token, its tokens, the tools that the model wants, its
    /// retries. [`docs/console.md`](https://github.com/turnspan/turnspan/blob/main/docs/console.md)
    /// shows it.
    ///
    /// Use it while you write a program. For a test that compares spans use
    /// [`span_exporter`](Self::span_exporter) and [`span_tree`](crate::span_tree),
    /// and for log lines `RUST_LOG`.
    ///
    /// It writes to standard error, where OpenTelemetry says standard output: the
    /// output of a program often is data. Lines have colors only on a terminal
    /// and without `NO_COLOR`. They show what OTLP would get: prompts and answers
    /// only as [`capture`](Self::capture) says, redacted as
    /// [`redact_spans`](Self::redact_spans) says. Spans wait for others as long as
    /// for OTLP (`OTEL_BSP_SCHEDULE_DELAY`, default: 1000 ms); a thread of ours
    /// writes them, so a terminal that blocks holds up no call. In
    /// [`Telemetry::stats`] it is `console`.
    ///
    /// ```no_run
    /// let telemetry = turnspan::builder().console().install()?;
    /// let ai = telemetry.wrap(async_openai::Client::new());
    /// // chat gpt-4o-mini  completed  812 ms  tokens 12 in, 48 out  trace 4bf92f35
    /// # drop(ai); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn console(mut self) -> Self {
        self.settings.console = true;
        self
    }

    /// Whether content becomes span attributes, or log records
    /// (`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`); default: neither.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use turnspan::CaptureMode;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .capture(CaptureMode::SpanOnly)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let url = "https://api.openai.com/v1/chat/completions";
    /// let request = r#"{"model": "m", "messages": [{"role": "user", "content": "Hello!"}]}"#;
    /// telemetry.record(url, request).response(r#"{"choices": []}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let spans = exporter.get_finished_spans()?;
    /// assert!(turnspan::span_tree(&spans).to_string().contains("Hello!"));
    /// # Ok(()) }
    /// ```
    pub fn capture(mut self, mode: CaptureMode) -> Self {
        self.settings.capture = mode;
        self
    }

    /// Whether the texts of errors leave by OTLP and to other exporters of spans,
    /// on spans and in log records (`TURNSPAN_CAPTURE_ERROR_TEXTS`; default: no).
    /// Types, codes and statuses of errors always leave.
    ///
    /// Providers repeat prompts in errors, so this is for where you may see
    /// prompts too. It is apart from [`capture`](Self::capture): either can be on
    /// without the other. TES has
    /// [`Tes::capture_content`](crate::Tes::capture_content) for both.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .capture_error_texts(true)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let url = "https://api.openai.com/v1/chat/completions";
    /// let call = telemetry.record(url, r#"{"model": "m"}"#);
    /// call.refused(400, r#"{"error": {"message": "no such model"}}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let spans = exporter.get_finished_spans()?;
    /// assert!(turnspan::span_tree(&spans).to_string().contains("no such model"));
    /// # Ok(()) }
    /// ```
    pub fn capture_error_texts(mut self, capture: bool) -> Self {
        self.settings.error_texts = capture;
        self
    }

    /// Whether `user.id` and its like (`user.email`, `enduser.id` of other
    /// instrumentations) and `tes.*` leave with spans, and with log records;
    /// default: no. They are who talks, and TES gets them anyhow.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use turnspan::Conversation;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .identity_on_spans(true)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let entered = Conversation::new("conv-123").user("u_1").enter();
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// # drop(entered);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let spans = exporter.get_finished_spans()?;
    /// assert!(turnspan::span_tree(&spans).to_string().contains("user.id = u_1"));
    /// # Ok(()) }
    /// ```
    pub fn identity_on_spans(mut self, allow: bool) -> Self {
        self.identity = allow;
        self
    }

    /// Lets an attribute of yours leave with spans of generative AI, and with log
    /// records: a key, or with a `*` at the end all keys that begin so
    /// (`TURNSPAN_ALLOW_ATTRIBUTES`, behind commas; default: none). May be called
    /// several times.
    ///
    /// Numbers and flags leave anyway. Texts leave if they are known to be names,
    /// ids or enumerations; whatever else a function with `gen_ai.*` fields or
    /// another instrumentation writes may be what somebody said. What is known to
    /// be content or to name a person leaves only by a key that is as long as the
    /// known one: `gen_ai.*` does not open `gen_ai.input.messages`. The name
    /// `otel.name` lets names of spans leave as they are, which else become their
    /// operation if they look like texts.
    ///
    /// ```
    /// use opentelemetry::KeyValue;
    /// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .allow_attribute("shop.*")
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let provider = SdkTracerProvider::builder()
    ///     .with_span_processor(telemetry.processor())
    ///     .build();
    /// let tracer = provider.tracer("shop");
    /// drop(tracer.span_builder("chat").with_attributes([
    ///     KeyValue::new("gen_ai.operation.name", "chat"),
    ///     KeyValue::new("shop.department", "shoes"),
    ///     KeyValue::new("shopper.wish", "red ones"),
    /// ]).start(&tracer));
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let attributes = &exporter.get_finished_spans()?[0].attributes;
    /// assert_eq!(attributes.len(), 2);
    /// assert_eq!(attributes[1], KeyValue::new("shop.department", "shoes"));
    /// # Ok(()) }
    /// ```
    pub fn allow_attribute(mut self, key: impl Into<String>) -> Self {
        self.settings.allowed.add(key);
        self
    }

    /// Says who answers at a host of yours, and at all hosts below it
    /// (`TURNSPAN_PROVIDER_HOSTS`, as `host=provider` behind commas; default:
    /// none). May be called several times; the last that was said of a host
    /// holds, also of one that is known anyway.
    ///
    /// The provider is what spans and metrics have as `gen_ai.provider.name`:
    /// take a name of the conventions where there is one. Without this, calls to
    /// an unknown host carry the name of whoever made the format, and paths that
    /// others have too (`/v1/messages`) count only if the request has the mark
    /// of its format. A host has neither scheme nor port.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .provider_host("llm.internal", "mistral_ai")
    /// #   .span_exporter(exporter.clone())
    ///     .build()?;
    /// let url = "https://eu.llm.internal/v1/chat/completions";
    /// telemetry.record(url, r#"{"model": "m", "messages": []}"#).response("{}");
    /// # telemetry.flush(std::time::Duration::from_secs(5))?;
    /// # let spans = exporter.get_finished_spans()?;
    /// # let mut attributes = spans[0].attributes.iter();
    /// # let provider = attributes.find(|it| it.key.as_str() == "gen_ai.provider.name");
    /// # assert_eq!(provider.unwrap().value.as_str(), "mistral_ai");
    /// # Ok(()) }
    /// ```
    pub fn provider_host(mut self, host: impl Into<String>, provider: impl Into<String>) -> Self {
        self.settings.providers.add(host, provider);
        self
    }

    /// How `user.id` stands on spans, where it may
    /// ([`identity_on_spans`](Self::identity_on_spans)); default: as it is. What
    /// TES gets [`Tes::user_ids`] says.
    ///
    /// ```
    /// use turnspan::UserIds;
    ///
    /// let builder = turnspan::builder().identity_on_spans(true).user_ids(UserIds::omitted());
    /// assert!(builder.build().is_ok());
    /// ```
    pub fn user_ids(mut self, user_ids: UserIds) -> Self {
        self.user_ids = user_ids;
        self
    }

    /// What the calls of this program have in common: route, feature, user,
    /// tags. A conversation that is current says what it says, a client's own
    /// ([`Wrap::conversation`](crate::Wrap::conversation)) what that leaves open,
    /// and this the rest; tags are joined.
    ///
    /// ```
    /// use turnspan::Conversation;
    ///
    /// let program = Conversation::anonymous().feature("chatbot").tag("region", "eu");
    /// let builder = turnspan::builder().conversation(program);
    /// assert!(builder.build().is_ok());
    /// ```
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// What of spans and log records is searched for personal data, before any
    /// exporter gets them (`TURNSPAN_REDACT`: kinds behind commas, of `emails`,
    /// `phones`, `ssns`, `credit_cards`, `ip_addresses`, `api_keys`, or `all`;
    /// `TURNSPAN_REDACT_MODE`: `label`, `hash`, `remove` or `mask`, default
    /// `label`; `TURNSPAN_REDACT_KEY` for hashes). Default: nothing. TES has
    /// rules of its own, see [`Tes::redact`](crate::Tes::redact).
    ///
    /// It looks into the spans of the whole program, and into every attribute
    /// that the conventions do not give to a name, an id or a number. Exporters
    /// of a provider of yours get spans before that.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use turnspan::{CaptureMode, Redaction};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .capture(CaptureMode::SpanOnly)
    ///     .redact_spans(Redaction::personal_data())
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let asked = r#"{"messages":[{"role":"user","content":"I am ann@example.com"}]}"#;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", asked).timed_out();
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let spans = exporter.get_finished_spans()?;
    /// assert!(turnspan::span_tree(&spans).to_string().contains("I am [EMAIL]"));
    /// # Ok(()) }
    /// ```
    pub fn redact_spans(mut self, redaction: Redaction) -> Self {
        self.settings.redact_spans = Some(redaction);
        self
    }

    /// Decides which traces leave
    /// ([the specification](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling)).
    /// It sees every attribute that is known before the request leaves. A call
    /// that is not sampled becomes a turn all the same, and is measured.
    ///
    /// `OTEL_TRACES_SAMPLER` names `always_on`, `always_off` or `traceidratio`,
    /// or one of these with `parentbased_` before it, and
    /// `OTEL_TRACES_SAMPLER_ARG` the ratio, from 0 to 1 (default 1). Default:
    /// `parentbased_always_on`, which is all but those whose parent is not
    /// sampled.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .sampler(Sampler::AlwaysOff)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// assert!(exporter.get_finished_spans()?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.settings.sampler = Some(Box::new(sampler));
        self
    }

    /// Measures on a meter provider of yours: durations (seconds), tokens and
    /// paces (seconds) of calls, by the
    /// [conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-metrics.md),
    /// and what telemetry itself loses; [`semconv::metric`](crate::semconv::metric)
    /// has their names. Without one metrics go where [`Otlp`] sends them, on a
    /// provider of our own.
    ///
    /// ```
    /// use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemoryMetricExporter::default();
    /// let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    /// let telemetry = turnspan::builder().meter_provider(&provider).build()?;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// provider.force_flush()?;
    /// let exported = exporter.get_finished_metrics()?;
    /// let scopes = exported.iter().flat_map(|export| export.scope_metrics());
    /// let names: Vec<&str> = scopes.flat_map(|it| it.metrics()).map(|it| it.name()).collect();
    /// assert!(names.contains(&"gen_ai.client.operation.duration"), "{names:?}");
    /// # Ok(()) }
    /// ```
    pub fn meter_provider(mut self, provider: &impl MeterProvider) -> Self {
        self.meter = Some(OfScope::new(|scope| provider.meter_with_scope(scope)));
        self
    }

    /// Sends log records to a logger provider of yours: what
    /// [`CaptureMode::EventOnly`] and [`CaptureMode::SpanAndEvent`] ask for, and
    /// what [`moments_as_logs`](Self::moments_as_logs) does; without these there
    /// are none. Without a provider of yours they go where [`Otlp`] sends them.
    ///
    /// ```
    /// use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
    /// use turnspan::CaptureMode;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemoryLogExporter::default();
    /// let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    /// let telemetry = turnspan::builder()
    ///     .capture(CaptureMode::EventOnly)
    ///     .logger_provider(&provider)
    ///     .build()?;
    /// let url = "https://api.openai.com/v1/chat/completions";
    /// telemetry.record(url, "{}").response(r#"{"choices": []}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let records = exporter.get_emitted_logs()?;
    /// let names: Vec<_> = records.iter().map(|it| it.record.event_name()).collect();
    /// assert_eq!(names, [Some("gen_ai.client.inference.operation.details")]);
    /// # Ok(()) }
    /// ```
    pub fn logger_provider(mut self, provider: &SdkLoggerProvider) -> Self {
        self.logger = Some(OfScope::new(|scope| provider.logger_with_scope(scope)));
        self
    }

    /// Which state of the GenAI conventions names follow (`TURNSPAN_SEMCONV`,
    /// `published` or `latest`; default: what is published).
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use turnspan::{Conventions, semconv::attribute};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .semconv(Conventions::Latest)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let url = "https://api.anthropic.com/v1/messages";
    /// let answer = r#"{"type": "message", "content": [], "stop_reason": "end_turn",
    ///     "usage": {"input_tokens": 1, "cache_creation_input_tokens": 8}}"#;
    /// telemetry.record(url, "{}").response(answer);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let attributes = &exporter.get_finished_spans()?[0].attributes;
    /// let name = attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS;
    /// assert!(attributes.iter().any(|it| it.key.as_str() == name), "{attributes:?}");
    /// # Ok(()) }
    /// ```
    pub fn semconv(mut self, conventions: Conventions) -> Self {
        self.settings.conventions = conventions;
        self
    }

    /// Whether exported tool definitions (`gen_ai.tool.definitions`) have their
    /// descriptions and parameters (`TURNSPAN_FULL_TOOL_DEFINITIONS`; default:
    /// types and names alone). Both are long, and the same in every call of an
    /// agent. Without [`capture`](Self::capture) no definitions are exported.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use turnspan::CaptureMode;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .capture(CaptureMode::SpanOnly)
    ///     .full_tool_definitions(true)
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// # let url = "https://api.openai.com/v1/chat/completions";
    /// # let request = r#"{"tools": [{"type": "function", "function":
    /// #     {"name": "search", "description": "Finds shoes."}}]}"#;
    /// # telemetry.record(url, request).response(r#"{"choices": []}"#);
    /// # telemetry.flush(std::time::Duration::from_secs(5))?;
    /// # assert!(format!("{:?}", exporter.get_finished_spans()?).contains("Finds shoes."));
    /// # Ok(()) }
    /// ```
    pub fn full_tool_definitions(mut self, full: bool) -> Self {
        self.settings.full_tool_definitions = full;
        self
    }

    /// Whether streams of OpenAI-compatible servers are asked for their usage where
    /// their callers did not ask (`TURNSPAN_INCLUDE_USAGE`; default: no). Without
    /// it such a stream has no token counts.
    ///
    /// The request gets `"stream_options": {"include_usage": true}`, and the event
    /// that comes of it is kept from the caller; everything else is as the server
    /// sent it. A request is left as it is if it has `stream_options`, if it is
    /// signed, compressed, streamed or no JSON, or if it asks for a compressed
    /// answer. So are those of an `http::Request` and of
    /// [`record`](crate::Telemetry::record). A server that does not know the option
    /// may refuse the request: then leave this off, and let callers ask.
    ///
    /// ```
    /// let telemetry = turnspan::builder().include_usage(true).build()?;
    /// let http = telemetry.wrap(reqwest::Client::new());
    /// # drop(http);
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn include_usage(mut self, include: bool) -> Self {
        self.settings.include_usage = include;
        self
    }

    /// Whether the five moments of a call (see [`lifecycle`](crate::lifecycle))
    /// are log records too, beside being span events; default: no.
    ///
    /// ```
    /// use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let exporter = InMemoryLogExporter::default();
    /// let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    /// let telemetry =
    ///     turnspan::builder().moments_as_logs(true).logger_provider(&provider).build()?;
    /// let url = "https://api.openai.com/v1/chat/completions";
    /// telemetry.record(url, "{}").response(r#"{"choices": []}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// let records = exporter.get_emitted_logs()?;
    /// let names: Vec<_> = records.iter().filter_map(|it| it.record.event_name()).collect();
    /// assert_eq!(names, ["gen_ai.prompt.sent", "gen_ai.response.received"]);
    /// # Ok(()) }
    /// ```
    pub fn moments_as_logs(mut self, tell: bool) -> Self {
        self.moments_as_logs = tell;
        self
    }

    /// Adds the context ([W3C `traceparent`](https://www.w3.org/TR/trace-context/))
    /// to requests to these hosts, as `gateway.internal` or `localhost:8080`:
    /// services of your own that go on with the trace, by
    /// [`Telemetry::extract`]. By default to none: a
    /// provider is somebody else's. What a request has already stays.
    /// ([`OTEL_PROPAGATORS`](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration)
    /// can switch it off.)
    ///
    /// A request that is an LLM call has its own span as the context, any other
    /// the current one. That is so for everything that goes through a wrapped
    /// client, [`Telemetry::send`] or a layer; for other clients there is
    /// [`Telemetry::inject`]. Calls that are told to a
    /// [`Recorder`](crate::Recorder) are not sent by us, and get nothing. A
    /// client that follows a redirect takes headers along to where it leads.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// use tower::{ServiceBuilder, ServiceExt as _};
    /// use turnspan::Conversation;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let telemetry = turnspan::builder()
    ///     .propagate_to(["gateway.internal"])
    ///     .propagate_baggage(["gen_ai.conversation.id", "tenant"])
    ///     .span_exporter(InMemorySpanExporter::default())
    ///     .build()?;
    /// let gateway = ServiceBuilder::new().layer(telemetry.operation_layer()).service_fn(
    ///     |request: reqwest::Request| async move {
    ///         assert!(request.headers().contains_key("traceparent"));
    ///         assert_eq!(request.headers()["baggage"], "gen_ai.conversation.id=conv-123");
    ///         Ok::<_, std::io::Error>(reqwest::Response::from(http::Response::new("{}")))
    ///     },
    /// );
    /// let url = "http://gateway.internal/v1/chat/completions";
    /// let request = reqwest::Client::new().post(url).body("{}").build()?;
    /// Conversation::new("conv-123").scope(gateway.oneshot(request)).await?;
    /// # Ok(()) }
    /// ```
    pub fn propagate_to<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        let hosts = hosts.into_iter().map(Into::into);
        self.settings.propagation.hosts.extend(hosts);
        self
    }

    /// Keys of OpenTelemetry baggage that may go with the context
    /// ([W3C `baggage`](https://www.w3.org/TR/baggage/)), and come with it
    /// ([`Telemetry::extract`]), and no others; by
    /// default none. `gen_ai.conversation.id` is the id of the
    /// [`Conversation`](crate::Conversation) that a request belongs to. Goes to
    /// the hosts of [`propagate_to`](Self::propagate_to), where an example is.
    pub fn propagate_baggage<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into);
        self.settings.propagation.baggage.extend(keys);
        self
    }

    /// [`service.name`](https://opentelemetry.io/docs/specs/semconv/resource/#service)
    /// (`OTEL_SERVICE_NAME`; default `unknown_service:` and the name of the
    /// program's file). Stands instead of one in
    /// [`resource_attribute`](Self::resource_attribute).
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .service_name("checkout")
    ///     .resource_attribute("deployment.environment.name", "test")
    ///     .span_exporter(exporter.clone())
    ///     .build()?;
    /// let its_resource = format!("{exporter:?}");
    /// assert!(its_resource.contains("checkout") && its_resource.contains("test"));
    /// # drop(telemetry); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.settings.service_name = Some(name.into());
        self
    }

    /// Says more about where spans, metrics and log records come from
    /// ([`OTEL_RESOURCE_ATTRIBUTES`](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable),
    /// as `key=value,key=value`, percent-encoded; here it is plain). A
    /// [`service.instance.id`](https://opentelemetry.io/docs/specs/semconv/resource/service/)
    /// that nobody gives is made up: stores of metrics tell processes of one
    /// service apart by it. An example is at [`service_name`](Self::service_name).
    pub fn resource_attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.settings.resource.push(KeyValue::new(key, value));
        self
    }

    /// Starts telemetry and sets the program's tracing subscriber: the spans of
    /// `#[instrument]` functions leave, and log lines are on standard error as
    /// `RUST_LOG` says (default `warn,turnspan=info`).
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); also if there is a subscriber already.
    ///
    /// ```standalone_crate
    /// use turnspan::ConfigError;
    ///
    /// let telemetry = turnspan::builder().install()?;
    /// let second = turnspan::builder().install();
    /// assert!(matches!(second, Err(ConfigError::SubscriberSet)));
    /// # drop(telemetry); Ok::<(), ConfigError>(())
    /// ```
    pub fn install(self) -> Result<Telemetry, ConfigError> {
        let (disabled, ignored) = (self.settings.disabled, self.settings.ignored.clone());
        let telemetry = self.make()?;
        let filter = settings::log_filter();
        subscriber::install(telemetry.source(), filter.as_deref(), settings::no_color())?;
        telemetry.speak();
        if telemetry.is_off() {
            warn_of(&ignored);
            say_why_it_is_off(disabled);
        }
        Ok(telemetry)
    }

    /// Starts telemetry without touching anything global. For programs with a
    /// tracing subscriber ([`Telemetry::layer`]) or a tracer provider
    /// ([`Telemetry::processor`]) of their own; examples are at [`Builder`].
    ///
    /// # Errors
    ///
    /// If a thread or an HTTP client cannot be made, or if a header for OTLP
    /// has a name or a value that no header can have.
    pub fn build(self) -> Result<Telemetry, ConfigError> {
        let ignored = self.settings.ignored.clone();
        let telemetry = self.make()?;
        if telemetry.is_off() {
            warn_of(&ignored);
        }
        Ok(telemetry)
    }

    /// Off for good, until a tracer provider is brought, or running.
    fn make(mut self) -> Result<Telemetry, ConfigError> {
        let nothing = self.settings.otlp.is_none()
            && !self.settings.console
            && self.turns.is_empty()
            && self.exporters.is_empty()
            && self.meter.is_none()
            && self.logger.is_none();
        Ok(if self.settings.disabled {
            Telemetry::off()
        } else if nothing {
            Telemetry::idle(self)
        } else {
            Telemetry::of(self.start()?)
        })
    }
}

/// Telemetry that is off has no thread for it, and no calls to hold up.
fn warn_of(ignored: &[String]) {
    for line in ignored {
        once::warn(line);
    }
}

fn say_why_it_is_off(disabled: bool) {
    let why = if disabled {
        "OTEL_SDK_DISABLED is true, so nothing is sent"
    } else {
        "nothing is configured, so nothing is sent: set OTEL_EXPORTER_OTLP_ENDPOINT, TES_ENDPOINT \
         or OTEL_TRACES_EXPORTER=console"
    };
    tracing::info!(target: "turnspan", "{why}");
}
