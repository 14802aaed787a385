//! The usage of a stream that was asked for on behalf of its caller, and a body
//! without it.

use super::Recording;
use crate::format::UsageOption;
use crate::framing::{Framing, Sift};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body::{Body, Frame};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl Recording {
    /// Whether its stream is to be asked for the usage if its caller did not.
    pub(crate) fn is_to_ask_for_usage(&self) -> bool {
        self.shared.instrumentation.include_usage
    }

    /// A body of a request of the call, with the option added that asks for the
    /// usage, if it can be added.
    pub(crate) fn asking_for_usage(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut asking = None;
        self.shared.with(|open, _| {
            let usage = open.format.stream_usage();
            asking = usage.and_then(|usage| (usage.asking)(body));
            open.asked_usage = usage.filter(|_| asking.is_some());
        });
        asking
    }

    /// The usage that we asked for, if it is in an answer that begins with these
    /// headers: its caller is not to see it.
    pub(crate) fn usage_to_take_out(&self, headers: &HeaderMap) -> Option<UsageOption> {
        let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let is_of_events = Framing::of_content_type(content_type) == Some(Framing::Sse);
        let mut asked = None;
        if is_of_events && !headers.contains_key(CONTENT_ENCODING) {
            self.shared.with(|open, _| asked = open.asked_usage);
        }
        asked
    }
}

pin_project! {
    /// A body without the events that only say the usage.
    pub(crate) struct Sifted<B>
    where
        B: Body,
    {
        #[pin]
        inner: B,
        usage: UsageOption,
        sift: Sift,
        // What comes behind the bytes that were held back.
        next: Option<Result<Frame<Bytes>, B::Error>>,
    }
}

impl<B: Body> Sifted<B> {
    pub(crate) fn new(inner: B, usage: UsageOption) -> Self {
        Self {
            inner,
            usage,
            sift: Sift::default(),
            next: None,
        }
    }
}

impl<B: Body<Data = Bytes>> Body for Sifted<B> {
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

impl<B: Body> fmt::Debug for Sifted<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sifted").finish_non_exhaustive()
    }
}
