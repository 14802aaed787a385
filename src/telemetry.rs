//! The composition root: settings in, a running telemetry out.

use crate::config::{CaptureMode, ConfigError, Settings};
use crate::export::destination::{AnyExporter, SpanDestination};
use crate::export::pipeline::{Destinations, Pipeline, Processor, wait_for_all};
use crate::export::runtime::Runtime;
use crate::export::tes::TesLane;
use crate::export::without_content::Gate;
use crate::export::{self, Otlp, Tes};
use crate::instrument::{AttemptLayer, Instrumentation, OperationLayer, Seam, Wrap, Wrappable};
use crate::semconv;
use crate::stats::{Account, DropReason, Stats, StatsSnapshot};
use crate::subscriber;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, ShouldSample, SpanExporter};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// What dropping the guard may take.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// More than the SDK's 128, so that metadata cannot push usage off a span.
const MAX_ATTRIBUTES: u32 = 512;

/// Starts telemetry as the environment says and sets the program's tracing
/// subscriber. With nothing configured nothing is sent, which is said once.
///
/// Reads `OTEL_EXPORTER_OTLP_ENDPOINT` and its `_TRACES_` form, `..._HEADERS`,
/// `..._TIMEOUT`, `..._PROTOCOL`, `OTEL_SERVICE_NAME`,
/// `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`,
/// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`, `TES_ENDPOINT`,
/// `TES_CLIENT_ID`, `TES_API_KEY` and the other `TES_*` that [`Tes`] names, and
/// `RUST_LOG` for the log lines on standard error.
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
    disabled: bool,
    capture: CaptureMode,
    identity: bool,
    service_name: Option<String>,
    otlp: Option<Otlp>,
    tes: Option<Tes>,
    exporters: Vec<Box<dyn AnyExporter>>,
    sampler: Option<Box<dyn ShouldSample>>,
}

impl Builder {
    /// Takes what the environment says; see [`init`]. Later calls override it.
    ///
    /// # Errors
    ///
    /// If a variable has a value that it cannot have.
    pub fn env(mut self) -> Result<Self, ConfigError> {
        let settings = Settings::from_env()?;
        self.disabled = settings.disabled;
        self.capture = settings.capture;
        self.otlp = settings.otlp.or(self.otlp);
        self.tes = settings.tes.or(self.tes);
        Ok(self)
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

    /// Decides which traces leave; default: all whose parent does. It sees
    /// every attribute that is known before the request leaves.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// `service.name` (`OTEL_SERVICE_NAME`).
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// Starts telemetry and sets the program's tracing subscriber.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build); also if there is a subscriber already.
    pub fn install(self) -> Result<Telemetry, ConfigError> {
        let telemetry = self.build()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the log filter that every program reads"
        )]
        let filter = std::env::var("RUST_LOG").ok();
        subscriber::install(telemetry.tracer(), filter.as_deref())?;
        if telemetry.running.is_none() {
            tracing::info!(
                target: "turnspan",
                "nothing is configured, so nothing is sent: set OTEL_EXPORTER_OTLP_ENDPOINT or TES_ENDPOINT"
            );
        }
        Ok(telemetry)
    }

    /// Starts telemetry without touching anything global.
    ///
    /// # Errors
    ///
    /// If a thread or an HTTP client cannot be made.
    pub fn build(mut self) -> Result<Telemetry, ConfigError> {
        let nothing = self.otlp.is_none() && self.tes.is_none() && self.exporters.is_empty();
        let running = if self.disabled || nothing {
            None
        } else {
            Some(self.start()?)
        };
        Ok(Telemetry { running })
    }

    fn start(&mut self) -> Result<Running, ConfigError> {
        let stats = Arc::new(Stats::default());
        let runtime = Runtime::start().map_err(ConfigError::Thread)?;
        let resource = self.resource();
        let destinations = Destinations {
            tes: self
                .tes
                .take()
                .map(|tes| TesLane::start(tes, &runtime))
                .transpose()?,
            spans: self.span_destinations(&resource, &runtime)?,
            gate: Gate {
                content: self.capture.on_spans(),
                identity: self.identity,
            },
        };
        let pipeline =
            Pipeline::start(destinations, Arc::clone(&stats)).map_err(ConfigError::Thread)?;
        let provider = self.provider(resource, &pipeline);
        let instrumentation = Arc::new(Instrumentation {
            tracer: tracer(&provider),
            content_on_spans: self.capture.on_spans(),
            outlet: Arc::clone(&pipeline) as _,
            stats: Arc::clone(&stats),
        });
        Ok(Running {
            provider,
            pipeline,
            instrumentation,
            stats,
            runtime: Mutex::new(Some(runtime)),
        })
    }

    fn provider(&mut self, resource: Resource, pipeline: &Arc<Pipeline>) -> SdkTracerProvider {
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_max_attributes_per_span(MAX_ATTRIBUTES)
            .with_span_processor(Processor(Arc::clone(pipeline)));
        match self.sampler.take() {
            Some(sampler) => provider.with_sampler(sampler).build(),
            None => provider.build(),
        }
    }

    fn resource(&self) -> Resource {
        // Reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
        let builder = Resource::builder();
        match &self.service_name {
            Some(name) => builder.with_service_name(name.clone()).build(),
            None => builder.build(),
        }
    }

    fn span_destinations(
        &mut self,
        resource: &Resource,
        runtime: &Runtime,
    ) -> Result<Vec<SpanDestination>, ConfigError> {
        let otlp = self
            .otlp
            .take()
            .map(|otlp| otlp.exporter(export::http_client()?))
            .transpose()?;
        let named = otlp.map(|exporter| ("otlp", exporter)).into_iter();
        let others = self
            .exporters
            .drain(..)
            .map(|exporter| ("exporter", exporter));
        let start = |(name, mut exporter): (&'static str, Box<dyn AnyExporter>)| {
            exporter.set_resource(resource);
            SpanDestination::start(Account::new(name), exporter, runtime)
        };
        Ok(named.chain(others).map(start).collect())
    }
}

