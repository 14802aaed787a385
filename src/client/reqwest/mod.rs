//! The seams of reqwest: a request by itself, tower services, middleware.
//!
//! A bare `reqwest::Client` cannot be instrumented from inside: requests are
//! sent through one of these.

mod asking_body;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod service;
mod stream_usage;

#[cfg(feature = "reqwest-middleware")]
pub use middleware::TurnspanMiddleware;

use super::Seam;
use crate::format::Sent;
use crate::record::{Answered, Head, Moment, ObservedBody, Outgoing, Recording};
use ::reqwest::{Body, Request, RequestBuilder, Response, ResponseBuilderExt as _};
use asking_body::is_streamed;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::future::Future;

impl Answered for Response {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

impl Recording {
    /// What another request of the call says.
    pub(super) fn learn_of(&self, request: &Request) {
        self.learn(request.headers(), Some(request.url()));
    }
}

/// Sends one request: a call with one attempt.
pub(crate) fn send(
    seam: Seam,
    request: RequestBuilder,
) -> impl Future<Output = ::reqwest::Result<Response>> + Send + use<> {
    let moment = Moment::now();
    async move {
        let (client, request) = request.build_split();
        let mut request = request?;
        let moment = moment.begun();
        let recording = seam.record(&moment, outgoing(&request));
        prepare(&seam, &moment, recording.as_ref(), &mut request);
        observed(client.execute(request), recording).await
    }
}

/// Awaits the answer to a call that nobody retries within.
async fn observed<E: std::error::Error + 'static>(
    answer: impl Future<Output = Result<Response, E>>,
    recording: Option<Recording>,
) -> Result<Response, E> {
    let Some(recording) = recording else {
        return answer.await;
    };
    let awaiting = recording.awaiting();
    let answered = recording.attempt().awaited(answer).await;
    awaiting.over();
    match answered {
        Ok(response) => Ok(observe(response, &recording)),
        Err(error) => {
            recording.call_failed(&error);
            Err(error)
        }
    }
}

/// Adds to a request what its host may have, the context of the call that it is,
/// or, if it is none, that of the moment; and, if that is set, the option that
/// asks for the usage. A body that is made while it is sent is read as it passes.
pub(super) fn prepare(
    seam: &Seam,
    moment: &Moment,
    recording: Option<&Recording>,
    request: &mut Request,
) {
    if seam.propagates_to(request.url()) {
        seam.inject(moment, recording, request.headers_mut());
    }
    if let Some(recording) = recording {
        stream_usage::ask(recording, request);
        asking_body::watch(recording, request);
    }
}

/// What a request tells about where it goes and what it asks.
pub(super) fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        sent: Sent {
            method: request.method(),
            url: request.url(),
            headers: request.headers(),
            body: request.body().and_then(Body::as_bytes).unwrap_or_default(),
        },
        is_meant: false,
        is_streamed: is_streamed(request),
        hold: Box::new(|| hold_body(request)),
    }
}

/// The request's body as shared bytes. A body alone cannot be cloned, so the
/// request is, and its headers and its query, which hold the key, are let go.
fn hold_body(request: &Request) -> Bytes {
    request.try_clone().map_or_else(Bytes::new, |mut clone| {
        clone.headers_mut().clear();
        clone.url_mut().set_query(None);
        Bytes::from_owner(Held(clone))
    })
}

struct Held(Request);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.0.body().and_then(Body::as_bytes).unwrap_or_default()
    }
}

/// The same response with its body observed.
pub(super) fn observe(response: Response, recording: &Recording) -> Response {
    recording.learn_answer(response.headers());
    let head = Head::new(response.status().as_u16(), response.headers());
    let reading = recording.answered(head);
    // The conversion below loses the URL, which only this builder can set.
    let url = http::Response::builder()
        .url(response.url().clone())
        .body(());
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    if let Ok(url) = url {
        parts.extensions.extend(url.into_parts().0.extensions);
    }
    let body = ObservedBody::new(body, reading);
    let body = stream_usage::without_usage(recording, &mut parts, body);
    http::Response::from_parts(parts, body).into()
}
