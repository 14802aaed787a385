//! The answer to one attempt, as somebody reads it.

use super::Instrumentation;
use super::open::Open;
use super::recording::Shared;
use super::verdict::End;
use bytes::Bytes;
use std::error::Error;
use std::sync::Arc;

/// A handle for whoever reads one answer: that of one attempt. What comes of
/// it after another attempt has begun is of no interest any more.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) shared: Arc<Shared>,
    pub(crate) attempt: u32,
}

impl Reading {
    /// The next bytes of the answer are here.
    pub(crate) fn chunk(&self, bytes: &Bytes) {
        self.read(|open, instrumentation| open.chunk(bytes, instrumentation));
    }

    /// The data of the next event is here, from a client that takes streams
    /// apart itself.
    pub(crate) fn event(&self, data: &[u8]) {
        self.read(|open, instrumentation| open.stream_event(data, instrumentation));
    }

    /// All of the answer is here.
    pub(crate) fn ended(&self) {
        self.finish(End::Whole);
    }

    /// Reading the answer failed.
    pub(crate) fn failed(&self, error: &(dyn Error + 'static)) {
        self.finish(End::Failed(error));
    }

    /// Whoever read the answer let go of it. A refusal that is let go may be
    /// followed by a retry: the last handle tells.
    pub(crate) fn dropped(&self) {
        let is_refusal = |open: &Open| open.answer.is_refusal();
        if !self.shared.shows(is_refusal) {
            self.finish(End::Dropped);
        }
    }

    /// Reads a piece of the answer. A stream that says that it is complete is
    /// at its end, however long its reader holds on to it.
    fn read(&self, read: impl FnOnce(&mut Open, &Instrumentation)) {
        let mut is_complete = false;
        self.shared.with(|open, instrumentation| {
            if open.attempts.current() == self.attempt {
                read(open, instrumentation);
                is_complete = open.answer.is_terminated();
            }
        });
        if is_complete {
            self.finish(End::Whole);
        }
    }

    fn finish(&self, end: End<'_>) {
        if self
            .shared
            .shows(|open| open.attempts.current() == self.attempt)
        {
            self.shared
                .finish(|open, instrumentation| open.end_answer(end, instrumentation));
        }
    }
}
