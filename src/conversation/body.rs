//! A response body within a conversation.

use super::Conversation;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A body whose every poll happens within a conversation: that of a response
    /// that came through a [`ConversationLayer`](crate::ConversationLayer).
    ///
    /// A server polls a body after its handler has returned, so calls that are
    /// made while it is streamed would have no conversation otherwise. Frames,
    /// trailers, errors and size hints are the inner body's.
    #[derive(Debug)]
    pub struct ScopedBody<B> {
        #[pin]
        pub(super) body: B,
        pub(super) conversation: Option<Conversation>,
    }
}

impl<B: Body> Body for ScopedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let _entered = this.conversation.as_ref().map(Conversation::enter);
        this.body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
