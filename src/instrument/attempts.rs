//! The ledger of a call's attempts: provider time apart from waiting time.

use crate::operation::{Failure, Outcome};
use crate::semconv::value;
use crate::span::events::Retry;
use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

/// Times of the attempts of one call.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    count: i64,
    running: Option<Instant>,
    failed: Option<FailedAttempt>,
    provider: Duration,
}

/// A failed attempt, until it is known whether another follows.
#[derive(Debug, Clone)]
pub(super) struct FailedAttempt {
    ended: Instant,
    ended_at: SystemTime,
    pub(super) failure: AttemptFailure,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttemptFailure {
    pub(super) status: Option<u16>,
    pub(super) error_type: Cow<'static, str>,
    reason: &'static str,
    message: Option<String>,
}

impl AttemptFailure {
    /// The provider answered with an error status.
    pub(super) fn status(status: u16) -> Self {
        let reason = match status {
            429 => value::retry_reason::RATE_LIMIT,
            408 => value::retry_reason::TIMEOUT,
            _ => value::retry_reason::PROVIDER_ERROR,
        };
        Self {
            status: Some(status),
            error_type: Cow::Owned(status.to_string()),
            reason,
            message: None,
        }
    }

    /// No answer came: `error_type` says what happened instead.
    pub(super) fn transport(error_type: &'static str, message: Option<String>) -> Self {
        let reason = match error_type {
            value::error_type::TIMEOUT => value::retry_reason::TIMEOUT,
            value::error_type::CONNECTION => value::retry_reason::CONNECTION,
            _ => value::retry_reason::PROVIDER_ERROR,
        };
        Self {
            status: None,
            error_type: Cow::Borrowed(error_type),
            reason,
            message,
        }
    }

    /// Some layer between us and the caller would not wait for its end.
    pub(super) fn given_up() -> Self {
        Self::transport(value::error_type::TIMEOUT, None)
    }

    /// In the words of the client that gave up on it.
    pub(super) fn saying(mut self, message: Option<String>) -> Self {
        self.message = message;
        self
    }

    /// What the call has come to if nothing follows this failure.
    pub(super) fn outcome(self) -> Outcome {
        let failure = Failure {
            error_type: self.error_type,
            message: self.message,
        };
        match (self.status, failure.error_type.as_ref()) {
            (Some(_), _) => Outcome::ProviderError(failure),
            (None, value::error_type::TIMEOUT) => Outcome::Deadline(failure),
            (None, _) => Outcome::TransportError(failure),
        }
    }
}

impl Attempts {
    /// An attempt begins. If one failed before it, that was a retry: its event
    /// and the time at which it failed.
    pub(super) fn begin(&mut self, now: Instant) -> Option<(SystemTime, Retry)> {
        if self.running.is_some() {
            self.fail(now, SystemTime::now(), AttemptFailure::given_up());
        }
        let attempt = u32::try_from(self.count).unwrap_or(u32::MAX);
        self.count += 1;
        self.running = Some(now);
        let failed = self.failed.take()?;
        let AttemptFailure {
            status,
            error_type,
            reason,
            ..
        } = failed.failure;
        let retry = Retry::new(attempt, reason, now.duration_since(failed.ended));
        let retry = retry.error_type(error_type);
        let retry = status.into_iter().fold(retry, Retry::status);
        Some((failed.ended_at, retry))
    }

    /// The running attempt failed.
    pub(super) fn fail(&mut self, now: Instant, at: SystemTime, failure: AttemptFailure) {
        self.stop(now);
        self.failed = Some(FailedAttempt {
            ended: now,
            ended_at: at,
            failure,
        });
    }

    /// The failure of the last attempt, if it failed.
    pub(super) fn last_failure(&self) -> Option<&AttemptFailure> {
        self.failed.as_ref().map(|failed| &failed.failure)
    }

    /// Which attempt this is, from 1; 0 before the first, or if none is seen.
    pub(super) fn current(&self) -> i64 {
        self.count
    }

    #[cfg(feature = "reqwest-middleware")]
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Provider time and waiting time of a call that began at `started`.
    ///
    /// Waiting is all that lies outside attempts: between them, and before the
    /// first, where a layer of the user's may hold calls back. So the two are
    /// the call's duration to the nanosecond. Where no attempt layer is
    /// installed, all of it counts as the provider's.
    pub(super) fn close(&mut self, started: Instant, now: Instant) -> (Duration, Duration) {
        let total = now.duration_since(started);
        if self.count == 0 {
            return (total, Duration::ZERO);
        }
        self.stop(now);
        (self.provider, total.saturating_sub(self.provider))
    }

    fn stop(&mut self, now: Instant) {
        if let Some(began) = self.running.take() {
            self.provider += now.duration_since(began);
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
        attempts.fail(ms(30), SystemTime::now(), AttemptFailure::status(429));
        let (_, retry) = attempts.begin(ms(130)).unwrap();
        let expected = Retry::new(1, "rate_limit", Duration::from_millis(100));
        assert_eq!(retry, expected.status(429).error_type("429"));
        let (provider, waiting) = attempts.close(start, ms(150));
        assert_eq!(provider, Duration::from_millis(50));
        assert_eq!(waiting, Duration::from_millis(100));
    }

    #[test]
    fn an_attempt_that_was_given_up_counts_as_timed_out() {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        attempts.begin(start);
        let (_, retry) = attempts.begin(start + Duration::from_millis(5)).unwrap();
        let expected = Retry::new(1, "timeout", Duration::ZERO);
        assert_eq!(retry, expected.error_type("timeout"));
    }
}
