//! The two layers over `tower::Service<http::Request<B>>`: hyper's clients, and
//! whatever speaks like them.

use super::around::{current, enter, within};
use super::{AttemptService, OperationService, ready_half};
use crate::format::Sent;
use crate::record::{Answered, Head, Moment, ObservedBody, Outgoing, Recording};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body::Body;
use std::error::Error;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tower_service::Service;
use url::Url;

type ResponseFuture<B, E> = Pin<Box<dyn Future<Output = Result<Response<B>, E>> + Send>>;

/// The most that is read of a body whose bytes come in several pieces.
const MAX_GATHERED_BYTES: usize = 8 << 20;

impl<S, B, A> Service<Request<B>> for OperationService<S>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Error + 'static,
    B: Body<Data = Bytes> + Clone,
    A: Body<Data = Bytes> + Send + 'static,
    A::Error: Error + 'static,
{
    type Response = Response<ObservedBody<A>>;
    type Error = S::Error;
    type Future = ResponseFuture<ObservedBody<A>, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        let (seam, moment) = (self.seam.clone(), Moment::now());
        let url = if seam.is_off() {
            None
        } else {
            url_of(request.uri())
        };
        let recording = url.as_ref().and_then(|url| {
            let body = seam.watching(|| bytes_of(request.body()))?;
            seam.record(&moment, outgoing(&request, url, &body))
        });
        if url.is_some_and(|url| seam.propagates_to(&url)) {
            seam.inject(&moment, recording.as_ref(), request.headers_mut());
        }
        let awaiting = recording.as_ref().map(Recording::awaiting);
        let entered = enter(&seam, recording.as_ref());
        let answer = inner.call(request);
        drop(entered);
        Box::pin(async move {
            let answered = within(&seam, recording.as_ref(), answer).await;
            if let Some(awaiting) = awaiting {
                awaiting.over();
            }
            match answered {
                Ok(response) => Ok(observe(response, recording.as_ref())),
                Err(error) => {
                    if let Some(recording) = recording {
                        recording.call_failed(&error);
                    }
                    Err(error)
                }
            }
        })
    }
}

impl<S, B, A> Service<Request<B>> for AttemptService<S>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Error + 'static,
    A: Send + 'static,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = ResponseFuture<A, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        let Some(recording) = current(&self.seam) else {
            return Box::pin(inner.call(request));
        };
        recording.learn(request.headers(), url_of(request.uri()).as_ref());
        let attempt = recording.attempt();
        let answer = inner.call(request);
        Box::pin(attempt.awaited(answer))
    }
}

impl<A> Answered for Response<A> {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

/// A client's request has an absolute URI; one of a service behind a proxy may not,
/// and is nobody's.
fn url_of(uri: &Uri) -> Option<Url> {
    Url::parse(&uri.to_string()).ok()
}

fn outgoing<'a, B>(request: &'a Request<B>, url: &'a Url, body: &'a Bytes) -> Outgoing<'a> {
    Outgoing {
        sent: Sent {
            method: request.method(),
            url,
            headers: request.headers(),
            body,
        },
        is_meant: false,
        is_streamed: false,
        hold: Box::new(|| body.clone()),
    }
}

fn observe<A: Body>(
    response: Response<A>,
    recording: Option<&Recording>,
) -> Response<ObservedBody<A>> {
    let reading = recording.map(|recording| {
        recording.learn_answer(response.headers());
        let head = Head::new(response.status().as_u16(), response.headers());
        recording.answered(head)
    });
    response.map(|body| ObservedBody::maybe(body, reading))
}

/// The bytes of a body that has all of them at hand, of a clone of it: none of one
/// that makes them as they are sent.
fn bytes_of<B: Body<Data = Bytes> + Clone>(body: &B) -> Bytes {
    let mut body = pin!(body.clone());
    let mut context = Context::from_waker(Waker::noop());
    let mut gathered = Vec::new();
    let mut first = Bytes::new();
    loop {
        let Poll::Ready(frame) = body.as_mut().poll_frame(&mut context) else {
            return Bytes::new();
        };
        let data = match frame {
            None => break,
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            Some(Err(_)) => return Bytes::new(),
        };
        if first.is_empty() && gathered.is_empty() {
            first = data;
        } else if first.len() + gathered.len() + data.len() > MAX_GATHERED_BYTES {
            return Bytes::new();
        } else {
            gathered.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
    }
    if gathered.is_empty() {
        return first;
    }
    let mut all = first.to_vec();
    all.append(&mut gathered);
    all.into()
}
