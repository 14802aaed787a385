//! Being within a conversation.

use super::Conversation;
use crate::context::{self, Attached};
use opentelemetry::Context;
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task;

thread_local! {
    static CURRENT: RefCell<Option<Conversation>> = const { RefCell::new(None) };
}

pin_project! {
    /// A future whose every poll happens within a conversation; made by
    /// [`Conversation::scope`].
    ///
    /// ```
    /// use turnspan::{Conversation, Scoped};
    ///
    /// let asked = async { Conversation::current().is_some() };
    /// let scoped: Scoped<_> = Conversation::new("c1").scope(asked);
    /// assert!(futures::executor::block_on(scoped));
    /// ```
    #[derive(Debug)]
    pub struct Scoped<F> {
        #[pin]
        pub(super) future: F,
        pub(super) conversation: Conversation,
    }
}

/// Leaves the conversation when dropped; made by [`Conversation::enter`],
/// [`Interaction::enter`](crate::Interaction::enter) and
/// [`RemoteContext::enter`](crate::RemoteContext::enter).
///
/// ```
/// use turnspan::{Conversation, Entered};
///
/// let entered: Entered = Conversation::new("c1").enter();
/// assert!(Conversation::current().is_some());
/// drop(entered);
/// assert!(Conversation::current().is_none());
/// ```
#[derive(Debug)]
#[must_use = "the conversation is left when the guard is dropped"]
pub struct Entered {
    outer: Option<Conversation>,
    _context: Attached,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<Self::Output> {
        let this = self.project();
        let _entered = this.conversation.enter();
        this.future.poll(cx)
    }
}

impl Entered {
    /// Enters a context, and a conversation where there is one.
    pub(crate) fn within(context: Context, conversation: Option<Conversation>) -> Self {
        let (outer, context) = match conversation {
            Some(conversation) => (
                replace(Some(conversation.clone())),
                context.with_value(conversation),
            ),
            None => (current(), context),
        };
        Self {
            outer,
            _context: context::attach(context),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(self.outer.take());
    }
}

/// Makes another conversation the current one, and returns the one before;
/// while the thread ends there is none.
fn replace(conversation: Option<Conversation>) -> Option<Conversation> {
    let replaced = CURRENT.try_with(|current| current.replace(conversation));
    replaced.ok().flatten()
}

/// That of this thread.
pub(super) fn current() -> Option<Conversation> {
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.ok().flatten()
}
