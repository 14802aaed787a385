//! An async-openai client that is observed from the start.

use super::observed;
use crate::client::{Seam, SharedHttp};
use crate::conversation::Conversation;
use ::async_openai::Client;
use ::async_openai::config::Config;
use std::fmt;

/// Builds an observed `async_openai::Client`; made by
/// [`Telemetry::openai`](crate::Telemetry::openai).
///
/// # When should I use it rather than `wrap`?
///
/// Whenever your program makes the client itself. An `async_openai::Client` does
/// not give its HTTP client back, so [`Telemetry::wrap`](crate::Telemetry::wrap)
/// has to replace it, and proxies, timeouts, default headers and certificates
/// are lost. Here they are kept: pass the HTTP client to [`http`](Self::http).
///
/// ```
/// use async_openai::config::OpenAIConfig;
/// use std::time::Duration;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let telemetry = turnspan::builder().build()?;
///
/// let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
/// let ai: async_openai::Client<_> = telemetry.openai(OpenAIConfig::new()).http(http).client();
/// # drop(ai); Ok(()) }
/// ```
#[must_use = "call .client()"]
pub struct OpenAiBuilder<C> {
    config: C,
    seam: Seam,
    shared: SharedHttp,
    http: Option<reqwest::Client>,
    conversation: Option<Conversation>,
}

impl<C: Config> OpenAiBuilder<C> {
    pub(crate) fn new(config: C, seam: Seam, shared: SharedHttp) -> Self {
        Self {
            config,
            seam,
            shared,
            http: None,
            conversation: None,
        }
    }

    /// Sends requests with this HTTP client: with its proxy, timeouts, default
    /// headers and certificates (default: one client for all that this telemetry
    /// builds or wraps, with reqwest's defaults).
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sets the conversation of calls that are made outside any
    /// [`Conversation::scope`]. For a client that serves one conversation only.
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// Builds the client. It retries as async-openai's own clients do, and each
    /// retry is recorded.
    #[must_use]
    pub fn client(self) -> Client<C> {
        let http = self.http.unwrap_or_else(|| self.shared.client());
        let client = Client::build(http.clone(), self.config);
        if self.seam.is_off() {
            return client;
        }
        let seam = self.seam.with_default_conversation(self.conversation);
        observed(client, http, seam)
    }
}

impl<C> fmt::Debug for OpenAiBuilder<C> {
    /// A configuration and a client would show their keys and headers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiBuilder")
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
