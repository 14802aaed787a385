//! Where a request comes from, and what it is.

use super::clock::Clock;
use crate::context;
use crate::conversation::Conversation;
use crate::format::Sent;
use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _};

/// When and in which context a call, or any other request, began.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(super) parent: Context,
    pub(super) conversation: Option<Conversation>,
    pub(super) clock: Clock,
}

/// A request on its way.
pub(crate) struct Outgoing<'a> {
    pub(crate) sent: Sent<'a>,
    /// Whoever sends it has said that it asks a model.
    pub(crate) is_meant: bool,
    /// The body is made while it is sent.
    pub(crate) is_streamed: bool,
    /// Shares the body beyond this moment.
    pub(crate) hold: Box<dyn FnOnce() -> Bytes + 'a>,
}

impl Moment {
    /// Now, on the task that makes the call.
    pub(crate) fn now() -> Self {
        Self {
            parent: context::current(),
            conversation: Conversation::current(),
            clock: Clock::start(),
        }
    }

    /// The id of the span that a call is made within. One of another process
    /// does not end in this one.
    pub(crate) fn within(&self) -> Option<[u8; 8]> {
        let span = self.parent.span();
        let context = span.span_context();
        let id = context.span_id();
        (id != SpanId::INVALID && !context.is_remote()).then(|| id.to_bytes())
    }

    /// When the future of a call that was made at this moment is polled first.
    /// A scope or a span may have been put around it since; on a task of its
    /// own it has neither, and those of whoever made it hold.
    pub(crate) fn begun(&self) -> Self {
        let now = Self::now();
        let has_span = now.parent.has_active_span();
        Self {
            parent: if has_span {
                now.parent
            } else {
                self.parent.clone()
            },
            conversation: now.conversation.or_else(|| self.conversation.clone()),
            ..now
        }
    }
}
