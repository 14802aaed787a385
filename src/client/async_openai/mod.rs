//! The seam of async-openai: tower services over `HttpRequestFactory`.
//!
//! A factory builds a request anew for every attempt. Each layer builds the
//! first one early, to see what is asked and whose it is, and hands that very
//! request on: requests are built exactly as often as without us.

mod announced;
mod attempt;
mod first;
mod operation;

use super::{AttemptLayer, OperationLayer, Wrap, Wrappable};
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

    fn wrapped(self, wrap: Wrap, operation: OperationLayer, attempt: AttemptLayer) -> Self {
        match (operation.seam.is_off(), wrap.http) {
            (true, None) => self,
            (true, Some(http)) => self.with_http_client(http),
            (false, http) => {
                let transport = ReqwestService::new(http.unwrap_or_default());
                let retried = OpenAIRetryLayer::default().layer(attempt.layer(transport));
                self.with_http_service(operation.layer(retried))
            }
        }
    }
}
