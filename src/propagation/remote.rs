//! The context of a request from elsewhere, for the work that it asks for.

use crate::context;
use crate::conversation::{Conversation, Entered};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

/// Where a request that this process got comes from: the span that it was sent
/// within, and of its [W3C `baggage`](https://www.w3.org/TR/baggage/) what is
/// on the list of [`Builder::propagate_baggage`](crate::Builder::propagate_baggage),
/// the conversation's id with it. Made by
/// [`Telemetry::extract`](crate::Telemetry::extract).
///
/// With it the trace is one tree across processes. Cheap to clone. Nobody says
/// who sent the headers, so extract from requests of services of your own.
///
/// # Where the scope stands
///
/// Outside of the request's first span. A span takes its parent when it is
/// *made*, so one that was there before stays in a trace of its own, with
/// everything that is entered through it: `extract(..).scope(handle(..))` for
/// an async function `handle` with `#[instrument]`, and not a scope in its
/// body; `scope(async { work().instrument(info_span!("work")).await })`, and not
/// `scope(work().instrument(info_span!("work")))`, whose span is made before
/// the scope is entered. Where a layer of somebody else's makes the first span,
/// give that one [`context`](Self::context) as its parent.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # use tracing_subscriber::prelude::*;
/// use turnspan::{Conversation, RemoteContext};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// #[tracing::instrument]
/// async fn handle() -> Option<String> {
///     Conversation::current()?.id().map(str::to_owned)
/// }
///
/// let exporter = InMemorySpanExporter::default();
/// let telemetry = turnspan::builder()
///     .propagate_baggage(["gen_ai.conversation.id"])
///     .span_exporter(exporter.clone())
///     .build()?;
/// # let subscriber = tracing_subscriber::registry().with(telemetry.layer());
/// # let _default = tracing::subscriber::set_default(subscriber);
/// let mut headers = http::HeaderMap::new(); // as they came with the request
/// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// headers.insert("traceparent", parent.parse()?);
/// headers.insert("baggage", "gen_ai.conversation.id=conv-123,other=1".parse()?);
///
/// let remote: RemoteContext = telemetry.extract(&headers);
/// assert_eq!(remote.scope(handle()).await.as_deref(), Some("conv-123"));
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let span = &exporter.get_finished_spans()?[0];
/// assert_eq!(span.parent_span_id.to_string(), "b7ad6b7169203331");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct RemoteContext {
    /// What came; where nothing came, what is current stays.
    pub(super) span: Option<SpanContext>,
    pub(super) baggage: Arc<[KeyValue]>,
    pub(super) conversation: Option<Conversation>,
}

impl RemoteContext {
    /// Runs `future` with the remote span as its parent and within the
    /// conversation: functions with `#[instrument]`, wrapped calls, requests to
    /// other services. What it spawns starts without both, unless by
    /// [`Conversation::spawn`].
    ///
    /// What the headers do not say stays as it is around: without a span in them
    /// the current one is the parent, without a conversation the one around. A
    /// user and metadata of your own come by a [`Conversation`] inside, with
    /// [`inherit`](Conversation::inherit). An example is at [`RemoteContext`].
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let remote = self.clone();
        async move {
            let mut future = pin!(future);
            poll_fn(|cx| {
                let _entered = remote.enter();
                future.as_mut().poll(cx)
            })
            .await
        }
    }

    /// Enters the context on this thread until the guard is dropped, for
    /// synchronous code; see [`Conversation::enter`].
    ///
    /// ```
    /// use opentelemetry::trace::TraceContextExt as _;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry =
    /// #     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
    /// # let mut headers = http::HeaderMap::new();
    /// # let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// # headers.insert("traceparent", parent.parse()?);
    ///
    /// let entered = telemetry.extract(&headers).enter();
    /// let current = opentelemetry::Context::current();
    /// assert_eq!(current.span().span_context().span_id().to_string(), "b7ad6b7169203331");
    /// # drop(entered); Ok(()) }
    /// ```
    pub fn enter(&self) -> Entered {
        Entered::within(self.context(), self.conversation.clone())
    }

    /// The same for OpenTelemetry's own API, as a parent of spans that others
    /// make: the current context, with the remote span and the baggage that was
    /// let in, where there are any.
    ///
    /// ```
    /// use opentelemetry::baggage::BaggageExt as _;
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    ///
    /// let builder = turnspan::builder().propagate_baggage(["tenant"]).span_exporter(exporter);
    /// let telemetry = builder.build()?;
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("baggage", "tenant=acme,other=1".parse()?);
    /// let remote = telemetry.extract(&headers);
    /// assert_eq!(remote.context().baggage().to_string(), "tenant=acme");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn context(&self) -> Context {
        let mut context = context::current();
        if let Some(span) = &self.span {
            context = context.with_remote_span_context(span.clone());
        }
        if !self.baggage.is_empty() {
            context = context.with_baggage(self.baggage.iter().cloned());
        }
        context
    }

    /// The conversation that the sender was in, if it said so and may: its id.
    ///
    /// An id of more than 256 code points, or with control characters, is none.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::InMemorySpanExporter;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let exporter = InMemorySpanExporter::default();
    /// let telemetry = turnspan::builder()
    ///     .propagate_baggage(["gen_ai.conversation.id"])
    ///     .span_exporter(exporter)
    ///     .build()?;
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("baggage", "gen_ai.conversation.id=conv-123".parse()?);
    /// let remote = telemetry.extract(&headers);
    /// assert_eq!(remote.conversation().and_then(|it| it.id()), Some("conv-123"));
    /// # Ok(()) }
    /// ```
    pub fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref()
    }
}
