//! The body of a request that is made while it is sent, read as it passes.

use crate::record::{Asking, Recording};
use ::reqwest::{Body, Request};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Has the body of a request read as it passes, if its bytes are not at hand.
pub(super) fn watch(recording: &Recording, request: &mut Request) {
    if !is_streamed(request) {
        return;
    }
    let (method, url) = (request.method(), request.url());
    let Some(asking) = recording.asking(method, url, request.headers()) else {
        return;
    };
    if let Some(inner) = request.body_mut().take() {
        let asking = Some(asking);
        *request.body_mut() = Some(Body::wrap(AskingBody { inner, asking }));
    }
}

pub(super) fn is_streamed(request: &Request) -> bool {
    request.body().is_some_and(|body| body.as_bytes().is_none())
}

pin_project! {
    /// Pull-driven: frames, errors, size hints and backpressure are the inner body's.
    struct AskingBody {
        #[pin]
        inner: Body,
        asking: Option<Asking>,
    }
}

impl http_body::Body for AskingBody {
    type Data = Bytes;
    type Error = ::reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ::reqwest::Error>>> {
        let mut this = self.project();
        let polled = this.inner.as_mut().poll_frame(cx);
        let mut is_over = matches!(polled, Poll::Ready(None));
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            if let (Some(bytes), Some(asking)) = (frame.data_ref(), this.asking.as_mut()) {
                asking.chunk(bytes);
            }
            is_over = this.inner.is_end_stream();
        }
        if let Some(asking) = this.asking.take_if(|_| is_over) {
            asking.over();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
