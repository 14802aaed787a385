//! One logical call, from its first byte to its one end.
//!
//! Layers, attempts and bodies hold handles to the same recording. Whichever
//! of them sees the end first finishes it; the others then find it finished.
//! If the last handle is dropped before any end was seen, what the last
//! attempt came to is the end.

use super::Instrumentation;
use super::attempt::Attempt;
use super::attempts::{AttemptFailure, Said};
use super::head::Head;
use super::headers;
use super::moment::{Moment, Outgoing};
use super::open::Open;
use super::reading::Reading;
use super::verdict::End;
use crate::conversation::Conversation;
use crate::format::{self, Host};
use crate::operation::{OpenCall, Outcome, Response};
use crate::semconv::value;
use crate::stats::Fault;
use http::HeaderMap;
use opentelemetry::trace::{Span as _, TraceContextExt as _};
use std::cell::LazyCell;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, TryLockError, Weak};
use std::time::Instant;
use url::Url;

/// A handle to the recording of one call.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(super) shared: Arc<Shared>,
}

/// A handle that does not keep the recording open.
#[derive(Debug, Clone)]
pub(crate) struct WeakRecording {
    shared: Weak<Shared>,
}

/// Ends the call as dropped, unless its answer was awaited.
#[derive(Debug)]
pub(crate) struct Awaiting(Option<Recording>);

pub(crate) struct Shared {
    pub(super) instrumentation: Arc<Instrumentation>,
    /// Taken out by whoever finishes. Never waited for: the parts of a call
    /// run one after the other, and a miss is counted.
    open: Mutex<Option<Open>>,
}

impl Recording {
    /// Starts recording, if telemetry is on and this is a call of a known API.
    pub(crate) fn start(
        instrumentation: &Arc<Instrumentation>,
        default_conversation: Option<&Conversation>,
        moment: &Moment,
        outgoing: Outgoing<'_>,
    ) -> Option<Self> {
        let sent = &outgoing.sent;
        let provider = LazyCell::new(|| instrumentation.provider(sent.url));
        let host = || Host {
            is_meant: outgoing.is_meant,
            provider: provider.as_deref(),
        };
        let Some((format, mut routed)) = format::of(sent, &host) else {
            instrumentation.unrecorded(sent, provider.as_deref());
            return None;
        };
        if instrumentation.outlet.is_forked() {
            instrumentation.stats.fault(Fault::Forked);
            return None;
        }
        instrumentation.say();
        routed.provider = provider.clone().or(routed.provider);
        let within = moment.within();
        let open = instrumentation.stats.guard(Fault::ObserverPanicked, || {
            let conversation = instrumentation.conversation(moment, default_conversation);
            Open::start(
                instrumentation,
                (format, routed),
                conversation,
                moment,
                outgoing,
            )
        })?;
        let shared = Arc::new(Shared {
            instrumentation: Arc::clone(instrumentation),
            open: Mutex::new(Some(open)),
        });
        let call: Weak<dyn OpenCall> = Arc::downgrade(&(Arc::clone(&shared) as Arc<dyn OpenCall>));
        shared.instrumentation.outlet.opened(call, within);
        Some(Self { shared })
    }

    /// What another request of the call says.
    pub(crate) fn learn(&self, headers: &HeaderMap, url: Option<&Url>) {
        self.shared.with(|open, _| open.secrets.learn(headers, url));
    }

    /// An attempt is about to be sent.
    pub(crate) fn attempt(&self) -> Attempt {
        self.attempt_since(Instant::now())
    }

    /// An attempt is about to be sent that was asked for before it was known
    /// whose it is.
    pub(crate) fn attempt_since(&self, asked: Instant) -> Attempt {
        self.shared.with(|open, _| open.begin_attempt(asked));
        Attempt::of(self.clone())
    }

