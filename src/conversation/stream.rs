//! A stream within a conversation.

use super::Conversation;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A stream whose every poll happens within a conversation; made by
    /// [`Conversation::scope_stream`].
    #[derive(Debug)]
    pub struct ScopedStream<S> {
        #[pin]
        pub(super) stream: S,
        pub(super) conversation: Conversation,
    }
}

impl<S: Stream> Stream for ScopedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _entered = this.conversation.enter();
        this.stream.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
