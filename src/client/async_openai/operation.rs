//! The position outside the retries.

use super::ResponseFuture;
use super::announced::{Announced, announce, built_by};
use super::first::{Built, First};
use crate::client::reqwest::{observe, outgoing, prepare};
use crate::client::{OperationService, Seam, ready_half};
use crate::record::{Awaiting, Moment, Outgoing, Recording};
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
            let awaiting = call.recording().map(|recording| recording.awaiting());
            let answered = answer.await.map_err(Into::into);
            awaiting.into_iter().for_each(Awaiting::over);
            // Asked again: a service inside, on another thread, may have been
            // building the first request until now.
            match (answered, call.recording()) {
                (Ok(response), Some(recording)) => Ok(observe(response, &recording)),
                (Err(error), Some(recording)) => {
                    recording.call_failed(&error);
                    Err(error)
                }
                (answered, None) => answered,
            }
        })
    }
}

/// One call of the service, and whose its requests are.
pub(super) struct Call {
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
        let recording = first.as_ref().ok().and_then(|request| {
            // All that such a client asks, it asks whoever it was made for.
            let is_meant = true;
            let outgoing = outgoing(request);
            let outgoing = Outgoing {
                is_meant,
                ..outgoing
            };
            self.seam.record(&moment, outgoing)
        });
        // Whoever began is the only one to come here.
        drop(self.begun.set((moment, recording)));
        (first, whose)
    }

    /// None yet, while its first request is built on another thread.
    pub(super) fn recording(&self) -> Option<Recording> {
        self.begun.get()?.1.clone()
    }

    /// Called at the end of a build, whichever layers lie between the two: says
    /// whose request it is, and adds what its host may have.
    fn built(self: &Arc<Self>, request: &mut Built) {
        let Some((moment, recording)) = self.begun.get() else {
            return announce(Arc::downgrade(self));
        };
        if let Ok(request) = request {
            prepare(&self.seam, moment, recording.as_ref(), request);
            // Attempts are not seen where there is no layer for them.
            if let Some(recording) = recording {
                recording.learn_of(request);
            }
        }
        if recording.is_some() {
            announce(Arc::downgrade(self));
        }
    }
}
