//! The ledger of a call's attempts: provider time apart from waiting time.

use super::error;
use crate::operation::{Failure, Outcome};
use crate::semconv::value;
use crate::span::events::Retry;
use crate::stats::{Fault, Stats};
use std::borrow::Cow;
use std::error::Error;
use std::time::{Duration, Instant};

/// Times of the attempts of one call.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    count: u32,
    /// How many run beside one another: more than one where a client hedges.
    running: u32,
    /// Since when any runs.
    since: Option<Instant>,
    failed: Option<FailedAttempt>,
    has_retried: bool,
    provider: Duration,
}

/// A failed attempt, until it is known whether another follows.
#[derive(Debug, Clone)]
struct FailedAttempt {
    ended: Instant,
    failure: AttemptFailure,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AttemptFailure {
    /// The provider answered with an error status; what the client said of it.
    Refused(u16, Said),
    /// No answer came: the value of `error.type`, and a text.
    Unanswered(&'static str, Option<String>),
    /// Whoever made it would not wait for its end.
    LetGo,
}

/// What is known of a refusal besides its status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

impl AttemptFailure {
    /// What an error of the client means. It may be of a type of the user's,
    /// whose methods panic.
    pub(super) fn of(error: &(dyn Error + 'static), stats: &Stats) -> Self {
        let known = stats.guard(Fault::ObserverPanicked, || Self::told_by(error));
        known.unwrap_or(Self::Unanswered(value::error_type::OTHER, None))
    }

    fn told_by(error: &(dyn Error + 'static)) -> Self {
        let message = error::message(error);
        match error::status(error) {
            Some(status) => {
                let code = error::code(error);
                Self::Refused(status, Said { code, message })
            }
            None => Self::Unanswered(error::error_type(error), message),
        }
    }

    /// The status of a refusal.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(status, _) => Some(*status),
            Self::Unanswered(..) | Self::LetGo => None,
        }
    }

    /// What the call has come to if nothing follows this failure.
    pub(super) fn outcome(self) -> Outcome {
        let error_type = self.error_type();
        let failure = |Said { code, message }| Failure {
            error_type,
            code,
            message,
        };
        let unanswered = |message| Said {
            code: None,
            message,
        };
        match self {
            Self::Refused(_, said) => Outcome::ProviderError(failure(said)),
            Self::Unanswered(value::error_type::TIMEOUT, message) => {
                Outcome::Deadline(failure(unanswered(message)))
            }
            Self::Unanswered(_, message) => Outcome::TransportError(failure(unanswered(message))),
            Self::LetGo => Outcome::Dropped,
        }
    }

    fn error_type(&self) -> Cow<'static, str> {
        match self {
            Self::Refused(status, _) => Cow::Owned(status.to_string()),
            Self::Unanswered(error_type, _) => Cow::Borrowed(error_type),
            // Another attempt followed, so it was a time limit.
            Self::LetGo => Cow::Borrowed(value::error_type::TIMEOUT),
        }
    }

    /// Why another attempt was made.
    fn reason(&self) -> &'static str {
        match self {
            Self::Refused(429, _) => value::retry_reason::RATE_LIMIT,
            Self::Refused(408, _)
            | Self::Unanswered(value::error_type::TIMEOUT, _)
            | Self::LetGo => value::retry_reason::TIMEOUT,
            Self::Unanswered(value::error_type::CONNECTION, _) => value::retry_reason::CONNECTION,
            Self::Refused(..) | Self::Unanswered(..) => value::retry_reason::PROVIDER_ERROR,
        }
    }
}

impl Attempts {
    /// An attempt begins. If it is a retry: its event, and when the attempt
    /// before it failed. One beside another that still runs is none.
    pub(super) fn begin(&mut self, now: Instant) -> Option<(Instant, Retry)> {
        let attempt = self.count;
        self.count = attempt.saturating_add(1);
        self.running = self.running.saturating_add(1);
        self.since.get_or_insert(now);
        let failed = self.failed.take()?;
        self.has_retried = true;
        let failure = failed.failure;
        let wait = now.duration_since(failed.ended);
        let retry = Retry::new(attempt, failure.reason(), wait).error_type(failure.error_type());
        let retry = failure.status().into_iter().fold(retry, Retry::status);
        Some((failed.ended, retry))
    }