/// Running telemetry; the guard that flushes and ends it when dropped.
#[derive(Debug)]
#[must_use = "dropping the guard ends telemetry"]
pub struct Telemetry {
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    provider: SdkTracerProvider,
    pipeline: Arc<Pipeline>,
    instrumentation: Arc<Instrumentation>,
    stats: Arc<Stats>,
    /// `None` once shut down.
    runtime: Mutex<Option<Runtime>>,
}

/// Not everything left in time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not everything was delivered: {left:?} left, {lost:?} lost")]
#[non_exhaustive]
pub struct FlushError {
    /// Items still on their way, by destination.
    pub left: BTreeMap<&'static str, u64>,
    /// Items lost while flushing, by destination; [`Telemetry::stats`] has the reasons.
    pub lost: BTreeMap<&'static str, u64>,
}

impl Telemetry {
    /// Wraps a client of the default transport: its calls are seen from now
    /// on. The type stays the same.
    ///
    /// Only for a client with default transport. One that was made with an
    /// HTTP client of its own hides it, and it cannot be kept: give it again
    /// with [`wrap_with`](Self::wrap_with).
    #[must_use]
    pub fn wrap<C: Wrappable>(&self, client: C) -> C::Out {
        self.wrap_with(client, Wrap::new())
    }

    /// Wraps a client with options.
    ///
    /// ```
    /// use turnspan::Wrap;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry = turnspan::builder().build()?;
    /// let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
    /// let client = async_openai::Client::new().with_http_client(http.clone());
    /// let ai = telemetry.wrap_with(client, Wrap::new().http(http));
    /// # drop(ai); Ok(()) }
    /// ```
    #[must_use]
    pub fn wrap_with<C: Wrappable>(&self, client: C, wrap: Wrap) -> C::Out {
        let seam = self
            .seam()
            .with_default_conversation(wrap.conversation.clone());
        let attempt = AttemptLayer::new(&seam);
        client.wrapped(wrap, OperationLayer::new(seam), attempt)
    }

    /// The layer for a `ServiceBuilder` of yours, outside its retry layer.
    ///
    /// ```
    /// use async_openai::middleware::ReqwestService;
    /// use async_openai::middleware::retry::OpenAIRetryLayer;
    /// use tower::ServiceBuilder;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry = turnspan::builder().build()?;
    /// let transport = ServiceBuilder::new()
    ///     .layer(telemetry.operation_layer())
    ///     .layer(OpenAIRetryLayer::new(5))
    ///     .layer(telemetry.attempt_layer())
    ///     .service(ReqwestService::new(reqwest::Client::new()));
    /// let ai = async_openai::Client::new().with_http_service(transport);
    /// # drop(ai); Ok(()) }
    /// ```
    pub fn operation_layer(&self) -> OperationLayer {
        OperationLayer::new(self.seam())
    }

