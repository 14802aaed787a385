//! A call without a network: the two layers around a body that is at hand.
//!
//! For tests that make thousands of calls, or need a body that no server
//! would send on demand. A mock of the transport, and of nothing else.

use super::harness::{Harness, PATIENCE};
use super::seams::Format;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use opentelemetry_sdk::trace::SpanData;
use reqwest::{Body, Request, Response};
use std::io;
use tower::{Service as _, ServiceBuilder};

/// How a scripted body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Clean,
    Broken,
    /// The reader lets go after this many chunks.
    DroppedAfter(usize),
}

/// A stream of these chunks through the layers; gives what the reader got.
pub(crate) async fn read(
    harness: &Harness,
    format: Format,
    chunks: Vec<Bytes>,
    ending: Ending,
) -> (Vec<Bytes>, Option<String>) {
    let response = send(harness, format, chunks, ending == Ending::Broken).await;
    let mut body = response.bytes_stream();
    let mut got = Vec::new();
    loop {
        if ending == Ending::DroppedAfter(got.len()) {
            return (got, None);
        }
        match body.next().await {
            Some(Ok(chunk)) => got.push(chunk),
            Some(Err(error)) => return (got, Some(error.to_string())),
            None => return (got, None),
        }
    }
}

pub(crate) async fn send(
    harness: &Harness,
    format: Format,
    chunks: Vec<Bytes>,
    is_broken: bool,
) -> Response {
    let error = is_broken.then(|| Err(io::Error::from(io::ErrorKind::ConnectionReset)));
    let frames = chunks.into_iter().map(|chunk| Ok(Frame::data(chunk)));
    let body = Body::wrap(StreamBody::new(stream::iter(frames.chain(error))));
    answered(harness, format, "text/event-stream", body).await
}

/// The response with this body, as it comes out of the layers.
pub(crate) async fn answered(
    harness: &Harness,
    format: Format,
    content_type: &'static str,
    body: Body,
) -> Response {
    let response = http::Response::builder()
        .header("content-type", content_type)
        .body(body)
        .unwrap();
    exchanged(harness, request(harness, format), response).await
}

/// The response to this request, as it comes out of the layers.
pub(crate) async fn exchanged(
    harness: &Harness,
    request: Request,
    response: http::Response<Body>,
) -> Response {
    let response = std::sync::Arc::new(std::sync::Mutex::new(Some(response)));
    let transport = tower::service_fn(move |_: Request| {
        let response = response.lock().unwrap().take().unwrap();
        std::future::ready(Ok::<_, reqwest::Error>(Response::from(response)))
    });
    let mut service = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .layer(harness.telemetry.attempt_layer())
        .service(transport);
    service.call(request).await.unwrap()
}

fn request(harness: &Harness, format: Format) -> Request {
    let request = harness.http.post(format.url(harness));
    let body = format.request(true).to_string();
    request.body(body).build().unwrap()
}

/// The span that was made since `before` were there.
pub(crate) fn newest(harness: &Harness, before: usize) -> SpanData {
    harness.telemetry.flush(PATIENCE).unwrap();
    let mut spans = harness.spans();
    assert_eq!(spans.len(), before + 1, "one span a call");
    spans.pop().unwrap()
}
