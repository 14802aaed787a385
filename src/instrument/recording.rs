//! One logical call, from its first byte to its one end.
//!
//! Layers, attempts and the body hold handles to the same recording. Whichever
//! of them sees the end first finishes it; the others then find it finished.
//! If the last handle is dropped before any end was seen, the call was dropped
//! by its caller.

use super::answer::{self, End};
use super::attempts::AttemptFailure;
use super::open::{Moment, Open, Sent};
use super::{Instrumentation, Seam, error};
use crate::api;
use crate::operation::{Failure, InferenceResponse, OpenCall, Outcome};
use crate::span::events;
use crate::stats::Fault;
use bytes::Bytes;
use opentelemetry::trace::Span as _;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::time::{Instant, SystemTime};

/// A handle to the recording of one call.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    shared: Arc<Shared>,
}

/// A handle that does not keep the recording open.
#[derive(Debug, Clone)]
pub(crate) struct WeakRecording {
    shared: Weak<Shared>,
}

struct Shared {
    instrumentation: Arc<Instrumentation>,
    /// Taken out by whoever finishes. Never waited for: the parts of a call
    /// run one after the other, and a miss is counted.
    open: Mutex<Option<Open>>,
}

impl Recording {
    /// Starts recording, if telemetry is on and this is a call of a known API.
    pub(crate) fn start(seam: &Seam, moment: Moment, sent: Sent<'_>) -> Option<Self> {
        let instrumentation = seam.instrumentation.clone()?;
        let api = api::by_path(sent.url.path()).filter(|_| *sent.method == http::Method::POST)?;
        let started = catch_unwind(AssertUnwindSafe(|| {
            Open::start(
                &instrumentation,
                api,
                seam.default_conversation.clone(),
                moment,
                sent,
            )
        }));
        let Ok(open) = started else {
            instrumentation.stats.fault(Fault::ObserverPanicked);
            return None;
        };
        let shared = Arc::new(Shared {
            instrumentation,
            open: Mutex::new(Some(open)),
        });
        let call: Weak<dyn OpenCall> = Arc::downgrade(&(Arc::clone(&shared) as Arc<dyn OpenCall>));
        shared.instrumentation.outlet.opened(call);
        Some(Self { shared })
    }

    /// An attempt is about to be sent.
    pub(crate) fn attempt_begins(&self) {
        self.shared.with(|open, _| {
            open.send_prompt();
            if let Some((at, retry)) = open.attempts.begin(Instant::now()) {
                let (name, attributes) = events::retry(&retry);
                open.span.add_event_with_timestamp(name, at, attributes);
            }
        });
    }

    /// An attempt was answered with `status`.
    pub(crate) fn attempt_answered(&self, status: u16) {
        if status >= 400 {
            self.attempt_ended(AttemptFailure::status(status));
        }
    }

    /// An attempt got no answer.
    pub(crate) fn attempt_failed(&self, error: &(dyn Error + 'static)) {
        self.attempt_ended(AttemptFailure::transport(error::error_type(error)));
    }

    fn attempt_ended(&self, failure: AttemptFailure) {
        let (now, at) = (Instant::now(), SystemTime::now());
        self.shared
            .with(|open, _| open.attempts.fail(now, at, failure));
    }

    /// The head of the answer is here.
    pub(crate) fn head(&self, status: u16, content_type: Option<&str>) {
        self.shared.with(|open, _| {
            open.send_prompt();
            open.answer.head(status, content_type);
        });
    }

    /// The next bytes of the answer are here.
    pub(crate) fn chunk(&self, bytes: &Bytes) {
        self.shared.with(|open, instrumentation| {
            open.first_chunk.get_or_insert_with(Instant::now);
            if open.answer.chunk(bytes, &instrumentation.stats) {
                open.event(events::first_token());
            }
        });
    }

    /// All of the answer is here.
    pub(crate) fn body_ended(&self) {
        self.shared
            .finish(|open, instrumentation| open.answer.end(End::Whole, &instrumentation.stats));
    }

    /// Reading the answer failed.
    pub(crate) fn body_failed(&self, error: &(dyn Error + 'static)) {
        self.shared.finish(|open, instrumentation| {
            open.answer.end(End::Failed(error), &instrumentation.stats)
        });
    }

    /// Whoever read the answer let go of it.
    pub(crate) fn body_dropped(&self) {
        self.shared.finish(dropped);
    }

    /// The client gave the call up with `error`.
    ///
    /// A client that retries turns the last refusal into an error of its own,
    /// so the last attempt says whether it was one.
    pub(crate) fn call_failed(&self, error: &(dyn Error + 'static)) {
        self.shared.finish(|open, _| {
            let refusal = open
                .attempts
                .last_failure()
                .filter(|failure| failure.status.is_some());
            let outcome = match refusal {
                Some(refusal) => Outcome::ProviderError(Failure {
                    error_type: refusal.error_type.clone(),
                    message: error::message(error),
                }),
                None => answer::failed(error),
            };
            (InferenceResponse::default(), outcome)
        });
    }

    pub(super) fn downgrade(&self) -> WeakRecording {
        WeakRecording {
            shared: Arc::downgrade(&self.shared),
        }
    }
}

impl WeakRecording {
    pub(super) fn upgrade(&self) -> Option<Recording> {
        self.shared.upgrade().map(|shared| Recording { shared })
    }
}

impl OpenCall for Shared {
    fn end_for_shutdown(&self) {
        self.finish(|open, instrumentation| open.answer.end(End::Shutdown, &instrumentation.stats));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.finish(dropped);
    }
}

fn dropped(open: &mut Open, instrumentation: &Instrumentation) -> (InferenceResponse, Outcome) {
    open.answer.end(End::Dropped, &instrumentation.stats)
}

impl Shared {
    /// Shows the open call to `observe`. Does nothing once it has finished.
    fn with(&self, observe: impl FnOnce(&mut Open, &Instrumentation)) {
        let stats = &self.instrumentation.stats;
        let mut open = match self.open.try_lock() {
            Ok(open) => open,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return stats.fault(Fault::ObservationMissed),
        };
        if let Some(open) = open.as_mut() {
            let observed = catch_unwind(AssertUnwindSafe(|| observe(open, &self.instrumentation)));
            if observed.is_err() {
                stats.fault(Fault::ObserverPanicked);
            }
        }
    }

    /// Ends the call, once: the first to come decides how.
    fn finish(
        &self,
        end: impl FnOnce(&mut Open, &Instrumentation) -> (InferenceResponse, Outcome),
    ) {
        let taken = match self.open.try_lock() {
            Ok(mut open) => open.take(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
            Err(TryLockError::WouldBlock) => {
                return self.instrumentation.stats.fault(Fault::ObservationMissed);
            }
        };
        let Some(mut open) = taken else { return };
        let finished = catch_unwind(AssertUnwindSafe(|| {
            let (response, outcome) = end(&mut open, &self.instrumentation);
            open.finish(&self.instrumentation, response, &outcome);
        }));
        if finished.is_err() {
            self.instrumentation.stats.fault(Fault::ObserverPanicked);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.open.try_lock().is_ok_and(|open| open.is_none());
        f.debug_struct("Recording")
            .field("finished", &finished)
            .finish_non_exhaustive()
    }
}
