//! The seam of async-openai: tower services over `HttpRequestFactory`.
//!
//! A factory builds a request anew for every attempt. The operation layer
//! builds the first one early, to see what is asked, and hands that very
//! request to the first attempt: requests are built exactly as often as
//! without us.

use super::open::Moment;
use super::recording::{Recording, WeakRecording};
use super::reqwest::{inject, observe, sent};
use super::{
    AttemptLayer, AttemptService, OperationLayer, OperationService, Seam, Wrap, Wrappable,
    ready_half,
};
use ::async_openai::Client;
use ::async_openai::config::Config;
use ::async_openai::error::OpenAIError;
use ::async_openai::middleware::retry::OpenAIRetryLayer;
use ::async_openai::middleware::{HttpRequestFactory, ReqwestService};
use ::reqwest::{Request, Response};
use std::cell::Cell;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

thread_local! {
    /// The recording of the request that was built last on this thread.
    static BUILT: Cell<Option<WeakRecording>> = const { Cell::new(None) };
}

/// Whose the requests of a factory are: a call's, or nobody's that is recorded.
struct Whose {
    seam: Seam,
    moment: Moment,
    recording: Option<Recording>,
}

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
            return Box::pin(async move { inner.call(factory).await.map_err(Into::into) });
        }
        let seam = self.seam.clone();
        let moment = Moment::now();
        Box::pin(async move {
            let moment = moment.begun();
            let first = factory.build().await;
            let sent = first.as_ref().ok().map(sent);
            let recording = sent.and_then(|sent| Recording::start(&seam, &moment, sent));
            let whose = Whose {
                seam,
                moment,
                recording: recording.clone(),
            };
            let factory = replaying(factory, first, Some(whose));
            let Some(recording) = recording else {
                return inner.call(factory).await.map_err(Into::into);
            };
            let awaiting = recording.awaiting();
            let answered = inner.call(factory).await.map_err(Into::into);
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
        if self.off {
            return Box::pin(inner.call(factory));
        }
        Box::pin(async move {
            let (first, recording) = built_by(factory.build()).await;
            let Some(recording) = recording else {
                return inner.call(replaying(factory, first, None)).await;
            };
            if let Ok(request) = &first {
                recording.learn_of(request);
            }
            let attempt = inner.call(replaying(factory, first, None));
            recording.attempted(attempt).await
        })
    }
}

/// A factory whose first build gives `first`, and every later one a new
/// request; each says whose it is.
fn replaying(
    factory: HttpRequestFactory,
    first: Result<Request, OpenAIError>,
    whose: Option<Whose>,
) -> HttpRequestFactory {
    let whose = whose.map(Arc::new);
    let first = Arc::new(Mutex::new(Some(first)));
    HttpRequestFactory::new(move || {
        let factory = factory.clone();
        // Nobody else holds this lock: attempts follow one another.
        let first = first.try_lock().ok().and_then(|mut first| first.take());
        let whose = whose.clone();
        async move {
            let mut built = match first {
                Some(built) => built,
                None => factory.build().await,
            };
            if let Some(whose) = whose {
                whose.built(&mut built);
            }
            built
        }
    })
}

impl Whose {
    /// Called at the end of a build, whichever layers lie between the two: says
    /// whose request it is, and adds what its host may have.
    fn built(&self, request: &mut Result<Request, OpenAIError>) {
        let recording = self.recording.as_ref();
        if let Ok(request) = request {
            inject(&self.seam, &self.moment, recording, request);
            // Attempts are not seen where there is no layer for them.
            if let Some(recording) = recording {
                recording.learn_of(request);
            }
        }
        if let Some(recording) = recording {
            BUILT.set(Some(recording.downgrade()));
        }
    }
}

/// Awaits `build` and tells whose request it built.
///
/// The announcement is read in the very poll in which it is made, so that no
/// other task of this thread can come between; a layer around the factory may
/// go on after it.
async fn built_by<F: Future>(build: F) -> (F::Output, Option<Recording>) {
    let mut build = pin!(build);
    let mut announced = None;
    poll_fn(|cx| {
        BUILT.take();
        let built = build.as_mut().poll(cx);
        announced = BUILT.take().or_else(|| announced.take());
        built.map(|request| {
            let recording = announced.take();
            (
                request,
                recording.and_then(|weak: WeakRecording| weak.upgrade()),
            )
        })
    })
    .await
}
