//! The ledger of a call's attempts: provider time apart from waiting time.

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
    pub(super) reason: &'static str,
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
        }
    }

    /// No answer came: `error_type` says what happened instead.
    pub(super) fn transport(error_type: &'static str) -> Self {
        let reason = match error_type {
            value::error_type::TIMEOUT => value::retry_reason::TIMEOUT,
            value::error_type::CONNECTION => value::retry_reason::CONNECTION,
            _ => value::retry_reason::PROVIDER_ERROR,
        };
        Self {
            status: None,
            error_type: Cow::Borrowed(error_type),
            reason,
        }
    }
}

impl Attempts {
    /// An attempt begins. If one failed before it, that was a retry: its event
    /// and the time at which it failed.
    pub(super) fn begin(&mut self, now: Instant) -> Option<(SystemTime, Retry)> {
        if self.running.is_some() {
            // A layer between the two gave the last attempt up.
            self.fail(
                now,
                SystemTime::now(),
                AttemptFailure::transport(value::error_type::TIMEOUT),
            );
        }
        let attempt = self.count;
        self.count += 1;
        self.running = Some(now);
        let failed = self.failed.take()?;
        let delay = now.duration_since(failed.ended);
        let retry = Retry {
            attempt,
            reason: failed.failure.reason,
            delay_ms: i64::try_from(delay.as_millis()).unwrap_or(i64::MAX),
            status: failed.failure.status,
            error_type: failed.failure.error_type,
        };
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

    pub(super) fn none_seen(&self) -> bool {
        self.count == 0
    }

    /// Provider time and waiting time of a call that began at `started`.
    ///
    /// Waiting is all that lies outside attempts: between them, and before the
    /// first, where a layer of the user's may hold calls back. So the two are
    /// the call's duration to the nanosecond. Where no attempt layer is
    /// installed, all of it counts as the provider's.
    pub(super) fn close(&mut self, started: Instant, now: Instant) -> (Duration, Duration) {
        let total = now.duration_since(started);
        if self.none_seen() {
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
        assert_eq!(
            (retry.attempt, retry.reason, retry.delay_ms),
            (1, "rate_limit", 100)
        );
        assert_eq!(
            (retry.status, retry.error_type.as_ref()),
            (Some(429), "429")
        );
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
        assert_eq!((retry.reason, retry.delay_ms), ("timeout", 0));
    }
}
