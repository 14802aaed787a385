//! Running telemetry: wrapping clients, flushing, and the end.

mod builder;
mod flush_error;
mod idle;
mod running;

pub use builder::{Builder, builder, init};
pub use flush_error::FlushError;

use crate::by_hand::{InteractionBuilder, Session};
#[cfg(feature = "reqwest-middleware")]
use crate::client::TurnspanMiddleware;
use crate::client::{self, AttemptLayer, OperationLayer, Recorder, Seam, Wrap, Wrappable};
#[cfg(feature = "async-openai")]
use crate::client::{OpenAiBuilder, SharedHttp};
use crate::config::ConfigError;
use crate::conversation::Conversation;
use crate::pipeline::{Processor, Seats, Want};
use crate::propagation::RemoteContext;
use crate::span::TurnSampler;
use crate::stats::{StatsSnapshot, apart};
use crate::subscriber::{self, Source};
#[cfg(feature = "async-openai")]
use async_openai::config::Config;
use bytes::Bytes;
use http::HeaderMap;
use idle::Idle;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanProcessor};
use running::Running;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

/// What dropping the guard may take.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Running telemetry; the guard that flushes and ends it when dropped, which
/// takes 5 seconds at most. Made by [`init`](crate::init) or by a
/// [`Builder`](crate::Builder). With nothing configured it is off: its methods
/// do nothing, and clients are wrapped in nothing.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// let call = telemetry.record(
///     "https://api.openai.com/v1/chat/completions",
///     r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}"#,
/// );
/// call.response(r#"{"model": "gpt-4o-2024-08-06", "choices": []}"#);
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(exporter.get_finished_spans()?[0].name, "chat gpt-4o");
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "dropping the guard ends telemetry"]
pub struct Telemetry {
    running: OnceLock<Running>,
    idle: Idle,
    /// What async-openai clients send with that bring no HTTP client.
    #[cfg(feature = "async-openai")]
    http: SharedHttp,
}

impl Telemetry {
    /// Starts an observed `async_openai::Client`: each of its calls is recorded,
    /// with every retry. End it with [`client`](OpenAiBuilder::client).
    ///
    /// This is the way for programs that make the client themselves: it keeps an
    /// HTTP client of yours, which [`wrap`](Self::wrap) cannot.
    ///
    /// ```
    /// use async_openai::config::OpenAIConfig;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry = turnspan::builder().build()?;
    ///
    /// // With `OPENAI_API_KEY` and `OPENAI_BASE_URL`, as `async_openai::Client::new()`.
    /// let ai = telemetry.openai(OpenAIConfig::default()).client();
    ///
    /// // With your own proxy, timeouts, headers or certificates.
    /// let http = reqwest::Client::builder().user_agent("shop/1.0").build()?;
    /// let ai = telemetry.openai(OpenAIConfig::default()).http(http).client();
    /// # drop(ai); Ok(()) }
    /// ```
    #[cfg(feature = "async-openai")]
    pub fn openai<C: Config>(&self, config: C) -> OpenAiBuilder<C> {
        OpenAiBuilder::new(config, self.seam(), self.http.clone())
    }

