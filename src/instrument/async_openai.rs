//! The seam of async-openai: tower services over `HttpRequestFactory`.
//!
//! A factory builds a request anew for every attempt. The operation layer
//! builds the first one early, to see what is asked, and hands that very
//! request to the first attempt: requests are built exactly as often as
//! without us.

use super::attempt_layer::{announce, built_by};
use super::body::ObservedBody;
use super::open::{Moment, Sent};
use super::recording::Recording;
use super::{AttemptLayer, AttemptService, OperationLayer, OperationService, Wrap, Wrappable};
use ::async_openai::Client;
use ::async_openai::config::Config;
use ::async_openai::error::OpenAIError;
use ::async_openai::middleware::retry::OpenAIRetryLayer;
use ::async_openai::middleware::{HttpRequestFactory, ReqwestService};
use bytes::Bytes;
use reqwest::{Request, Response, ResponseBuilderExt as _};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

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
            let first = factory.build().await;
            let sent = first.as_ref().ok().map(sent);
            let recording = sent.and_then(|sent| Recording::start(&seam, moment, sent));
            let factory = replaying(factory, first, recording.clone());
            let answered = inner.call(factory).await.map_err(Into::into);
            observe(answered, recording)
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
            recording.attempt_begins();
            let answered = inner.call(replaying(factory, first, None)).await;
            match &answered {
                Ok(response) => recording.attempt_answered(response.status().as_u16()),
                Err(error) => recording.attempt_failed(error),
            }
            answered
        })
    }
}

/// The service that was polled ready; a clone of it takes its place.
fn ready_half<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}

/// What a request tells about where it goes and what it asks.
fn sent(request: &Request) -> Sent<'_> {
    Sent {
        method: request.method(),
        url: request.url(),
        body: request
            .body()
            .and_then(reqwest::Body::as_bytes)
            .unwrap_or_default(),
        hold: Box::new(|| hold_body(request)),
    }
}

/// The request's body as shared bytes. A body alone cannot be cloned, so the
/// request is, and its headers, which hold the key, are let go.
fn hold_body(request: &Request) -> Bytes {
    request.try_clone().map_or_else(Bytes::new, |mut clone| {
        clone.headers_mut().clear();
        Bytes::from_owner(Held(clone))
    })
}

struct Held(Request);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.0
            .body()
            .and_then(reqwest::Body::as_bytes)
            .unwrap_or_default()
    }
}

/// A factory whose first build gives `first`, and every later one a new
/// request; each says whose it is.
fn replaying(
    factory: HttpRequestFactory,
    first: Result<Request, OpenAIError>,
    recording: Option<Recording>,
) -> HttpRequestFactory {
    let first = Arc::new(Mutex::new(Some(first)));
    HttpRequestFactory::new(move || {
        let factory = factory.clone();
        // Nobody else holds this lock: attempts follow one another.
        let first = first.try_lock().ok().and_then(|mut first| first.take());
        let recording = recording.clone();
        async move {
            let built = match first {
                Some(built) => built,
                None => factory.build().await,
            };
            if let Some(recording) = &recording {
                announce(recording);
            }
            built
        }
    })
}

fn observe(
    answered: Result<Response, OpenAIError>,
    recording: Option<Recording>,
) -> Result<Response, OpenAIError> {
    let Some(recording) = recording else {
        return answered;
    };
    match answered {
        Ok(response) => Ok(observed(response, recording)),
        Err(error) => {
            recording.call_failed(&error);
            Err(error)
        }
    }
}

/// The same response with its body observed.
fn observed(response: Response, recording: Recording) -> Response {
    let content_type = response.headers().get(http::header::CONTENT_TYPE);
    recording.head(
        response.status().as_u16(),
        content_type.and_then(|value| value.to_str().ok()),
    );
    // The conversion below loses the URL, which only this builder can set.
    let url = http::Response::builder()
        .url(response.url().clone())
        .body(());
    let (mut parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    if let Ok(url) = url {
        parts.extensions.extend(url.into_parts().0.extensions);
    }
    let body = reqwest::Body::wrap(ObservedBody::new(body, recording));
    http::Response::from_parts(parts, body).into()
}
