//! The position outside the retries.

use super::ResponseFuture;
use super::announced::{Announced, announce, built_by};
use super::first::{Built, First};
use crate::instrument::open::Moment;
use crate::instrument::recording::Recording;
use crate::instrument::reqwest::{inject, observe, sent};
use crate::instrument::{OperationService, Seam, ready_half};
use ::async_openai::error::OpenAIError;
use ::async_openai::middleware::HttpRequestFactory;
use ::reqwest::Response;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tower_service::Service;

impl<S> Service<HttpRequestFactory> for OperationService<S>
where
    S: Service<HttpRequestFactory, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<OpenAIError>,
{
    type Response = Response;
    type Error = OpenAIError;
    type Future = ResponseFuture<OpenAIError>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        if self.seam.is_off() {
            let answer = inner.call(factory);
            return Box::pin(async move { answer.await.map_err(Into::into) });
        }
        let call = Arc::new(Call::new(self.seam.clone()));
        let answer = inner.call(Call::requests(&call, factory.clone()));
        Box::pin(async move {
            if call.first.begin() {
                let (first, whose) = call.build(call.moment.begun(), &factory).await;
                call.first.keep(first, whose);
            }
            let Some(recording) = call.recording() else {
                return answer.await.map_err(Into::into);
            };
            let awaiting = recording.awaiting();
            let answered = answer.await.map_err(Into::into);
            awaiting.over();
            match answered {
                Ok(response) => Ok(observe(response, &recording)),
                Err(error) => {
                    recording.call_failed(&error);
                    Err(error)
                }
            }
        })
    }
}

/// One call of the service, and whose its requests are.
struct Call {
    seam: Seam,
    /// When the service was called.
    moment: Moment,
    first: First,
    /// Set when the first request is there: by which moment, and the recording,
    /// if there is one.
    begun: OnceLock<(Moment, Option<Recording>)>,
}

impl Call {
    fn new(seam: Seam) -> Self {
        Self {
            seam,
            moment: Moment::now(),
            first: First::default(),
            begun: OnceLock::new(),
        }
    }

    /// A factory whose first build gives the request that was built early, and
    /// every later one a new one; each says whose it is.
    fn requests(call: &Arc<Self>, factory: HttpRequestFactory) -> HttpRequestFactory {
        let call = Arc::clone(call);
        HttpRequestFactory::new(move || {
            let (call, factory) = (Arc::clone(&call), factory.clone());
            async move {
                if call.first.begin() {
                    let (first, whose) = call.build(call.moment.clone(), &factory).await;
                    call.first.keep(first, whose);
                }
                let mut built = call.first.or_another(&factory).await;
                call.built(&mut built);
                built
            }
        })
    }

    /// Builds the first request, and starts the recording that it asks for.
    async fn build(&self, moment: Moment, factory: &HttpRequestFactory) -> (Built, Announced) {
        let (first, whose) = built_by(factory.build()).await;
        let sent = first.as_ref().ok().map(sent);
        let recording = sent.and_then(|sent| Recording::start(&self.seam, &moment, sent));
        // Whoever began is the only one to come here.
        drop(self.begun.set((moment, recording)));
        (first, whose)
    }

    fn recording(&self) -> Option<Recording> {
        self.begun.get()?.1.clone()
    }

    /// Called at the end of a build, whichever layers lie between the two: says
    /// whose request it is, and adds what its host may have.
    fn built(&self, request: &mut Built) {
        let Some((moment, recording)) = self.begun.get() else {
            return;
        };
        if let Ok(request) = request {
            inject(&self.seam, moment, recording.as_ref(), request);
            // Attempts are not seen where there is no layer for them.
            if let Some(recording) = recording {
                recording.learn_of(request);
            }
        }
        if let Some(recording) = recording {
            announce(recording.downgrade());
        }
    }
}