    /// What an error of the client means.
    pub(super) fn failure_of(&self, error: &(dyn Error + 'static)) -> AttemptFailure {
        AttemptFailure::of(error, &self.shared.instrumentation.stats)
    }

    pub(super) fn attempt_failed(&self, now: Instant, failure: AttemptFailure) {
        self.shared.with(|open, _| open.attempts.fail(now, failure));
    }

    /// Adds to a request of the call, to a host that may have it, the call's context.
    pub(crate) fn inject(&self, moment: &Moment, headers: &mut HeaderMap) {
        self.shared.with(|open, instrumentation| {
            let span = open.span.span_context().clone();
            let context = moment.parent.with_remote_span_context(span);
            let conversation = open.conversation.as_ref();
            instrumentation
                .propagation
                .inject(&context, conversation, headers);
        });
    }

    /// The head of an answer is here.
    pub(crate) fn answered(&self, head: Head) -> Reading {
        let mut attempt = 0;
        self.shared.with(|open, _| attempt = open.answered(head));
        Reading {
            shared: Arc::clone(&self.shared),
            attempt,
        }
    }

    /// The headers of an answer are here: of its last attempt's, a refusal or not.
    pub(crate) fn learn_answer(&self, headers: &HeaderMap) {
        let told = headers::attributes(headers);
        if !told.is_empty() {
            self.shared.with(|open, _| open.headers = told);
        }
    }

    /// The client gave the call up with `error`.
    ///
    /// A client that retries turns the last refusal into an error of its own,
    /// so the last attempt says whether it was one. A time limit is one
    /// whatever came before.
    pub(crate) fn call_failed(&self, error: &(dyn Error + 'static)) {
        let failure = self.failure_of(error);
        self.shared.finish(|open, _| {
            let refused = open
                .attempts
                .last_failure()
                .and_then(AttemptFailure::status);
            let failure = match (failure, refused) {
                (AttemptFailure::Unanswered(kind, message), Some(status))
                    if kind != value::error_type::TIMEOUT =>
                {
                    let code = None;
                    AttemptFailure::Refused(status, Said { code, message })
                }
                (failure, _) => failure,
            };
            (Response::default(), failure.outcome())
        });
    }

    /// Until the answer is here, dropping what this returns is the caller's
    /// dropping the call.
    pub(crate) fn awaiting(&self) -> Awaiting {
        Awaiting(Some(self.clone()))
    }

    /// Whether the next attempt belongs to this call: the last one failed.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) fn awaits_retry(&self) -> bool {
        self.shared
            .shows(|open| open.attempts.last_failure().is_some())
    }

    /// Whether an attempt is being made right now.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) fn is_attempted(&self) -> bool {
        self.shared.shows(|open| open.attempts.is_running())
    }

    /// Whether that telemetry records it.
    #[cfg(any(feature = "async-openai", feature = "reqwest-middleware"))]
    pub(crate) fn is_of(&self, instrumentation: &Arc<Instrumentation>) -> bool {
        Arc::ptr_eq(&self.shared.instrumentation, instrumentation)
    }

    pub(crate) fn downgrade(&self) -> WeakRecording {
        WeakRecording {
            shared: Arc::downgrade(&self.shared),
        }
    }
}

impl WeakRecording {
    pub(crate) fn upgrade(&self) -> Option<Recording> {
        self.shared.upgrade().map(|shared| Recording { shared })
    }
}

impl Awaiting {
    /// The answer, or an error in its place, is here.
    pub(crate) fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        if let Some(recording) = self.0.take() {
            recording
                .shared
                .finish(|open, instrumentation| open.end_answer(End::Dropped, instrumentation));
        }
    }
}

impl OpenCall for Shared {
    fn end_for_shutdown(&self) {
        self.finish(|open, instrumentation| open.end_answer(End::Shutdown, instrumentation));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.finish(Open::end_unseen);
    }
}

impl Shared {
    /// Shows the open call to `observe`. Does nothing once it has finished.
    pub(super) fn with(&self, observe: impl FnOnce(&mut Open, &Instrumentation)) {
        let stats = &self.instrumentation.stats;
        let mut open = match self.open.try_lock() {
            Ok(open) => open,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return stats.fault(Fault::ObservationMissed),
        };
        if let Some(open) = open.as_mut() {
            stats.guard(Fault::ObserverPanicked, || {
                observe(open, &self.instrumentation);
            });
        }
    }

    /// Whether the call is open and `question` is answered with yes.
    pub(super) fn shows(&self, question: impl FnOnce(&Open) -> bool) -> bool {
        let mut answer = false;
        self.with(|open, _| answer = question(open));
        answer
    }

    /// Ends the call, once: the first to come decides how.
    pub(super) fn finish(
        &self,
        end: impl FnOnce(&mut Open, &Instrumentation) -> (Response, Outcome),
    ) {
        let taken = match self.open.try_lock() {
            Ok(mut open) => open.take(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
            Err(TryLockError::WouldBlock) => {
                return self.instrumentation.stats.fault(Fault::ObservationMissed);
            }
        };
        let Some(mut open) = taken else { return };
        self.instrumentation
            .stats
            .guard(Fault::ObserverPanicked, || {
                let (response, mut outcome) = end(&mut open, &self.instrumentation);
                open.repeats_a_secret = open.secrets.take_from(&mut outcome);
                open.finish(&self.instrumentation, response, &outcome);
            });
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
