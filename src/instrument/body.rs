//! A response body that is observed on its way to the caller.
//!
//! Pull-driven: the observer sees a chunk in the poll that brings it, with a
//! reference count and no copy. Frames, trailers, errors, size hints and
//! backpressure are the inner body's.

use super::reading::Reading;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// Shows `inner` to whoever reads along.
    #[derive(Debug)]
    pub(super) struct ObservedBody<B> {
        #[pin]
        inner: B,
        reading: Reading,
    }

    impl<B> PinnedDrop for ObservedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Changes nothing if the body has already come to its end.
            this.reading.dropped();
        }
    }
}

impl<B: Body> ObservedBody<B> {
    pub(super) fn new(inner: B, reading: Reading) -> Self {
        if inner.is_end_stream() {
            reading.ended();
        }
        Self { inner, reading }
    }
}

impl<B> Body for ObservedBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Error + 'static,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let polled = this.inner.as_mut().poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    this.reading.chunk(bytes);
                }
                // With a content length many readers never poll again.
                if this.inner.is_end_stream() {
                    this.reading.ended();
                }
            }
            Poll::Ready(Some(Err(error))) => this.reading.failed(error),
            Poll::Ready(None) => this.reading.ended(),
            Poll::Pending => {}
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
