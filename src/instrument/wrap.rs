//! Wrapping a client: what can be wrapped, and how it may be asked for.

use super::{AttemptLayer, OperationLayer};
use crate::conversation::Conversation;

/// How a client is wrapped; see [`Telemetry::wrap_with`](crate::Telemetry::wrap_with).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Wrap {
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) conversation: Option<Conversation>,
}

impl Wrap {
    /// The defaults: a default transport, no conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// The HTTP client to send through. Give the one that the wrapped client
    /// was made with: its proxy, certificates, timeouts and default headers
    /// cannot be read back from it.
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// The conversation of calls that are made outside any
    /// [`Conversation::scope`].
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }
}

/// A client that can be wrapped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client that turnspan can wrap",
    label = "no instrumentation for this type",
    note = "supported: `async_openai::Client` (feature `async-openai`), `reqwest::Client` and `reqwest_middleware::ClientWithMiddleware` (feature `reqwest-middleware`)"
)]
pub trait Wrappable: Sized {
    /// The wrapped client.
    type Out;

    /// Puts the layers around the client's transport.
    fn wrapped(self, wrap: Wrap, operation: OperationLayer, attempt: AttemptLayer) -> Self::Out;
}
