//! The position inside the retries.

use super::ResponseFuture;
use super::announced::{Announced, built_by};
use super::first::First;
use crate::client::{AttemptService, Seam, ready_half};
use crate::record::Recording;
use ::async_openai::middleware::HttpRequestFactory;
use ::reqwest::Response;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;
use tower_service::Service;

impl<S> Service<HttpRequestFactory> for AttemptService<S>
where
    S: Service<HttpRequestFactory, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Error + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        if self.seam.is_off() {
            return Box::pin(inner.call(factory));
        }
        let asked = Instant::now();
        let request = Arc::new(OneRequest::new(self.seam.clone()));
        let answer = inner.call(OneRequest::of(&request, factory.clone()));
        Box::pin(async move {
            if request.first.begin() {
                request.build(&factory).await;
            }
            if let Some(recording) = request.recording() {
                return recording.attempt_since(asked).awaited(answer).await;
            }
            // Nothing records it, or a service inside, on another thread, is still
            // building it: then it is known with the answer whose it is.
            let answered = answer.await;
            if let Some(recording) = request.recording() {
                recording.attempt_since(asked).told(&answered);
            }
            answered
        })
    }
}

/// The request of one attempt, and whose it is.
struct OneRequest {
    seam: Seam,
    first: First,
    whose: OnceLock<Announced>,
}

impl OneRequest {
    fn new(seam: Seam) -> Self {
        Self {
            seam,
            first: First::default(),
            whose: OnceLock::new(),
        }
    }

    fn recording(&self) -> Option<Recording> {
        self.whose.get()?.of(&self.seam)
    }

    /// A factory whose first build gives the request that was built early.
    fn of(request: &Arc<Self>, factory: HttpRequestFactory) -> HttpRequestFactory {
        let request = Arc::clone(request);
        HttpRequestFactory::new(move || {
            let (request, factory) = (Arc::clone(&request), factory.clone());
            async move {
                if request.first.begin() {
                    request.build(&factory).await;
                }
                request.first.or_another(&factory).await
            }
        })
    }

    async fn build(&self, factory: &HttpRequestFactory) {
        let (built, whose) = built_by(factory.build()).await;
        // Whoever began is the only one to come here.
        drop(self.whose.set(whose.clone()));
        if let (Ok(request), Some(recording)) = (&built, self.recording()) {
            recording.learn_of(request);
        }
        self.first.keep(built, whose);
    }
}
