//! Futures that may be of users' making, and panic.

use crate::stats::apart;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future whose panic is a value, also one in its `Drop`.
pub(crate) struct Caught<F>(Option<Pin<Box<F>>>);

/// It panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

pub(crate) fn caught<F: Future>(work: F) -> Caught<F> {
    Caught(Some(Box::pin(work)))
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.0.as_mut();
        let polled = work.and_then(|work| apart(|| work.as_mut().poll(cx)));
        match polled {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            None => Poll::Ready(Err(Panicked)),
        }
    }
}

impl<F> Drop for Caught<F> {
    fn drop(&mut self) {
        let work = self.0.take();
        apart(|| drop(work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use std::panic::resume_unwind;

    fn poll_once<F: Future>(work: F) -> Poll<Result<F::Output, Panicked>> {
        let mut work = caught(work);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        Pin::new(&mut work).poll(&mut cx)
    }

    fn panicking() {
        resume_unwind(Box::new("on purpose"));
    }

    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panicking();
        }
    }

    #[test]
    fn a_panic_is_a_value_wherever_it_comes() {
        assert!(matches!(poll_once(ready(7)), Poll::Ready(Ok(7))));
        let at_once = poll_once(async { panicking() });
        assert!(matches!(at_once, Poll::Ready(Err(Panicked))));
        let when_dropped = poll_once(async {
            let _held = PanicsWhenDropped;
            pending::<()>().await;
        });
        assert!(when_dropped.is_pending());
        let with_a_payload = poll_once(async { resume_unwind(Box::new(PanicsWhenDropped)) });
        assert!(matches!(
            with_a_payload,
            Poll::Ready(Err::<(), _>(Panicked))
        ));
    }
}
