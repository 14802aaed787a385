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
    /// The body of an answer that came through an
    /// [`OperationLayer`](crate::OperationLayer) around a client of `http` types:
    /// frames, trailers, errors, size hints and backpressure are the inner body's.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http_body_util::{BodyExt as _, Full};
    /// use tower::{ServiceBuilder, ServiceExt as _};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let telemetry = turnspan::builder().build()?;
    ///
    /// let service = ServiceBuilder::new()
    ///     .layer(telemetry.operation_layer())
    ///     .service_fn(|_: http::Request<Full<Bytes>>| async {
    ///         Ok::<_, std::io::Error>(http::Response::new(Full::from("{}")))
    ///     });
    /// let request = http::Request::get("https://api.openai.com/v1/models").body(Full::default())?;
    /// let body: turnspan::ObservedBody<Full<Bytes>> = service.oneshot(request).await?.into_body();
    /// assert_eq!(body.collect().await?.to_bytes(), "{}");
    /// # Ok(()) }
    /// ```
    #[derive(Debug)]
    pub struct ObservedBody<B> {
        #[pin]
        inner: B,
        reading: Option<Reading>,
    }

    impl<B> PinnedDrop for ObservedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            // Changes nothing if the body has already come to its end.
            if let Some(reading) = &this.reading {
                reading.dropped();
            }
        }
    }
}

impl<B: Body> ObservedBody<B> {
    pub(crate) fn new(inner: B, reading: Reading) -> Self {
        Self::maybe(inner, Some(reading))
    }

    /// Of an answer that may be nobody's call.
    pub(crate) fn maybe(inner: B, reading: Option<Reading>) -> Self {
        if let Some(reading) = reading.as_ref().filter(|_| inner.is_end_stream()) {
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
        let Some(reading) = this.reading else {
            return polled;
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref() {
                    reading.chunk(bytes);
                }
                // With a content length many readers never poll again.
                if this.inner.is_end_stream() {
                    reading.ended();
                }
            }
            Poll::Ready(Some(Err(error))) => reading.failed(error),
            Poll::Ready(None) => reading.ended(),
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
