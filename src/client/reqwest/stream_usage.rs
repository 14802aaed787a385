//! Streams that are asked for their usage on behalf of a caller who did not ask.
//!
//! The request gains the option, and the event that comes of it alone is not
//! handed on: everything else is as the server sent it. Off unless it is set.

use crate::format::StreamUsage;
use crate::framing::{Framing, Sift};
use crate::record::Recording;
use ::reqwest::{Body, Request};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
};
use http::response::Parts;
use http::{HeaderMap, HeaderName};
use http_body::Frame;
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Asks for the usage of a stream, if that is set and nothing speaks against it.
pub(super) fn ask(recording: &Recording, request: &mut Request) {
    if !recording.is_to_ask_for_usage() || is_sealed(request.headers()) {
        return;
    }
    let body = request.body().and_then(Body::as_bytes);
    let asking = body.and_then(|body| recording.asking_for_usage(body));
    let Some(asking) = asking else { return };
    let headers = request.headers_mut();
    if headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, asking.len().into());
    }
    *request.body_mut() = Some(asking.into());
}

/// Whether a request would not be what it says if its body were another, or its
/// answer could not be read.
fn is_sealed(headers: &HeaderMap) -> bool {
    let is_seal = |name: &HeaderName| {
        let seals = ["signature", "digest", "content-md5", "content-sha256"];
        seals.iter().any(|seal| name.as_str().contains(seal))
    };
    let scheme = headers.get(AUTHORIZATION).map(|it| it.as_bytes());
    let is_key = |scheme: &[u8]| {
        let of_keys: [&[u8]; 2] = [b"bearer ", b"basic "];
        of_keys.iter().any(|name| {
            let begins = scheme.get(..name.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
        })
    };
    headers.contains_key(CONTENT_ENCODING)
        || headers.contains_key(ACCEPT_ENCODING)
        || headers.keys().any(is_seal)
        || scheme.is_some_and(|scheme| !is_key(scheme))
}

/// The body of an answer without what the caller did not ask for.
pub(super) fn without_usage<B>(recording: &Recording, head: &mut Parts, body: B) -> Body
where
    B: http_body::Body<Data = Bytes, Error = ::reqwest::Error> + Send + Sync + 'static,
{
    let content_type = head.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok());
    let is_read = content_type.and_then(Framing::of_content_type) == Some(Framing::Sse)
        && !head.headers.contains_key(CONTENT_ENCODING);
    let Some(usage) = recording.asked_for_usage().filter(|_| is_read) else {
        return Body::wrap(body);
    };
    // It would count what is taken out.
    head.headers.remove(CONTENT_LENGTH);
    Body::wrap(Sifted {
        inner: body,
        usage,
        sift: Sift::default(),
        next: None,
    })
}

pin_project! {
    /// A body without the events that only say the usage.
    struct Sifted<B>
    where
        B: http_body::Body,
    {
        #[pin]
        inner: B,
        usage: StreamUsage,
        sift: Sift,
        // What comes behind the bytes that were held back.
        next: Option<Result<Frame<Bytes>, B::Error>>,
    }
}

impl<B: http_body::Body<Data = Bytes>> http_body::Body for Sifted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        if let Some(next) = this.next.take() {
            return Poll::Ready(Some(next));
        }
        let is_out = this.usage.is_usage;
        loop {
            let frame = ready!(this.inner.as_mut().poll_frame(cx));
            let (kept, next) = match frame {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) if bytes.is_empty() => {
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                    Ok(bytes) => (this.sift.push(&bytes, is_out), None),
                    Err(trailers) => (this.sift.end(is_out), Some(Ok(trailers))),
                },
                Some(Err(error)) => (this.sift.end(is_out), Some(Err(error))),
                None => {
                    let kept = this.sift.end(is_out);
                    return Poll::Ready((!kept.is_empty()).then(|| Ok(Frame::data(kept))));
                }
            };
            if kept.is_empty() {
                if next.is_some() {
                    return Poll::Ready(next);
                }
                continue;
            }
            *this.next = next;
            return Poll::Ready(Some(Ok(Frame::data(kept))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.sift.is_empty() && self.inner.is_end_stream()
    }
}

impl<B: http_body::Body> fmt::Debug for Sifted<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sifted").finish_non_exhaustive()
    }
}