    /// An attempt failed. While another runs, that one decides.
    pub(super) fn fail(&mut self, now: Instant, failure: AttemptFailure) {
        self.running = self.running.saturating_sub(1);
        if self.running > 0 {
            return;
        }
        self.stop(now);
        self.failed = Some(FailedAttempt {
            ended: now,
            failure,
        });
    }

    /// The refusal of the last attempt is still being read: that is the
    /// provider's time too.
    pub(super) fn read_on(&mut self, now: Instant) {
        if let Some(failed) = &mut self.failed {
            self.provider += now.duration_since(failed.ended);
            failed.ended = now;
        }
    }

    /// The failure of the last attempt, if it failed.
    pub(super) fn last_failure(&self) -> Option<&AttemptFailure> {
        self.failed.as_ref().map(|failed| &failed.failure)
    }

    /// Which attempt this is, from 1; 0 before the first, or if none is seen.
    pub(super) fn current(&self) -> u32 {
        self.count
    }

    #[cfg(feature = "reqwest-middleware")]
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Provider time and waiting time of a call that began at `started`.
    ///
    /// Waiting is all that lies outside attempts: between them, and before the
    /// first, where a layer of the user's may hold calls back. So the two are
    /// the call's duration to the nanosecond. A call without a retry did not
    /// wait for one. Where no attempt layer is installed, all of the time counts
    /// as the provider's.
    pub(super) fn close(&mut self, started: Instant, now: Instant) -> (Duration, Option<Duration>) {
        let total = now.duration_since(started);
        if self.count == 0 {
            return (total, None);
        }
        self.stop(now);
        let waiting = total.saturating_sub(self.provider);
        (self.provider, Some(waiting).filter(|_| self.has_retried))
    }

    fn stop(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.provider += now.duration_since(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_outside_attempts_is_waiting_and_time_within_them_the_providers() {
        let start = Instant::now();
        let ms = |ms| start + Duration::from_millis(ms);
        let mut attempts = Attempts::default();
        assert!(attempts.begin(ms(0)).is_none());
        attempts.fail(ms(30), AttemptFailure::Refused(429, Said::default()));
        let (_, retry) = attempts.begin(ms(130)).unwrap();
        let expected = Retry::new(1, "rate_limit", Duration::from_millis(100));
        assert_eq!(retry, expected.status(429).error_type("429"));
        let (provider, waiting) = attempts.close(start, ms(150));
        assert_eq!(provider, Duration::from_millis(50));
        assert_eq!(waiting, Some(Duration::from_millis(100)));
    }

    #[test]
    fn an_attempt_that_was_let_go_and_repeated_timed_out() {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        attempts.begin(start);
        attempts.fail(start, AttemptFailure::LetGo);
        let (_, retry) = attempts.begin(start).unwrap();
        let expected = Retry::new(1, "timeout", Duration::ZERO);
        assert_eq!(retry, expected.error_type("timeout"));
    }

    #[test]
    fn attempts_beside_one_another_are_no_retries_and_count_once() {
        let start = Instant::now();
        let ms = |ms| start + Duration::from_millis(ms);
        let mut attempts = Attempts::default();
        assert!(attempts.begin(ms(0)).is_none());
        assert!(attempts.begin(ms(50)).is_none());
        attempts.fail(ms(150), AttemptFailure::Refused(500, Said::default()));
        assert!(attempts.last_failure().is_none());
        let (provider, waiting) = attempts.close(start, ms(350));
        assert_eq!(provider, Duration::from_millis(350));
        assert_eq!(waiting, None);
    }

    #[test]
    fn reading_a_refusal_is_the_providers_time() {
        let start = Instant::now();
        let ms = |ms| start + Duration::from_millis(ms);
        let mut attempts = Attempts::default();
        attempts.begin(ms(0));
        attempts.fail(ms(1), AttemptFailure::Refused(400, Said::default()));
        attempts.read_on(ms(201));
        let (provider, waiting) = attempts.close(start, ms(201));
        assert_eq!((provider, waiting), (Duration::from_millis(201), None));
    }
}
