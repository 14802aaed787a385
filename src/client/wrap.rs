//! Wrapping a client: what can be wrapped, and how it may be asked for.

#[cfg(feature = "async-openai")]
use super::SharedHttp;
use super::{AttemptLayer, OperationLayer};
use crate::conversation::Conversation;
use std::fmt;

/// How a client is wrapped; see [`Telemetry::wrap_with`](crate::Telemetry::wrap_with).
///
/// ```
/// use turnspan::{Conversation, Wrap};
/// # use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let exporter = InMemorySpanExporter::default();
/// # let telemetry = turnspan::builder().span_exporter(exporter.clone()).build()?;
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
///
/// let wrap = Wrap::new().conversation(Conversation::new("nightly-report"));
/// let http = telemetry.wrap_with(reqwest::Client::new(), wrap);
/// let call = http.post(format!("http://{nobody}/v1/chat/completions")).body("{}");
/// assert!(call.send().await.is_err(), "nobody listens");
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let tree = turnspan::span_tree(&exporter.get_finished_spans()?).to_string();
/// assert!(tree.contains("gen_ai.conversation.id = nightly-report"));
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Wrap {
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) conversation: Option<Conversation>,
    /// Set by the telemetry that wraps.
    #[cfg(feature = "async-openai")]
    pub(crate) shared: SharedHttp,
}

impl Wrap {
    /// The defaults: a default transport, which is one HTTP client for all that a
    /// telemetry wraps, and no conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends the requests of an `async_openai::Client` with this HTTP client. Pass
    /// the one that it was made with, because its proxy, certificates, timeouts and
    /// default headers cannot be read back. Without it the log warns, once, that
    /// they are lost. Changes nothing for clients of `reqwest`, which are kept.
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The conversation of calls that are made outside any
    /// [`Conversation::scope`]; for clients that serve one conversation alone.
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }
}

impl fmt::Debug for Wrap {
    /// A client would show its default headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrap")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}

/// A client that can be wrapped: `async_openai::Client`, `reqwest::Client` and
/// `reqwest_middleware::ClientWithMiddleware`. For functions that are generic
/// over clients; to wrap one call [`Telemetry::wrap`](crate::Telemetry::wrap).
///
/// ```
/// fn observed<C: turnspan::Wrappable>(client: C) -> Result<C::Out, turnspan::ConfigError> {
///     Ok(turnspan::builder().build()?.wrap(client))
/// }
/// let http: reqwest_middleware::ClientWithMiddleware = observed(reqwest::Client::new())?;
/// # drop(http); Ok::<(), turnspan::ConfigError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client that turnspan can wrap",
    label = "no instrumentation for this type",
    note = "supported: `async_openai::Client` (feature `async-openai`), `reqwest::Client` and `reqwest_middleware::ClientWithMiddleware` (feature `reqwest-middleware`)"
)]
pub trait Wrappable: Sized {
    /// The wrapped client.
    type Out;

    /// Puts the layers around the client's transport;
    /// [`Telemetry::wrap_with`](crate::Telemetry::wrap_with) calls it.
    fn wrapped(self, wrap: Wrap, operation: OperationLayer, attempt: AttemptLayer) -> Self::Out;
}
