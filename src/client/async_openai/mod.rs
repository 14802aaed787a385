//! The seam of async-openai: tower services over `HttpRequestFactory`.
//!
//! A factory builds a request anew for every attempt. Each layer builds the
//! first one early, to see what is asked and whose it is, and hands that very
//! request on: requests are built exactly as often as without us.

mod announced;
mod attempt;
mod builder;
mod first;
mod operation;

pub use builder::OpenAiBuilder;

use super::{AttemptLayer, OperationLayer, Seam, Wrap, Wrappable};
use crate::stats::Warning;
use ::async_openai::Client;
use ::async_openai::config::Config;
use ::async_openai::middleware::ReqwestService;
use ::async_openai::middleware::retry::OpenAIRetryLayer;
use ::reqwest::Response;
use std::future::Future;
use std::pin::Pin;
use tower_layer::Layer;

type ResponseFuture<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<C: Config> Wrappable for Client<C> {
    type Out = Self;

    fn wrapped(self, wrap: Wrap, operation: OperationLayer, _attempt: AttemptLayer) -> Self {
        let seam = operation.seam;
        match (seam.is_off(), wrap.http) {
            (true, None) => self,
            (true, Some(http)) => self.with_http_client(http),
            (false, Some(http)) => observed(self, http, seam),
            (false, None) => {
                seam.warn(Warning::TransportReplaced, TRANSPORT_REPLACED);
                observed(self, wrap.shared.client(), seam)
            }
        }
    }
}

const TRANSPORT_REPLACED: &str = "`wrap` replaced the HTTP client of an async-openai client, which cannot \
    be read back: if it had a proxy, a timeout, headers or certificates of its own, they are lost; make the \
    client with `telemetry.openai(config).http(client).client()`, or pass its HTTP client to `Wrap::http`";

/// Puts the layers around `http`, with the retries that async-openai has without
/// us between them.
fn observed<C: Config>(client: Client<C>, http: ::reqwest::Client, seam: Seam) -> Client<C> {
    let attempts = AttemptLayer::new(&seam).layer(ReqwestService::new(http));
    let retried = OpenAIRetryLayer::default().layer(attempts);
    client.with_http_service(OperationLayer::new(seam).layer(retried))
}