    /// The layer for a `ServiceBuilder` of yours, inside its retry layer; see
    /// [`operation_layer`](Self::operation_layer).
    #[must_use]
    pub fn attempt_layer(&self) -> AttemptLayer {
        AttemptLayer::new(&self.seam())
    }

    /// A layer for a tracing registry that has no OpenTelemetry layer yet:
    /// spans of `#[instrument]` functions become parents of wrapped calls.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        subscriber::layer(self.tracer())
    }

    /// What was made, delivered, queued and dropped; and faults of ours.
    pub fn stats(&self) -> StatsSnapshot {
        match &self.running {
            Some(running) => running.stats.snapshot(&running.accounts()),
            None => StatsSnapshot::default(),
        }
    }

    /// Has everything that ended before now leave, and waits for that until
    /// `timeout` at most. Needs no runtime of yours and blocks the thread.
    ///
    /// # Errors
    ///
    /// If something is still on its way then, or was lost meanwhile.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match &self.running {
            Some(running) => running.leave(timeout, Pipeline::flush),
            None => Ok(()),
        }
    }

    /// Ends open calls, marked as ended by the shutdown, flushes, and ends
    /// telemetry's threads. What is left at the deadline is lost and counted.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush). A second call finds nothing to do.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), FlushError> {
        self.running
            .as_ref()
            .map_or(Ok(()), |running| running.shut_down(timeout))
    }

    fn seam(&self) -> Seam {
        Seam::new(
            self.running
                .as_ref()
                .map(|running| Arc::clone(&running.instrumentation)),
        )
    }

    fn tracer(&self) -> Option<SdkTracer> {
        self.running
            .as_ref()
            .map(|running| tracer(&running.provider))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.shutdown(DROP_TIMEOUT) {
            tracing::warn!(target: "turnspan", %error, "telemetry ended early");
        }
    }
}

impl Running {
    fn accounts(&self) -> Vec<Arc<Account>> {
        self.pipeline.destinations().accounts()
    }

    fn leave(
        &self,
        timeout: Duration,
        how: impl Fn(&Pipeline, mpsc::Sender<()>),
    ) -> Result<(), FlushError> {
        let deadline = Instant::now() + timeout;
        let accounts = self.accounts();
        let lost_before: Vec<u64> = accounts.iter().map(|account| account.dropped()).collect();
        let (done, flushed) = mpsc::channel();
        how(&self.pipeline, done);
        let in_time = wait_for_all(&flushed, deadline);
        let by_name = |counts: Vec<u64>| -> BTreeMap<&'static str, u64> {
            let names = accounts.iter().map(|account| account.name());
            names.zip(counts).filter(|(_, count)| *count > 0).collect()
        };
        let left = if in_time {
            BTreeMap::new()
        } else {
            by_name(accounts.iter().map(|account| account.queued()).collect())
        };
        let lost = accounts
            .iter()
            .zip(lost_before)
            .map(|(account, before)| account.dropped() - before);
        let lost = by_name(lost.collect());
        if left.is_empty() && lost.is_empty() {
            Ok(())
        } else {
            Err(FlushError { left, lost })
        }
    }

    fn shut_down(&self, timeout: Duration) -> Result<(), FlushError> {
        let taken = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut runtime) = taken else {
            return Ok(());
        };
        let deadline = Instant::now() + timeout;
        let left = self.leave(timeout, Pipeline::shut_down);
        self.pipeline.join();
        runtime.stop(deadline);
        let destinations = self.pipeline.destinations();
        if let Some(tes) = &destinations.tes {
            tes.give_up();
        }
        for account in destinations.spans.iter().map(SpanDestination::account) {
            account.drop_queued(DropReason::Shutdown, account.queued());
        }
        left
    }
}

fn tracer(provider: &SdkTracerProvider) -> SdkTracer {
    let scope = InstrumentationScope::builder("turnspan")
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(semconv::SCHEMA_URL);
    provider.tracer_with_scope(scope.build())
}