    /// Wraps a client so that its calls are recorded.
    ///
    /// | client | becomes |
    /// |---|---|
    /// | `async_openai::Client<C>` | the same type |
    /// | `reqwest_middleware::ClientWithMiddleware` | the same type |
    /// | `reqwest::Client` | a `ClientWithMiddleware`, whose errors are `reqwest_middleware::Error` and whose `json` needs the feature of that name |
    ///
    /// A `reqwest` client is kept as it is. The HTTP client of an async-openai
    /// client cannot be read back, and is replaced by one that all clients of this
    /// telemetry share: proxy, certificates, timeouts and headers of its own are
    /// lost, and the log warns of that once. To keep them, make the client with
    /// `openai`, or pass its HTTP client to [`wrap_with`](Self::wrap_with). If it
    /// has a service of its own (`with_http_service`), put
    /// [`operation_layer`](Self::operation_layer) and
    /// [`attempt_layer`](Self::attempt_layer) into that service.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry =
    /// #     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// let ai: async_openai::Client<_> = telemetry.wrap(async_openai::Client::new());
    /// # drop(ai);
    /// let http = telemetry.wrap(reqwest::Client::new());
    /// let call = http.post(format!("http://{nobody}/v1/chat/completions")).body("{}");
    /// assert!(call.send().await.is_err(), "nobody listens");
    /// assert_eq!(telemetry.stats().destinations["exporter"].made, 1);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn wrap<C: Wrappable>(&self, client: C) -> C::Out {
        self.wrap_with(client, Wrap::new())
    }

    /// Wraps a client with options; [`wrap`](Self::wrap) says what can be
    /// wrapped.
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
        #[cfg(feature = "async-openai")]
        let wrap = Wrap {
            shared: self.http.clone(),
            ..wrap
        };
        let seam = self
            .seam()
            .with_default_conversation(wrap.conversation.clone());
        let attempt = AttemptLayer::new(&seam);
        client.wrapped(wrap, OperationLayer::new(seam), attempt)
    }

    /// The layer for a `ServiceBuilder` of yours, outside its retry layer: it
    /// opens a span a call. For stacks of `reqwest::Request`, and of
    /// async-openai's `HttpRequestFactory`.
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

    /// The layer for a `ServiceBuilder` of yours, inside its retry layer: it
    /// tells attempts apart. An example is at
    /// [`operation_layer`](Self::operation_layer).
    #[must_use]
    pub fn attempt_layer(&self) -> AttemptLayer {
        AttemptLayer::new(&self.seam())
    }

    /// Sends one request of a `reqwest::Client`, and records it if it is a
    /// call of a known API: a POST to a path that ends in `/chat/completions`; or,
    /// at the host of a known provider or with the mark of its format, in
    /// `/responses` or `/v1/messages`. The answer, or the error, is that of
    /// `RequestBuilder::send`; the call ends when the body has been read, or is
    /// dropped.
    ///
    /// # Errors
    ///
    /// Those of `RequestBuilder::send`, and no others.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry =
    /// #     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    /// # let server = format!("http://{nobody}");
    /// let request = reqwest::Client::new()
    ///     .post(format!("{server}/v1/messages"))
    ///     .body(r#"{"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": []}"#);
    /// match telemetry.send(request).await {
    ///     Ok(answer) => println!("{}", answer.text().await?),
    ///     Err(error) => assert!(error.is_connect(), "nobody listens"),
    /// }
    /// assert_eq!(telemetry.stats().destinations["exporter"].made, 1);
    /// # Ok(()) }
    /// ```
    pub fn send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> impl Future<Output = reqwest::Result<reqwest::Response>> + Send + use<> {
        client::reqwest::send(self.seam(), request)
    }

    /// Starts recording a call that a client without a seam makes: where it
    /// goes, which tells the API and the provider, and the JSON that it sends,
    /// as text or bytes. What happens then is told to the [`Recorder`], which
    /// has examples. Of a URL that is no call of a known API, or is no URL,
    /// nothing is recorded; the former is counted as
    /// [`unrecognised`](StatsSnapshot::unrecognised).
    pub fn record(&self, url: &str, request: impl Into<Bytes>) -> Recorder {
        Recorder::start(&self.seam(), url, &request.into())
    }

    /// As [`record`](Self::record), of a request of any method and with its
    /// headers, some of which tell the API. Its URL is absolute.
    ///
    /// ```
    /// use bytes::Bytes;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
    /// let request = http::Request::post("http://localhost:8080/v1/messages")
    ///     .header("anthropic-version", "2023-06-01")
    ///     .body(Bytes::from(r#"{"model": "claude-sonnet-4-5", "messages": []}"#))?;
    /// let call = telemetry.record_request(&request);
    /// call.response(r#"{"content": []}"#);
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// assert_eq!(exporter.get_finished_spans()?[0].name, "chat claude-sonnet-4-5");
    /// # Ok(()) }
    /// ```
    pub fn record_request(&self, request: &http::Request<Bytes>) -> Recorder {
        Recorder::start_request(&self.seam(), request)
    }

    /// Adds the current context to the headers of a request to `url`, for a
    /// client that is not wrapped (hyper, tonic): the span that is current as
    /// `traceparent` and `tracestate`
    /// ([W3C Trace Context](https://www.w3.org/TR/trace-context/)), the
    /// conversation's id and other baggage as `baggage`
    /// ([W3C Baggage](https://www.w3.org/TR/baggage/)). Only to hosts of
    /// [`Builder::propagate_to`](crate::Builder::propagate_to), only keys of
    /// [`Builder::propagate_baggage`](crate::Builder::propagate_baggage), only
    /// what `OTEL_PROPAGATORS` has; to a `url` without a host nothing. What the
    /// headers have already stays.
    ///
    /// Wrapped clients, [`send`](Self::send) and the layers do it by themselves,
    /// for every request.
    ///
    /// ```
    /// use turnspan::Conversation;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .propagate_to(["inventory.internal"])
    ///     .propagate_baggage(["gen_ai.conversation.id"])
    ///     .span_exporter(exporter)
    ///     .build()?;
    /// let _conversation = Conversation::new("conv-123").enter();
    /// let mut request = http::Request::get("http://inventory.internal/items").body(())?;
    /// let url = request.uri().to_string();
    /// telemetry.inject(&url, request.headers_mut());
    /// assert_eq!(request.headers()["baggage"], "gen_ai.conversation.id=conv-123");
    ///
    /// let mut others = http::HeaderMap::new();
    /// telemetry.inject("https://example.com/items", &mut others);
    /// assert!(others.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn inject(&self, url: &str, headers: &mut HeaderMap) {
        self.seam().inject_now(url, headers);
    }

    /// The context of a request that this process got: run what answers it in
    /// its [`scope`](RemoteContext::scope), outside of the first
    /// `#[instrument]` function, and the trace is one tree across processes.
    /// The counterpart of [`inject`](Self::inject), at [`RemoteContext`] is an
    /// example.
    ///
    /// Takes the remote span from `traceparent` and `tracestate`
    /// ([W3C Trace Context](https://www.w3.org/TR/trace-context/)), and of
    /// `baggage` ([W3C Baggage](https://www.w3.org/TR/baggage/)) only the keys of
    /// [`Builder::propagate_baggage`](crate::Builder::propagate_baggage), as far
    /// as `OTEL_PROPAGATORS` has them. Never fails: headers that are malformed,
    /// or longer than 8192 bytes, count as absent. Whoever may send requests
    /// chooses trace and conversation, so ask it of those of your own services.
    pub fn extract(&self, headers: &HeaderMap) -> RemoteContext {
        self.seam().extract(headers)
    }

    /// The middleware for a `reqwest_middleware::ClientBuilder` of yours: put
    /// it last, after whatever retries. Before a middleware that retries it
    /// sees one attempt a call.
    ///
    /// ```
    /// use reqwest_middleware::ClientBuilder;
    /// use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry = turnspan::builder().build()?;
    /// let retries = ExponentialBackoff::builder().build_with_max_retries(3);
    /// let client = ClientBuilder::new(reqwest::Client::new())
    ///     .with(RetryTransientMiddleware::new_with_policy(retries))
    ///     .with(telemetry.middleware())
    ///     .build();
    /// # drop(client); Ok(()) }
    /// ```
    #[cfg(feature = "reqwest-middleware")]
    pub fn middleware(&self) -> TurnspanMiddleware {
        TurnspanMiddleware::new(self.seam())
    }

    /// A layer for a tracing registry **that has no OpenTelemetry layer yet**:
    /// spans of `#[instrument]` functions become parents of wrapped calls.
    ///
    /// Beside a layer of tracing-opentelemetry it does nothing, which it says
    /// once, if it is added after that one; the other way round that one
    /// panics at the first span. It is not needed there: wrapped calls nest
    /// under the spans of either.
    ///
    /// Filter your log, not the registry: a filter that is a layer by itself
    /// takes the spans of all layers.
    ///
    /// ```
    /// use tracing_subscriber::filter::LevelFilter;
    /// use tracing_subscriber::prelude::*;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// # let builder = turnspan::builder().span_exporter(exporter.clone());
    ///
    /// let telemetry = builder.build()?; // with `.env()?` before it, as a rule
    /// let log = tracing_subscriber::fmt::layer().with_filter(LevelFilter::WARN);
    /// let subscriber = tracing_subscriber::registry().with(log).with(telemetry.layer());
    /// tracing::subscriber::with_default(subscriber, || tracing::info_span!("work").in_scope(|| {}));
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// assert_eq!(exporter.get_finished_spans()?[0].name, "work");
    /// # Ok(()) }
    /// ```
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let running = self.running.get();
        if let Some(running) = running.filter(|_| subscriber::has_layer::<S>()) {
            running.instrumentation.layer_ignored();
        }
        subscriber::layer(self.source())
    }

    /// The span processor for a tracer provider of yours: what it finishes
    /// goes where telemetry sends spans and turns. Then have telemetry
    /// [`use_provider`](Self::use_provider) it, also where telemetry sends
    /// nothing: then calls are spans of yours alone.
    ///
    /// | destination of telemetry's | gets spans of your provider |
    /// |---|---|
    /// | OTLP of `OTEL_EXPORTER_OTLP_*` | no: your exporters follow the same variables |
    /// | OTLP of [`Builder::otlp`](crate::Builder::otlp) | yes, with the resource of your provider |
    /// | the console, exporters, TES, lines, metrics, log records | yes |
    ///
    /// Shutting the provider down flushes telemetry (5 seconds at most) and does
    /// not end it.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let theirs = InMemorySpanExporter::default();
    /// # let telemetry =
    /// #     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// let provider = SdkTracerProvider::builder()
    ///     .with_sampler(telemetry.sampler(Sampler::AlwaysOn))
    ///     .with_span_processor(telemetry.processor())
    ///     .with_simple_exporter(theirs.clone())
    ///     .build();
    /// telemetry.use_provider(&provider)?;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// assert_eq!(theirs.get_finished_spans()?.len(), 1, "yours");
    /// assert_eq!(telemetry.stats().destinations["exporter"].made, 1, "and ours");
    /// # Ok(()) }
    /// ```
    pub fn processor(&self) -> impl SpanProcessor + use<> {
        let running = self.running.get();
        if let Some(running) = running {
            running.instrumentation.global.has_processor();
        }
        Processor::theirs(running.map(|it| Arc::clone(&it.pipeline)))
    }

    /// A sampler for a tracer provider of yours that decides as `inner` does,
    /// and costs no turns: see [`TurnSampler`], which has an example.
    pub fn sampler(&self, inner: impl ShouldSample + 'static) -> TurnSampler {
        let seats = self.running.get().map(|it| it.pipeline.seats());
        let records_all = seats.is_some_and(Seats::wants_unsampled);
        TurnSampler::new(Box::new(inner), records_all)
    }

    /// Makes the spans of calls on a tracer provider of yours from now on, also
    /// where telemetry has no destination. Call it before you wrap clients.
    ///
    /// The provider needs telemetry's [`processor`](Self::processor), which has an
    /// example, for turns to be made. Your own processors get the spans too, with
    /// content only as [`CaptureMode`](crate::CaptureMode) says.
    ///
    /// # Errors
    ///
    /// If telemetry uses a provider already, or if a thread cannot be started.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use turnspan::ConfigError;
    ///
    /// let provider = SdkTracerProvider::builder().build();
    /// let telemetry = turnspan::builder().build()?;
    /// telemetry.use_provider(&provider)?;
    /// let second = telemetry.use_provider(&provider);
    /// assert!(matches!(second, Err(ConfigError::ProviderSet)));
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn use_provider(&self, provider: &SdkTracerProvider) -> Result<(), ConfigError> {
        self.idle.start(&self.running)?;
        let Some(running) = self.running.get() else {
            return Ok(());
        };
        let conventions = running.instrumentation.conventions;
        let theirs = &running.instrumentation.their_tracer;
        let tracer = provider.tracer_with_scope(conventions.scope());
        theirs.set(tracer).map_err(|_| ConfigError::ProviderSet)?;
        let mut destinations = running.pipeline.seats().destinations();
        if destinations.any(|it| !it.takes_theirs()) {
            tracing::info!(
                target: "turnspan",
                "spans are exported by your tracer provider: turnspan follows \
                 OTEL_EXPORTER_OTLP_* for metrics and log records alone",
            );
        }
        Ok(())
    }

    /// A session whose turns are told by hand: by its id, or as a
    /// [`Conversation`] with a user and metadata. It says nothing to anybody
    /// where turns go nowhere. An example is at [`Session`].
    pub fn session(&self, conversation: impl Into<Conversation>) -> Session {
        let pipeline = self.running.get().map(|it| &it.pipeline);
        let makes_turns = pipeline.filter(|pipeline| pipeline.seats().wants(Want::Turns));
        let default = self.running.get();
        let default = default.and_then(|it| it.instrumentation.conversation.as_ref());
        let conversation = Conversation::first_over(Some(conversation.into()), [default]);
        Session::new(makes_turns.cloned(), conversation.unwrap_or_default())
    }

    /// An interaction with the agent of that name, from what was asked to what
    /// it came to: an `invoke_agent` span. An example is at
    /// [`Interaction`](crate::Interaction).
    pub fn interaction(&self, agent: impl Into<String>) -> InteractionBuilder {
        let running = self.running.get();
        let instrumentation = running.map(|it| Arc::clone(&it.instrumentation));
        InteractionBuilder::new(instrumentation, agent.into())
    }

    /// What was made, delivered, queued and dropped since the start; and faults
    /// of ours. Empty if telemetry is off. Examples are at [`StatsSnapshot`].
    pub fn stats(&self) -> StatsSnapshot {
        match self.running.get() {
            Some(running) => running.stats.snapshot(&running.accounts()),
            None => StatsSnapshot::default(),
        }
    }

    /// Has everything that ended before now leave, and waits for that until
    /// `timeout` at most. Needs no runtime of yours and blocks the thread. For
    /// programs that are frozen between pieces of work, and for tests.
    ///
    /// # Errors
    ///
    /// If something is still on its way then, or was lost or refused since the
    /// last flush.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let telemetry =
    ///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
    /// telemetry.flush(std::time::Duration::from_secs(5))?;
    /// assert_eq!(telemetry.stats().destinations["exporter"].delivered, 1);
    /// # Ok(()) }
    /// ```
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match self.running.get() {
            Some(running) => running.flush(timeout),
            None => Ok(()),
        }
    }

    /// Ends open calls, marked as ended by the shutdown, flushes, and ends
    /// telemetry's threads, all until `timeout` at most. What is left at the
    /// deadline is lost and counted. A receiver of turns whose last request failed
    /// is not waited for once the spool's file has every event. Dropping the guard
    /// does this with 5 seconds and logs an error, unless a spool keeps all that is
    /// left.
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush). A second call finds nothing to do.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// let telemetry =
    ///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// let open = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    /// telemetry.shutdown(std::time::Duration::from_secs(5))?;
    /// assert_eq!(telemetry.stats().destinations["exporter"].delivered, 1, "it was ended");
    /// # drop(open); Ok(()) }
    /// ```
    pub fn shutdown(&self, timeout: Duration) -> Result<(), FlushError> {
        let running = self.running.get();
        running.map_or(Ok(()), |running| running.shut_down(timeout))
    }

    /// Telemetry that runs.
    pub(crate) fn of(running: Running) -> Self {
        Self::made(running.into(), Idle::default())
    }

    /// Telemetry that is off for good.
    pub(crate) fn off() -> Self {
        Self::made(OnceLock::new(), Idle::default())
    }

    /// Telemetry that sends nothing, and makes spans on a provider of the user's
    /// if there is one.
    pub(crate) fn idle(builder: Builder) -> Self {
        Self::made(OnceLock::new(), Idle::of(builder))
    }

    fn made(running: OnceLock<Running>, idle: Idle) -> Self {
        Self {
            running,
            idle,
            #[cfg(feature = "async-openai")]
            http: SharedHttp::default(),
        }
    }

    /// A log is listening from now on.
    pub(crate) fn speak(&self) {
        if let Some(running) = self.running.get() {
            running.pipeline.speak();
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.running.get().is_none()
    }

    fn seam(&self) -> Seam {
        if self.is_off() {
            self.idle.seen();
        }
        Seam::new(
            self.running
                .get()
                .map(|running| Arc::clone(&running.instrumentation)),
        )
    }

    /// What makes the spans of `tracing`.
    pub(crate) fn source(&self) -> Option<Source> {
        let running = self.running.get()?;
        running.instrumentation.global.has_own_layer();
        Some(Source {
            tracer: running.instrumentation.tracer().clone(),
            outlet: Arc::clone(&running.pipeline) as _,
            conversation: running.instrumentation.conversation.clone(),
            conventions: running.instrumentation.conventions,
        })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let ended = self.shutdown(DROP_TIMEOUT);
        // What a spool keeps is safe, and was spoken of when it was not taken.
        if let Err(error) = ended
            && !error.is_all_kept()
        {
            apart(|| tracing::warn!(target: "turnspan", %error, "telemetry ended early"));
        }
        let running = self.running.get();
        if running.is_some_and(|it| it.pipeline.is_forked()) {
            // Its parts would wait for threads, and say goodbye to files, that
            // are the parent's.
            std::mem::forget(self.running.take());
        }
    }
}
