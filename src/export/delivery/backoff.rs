//! How long to wait after a failure: exponential, with full jitter.

use std::time::Duration;

/// The longest wait, whoever asks for it.
pub(super) const CAP: Duration = Duration::from_secs(300);

const BASE: Duration = Duration::from_millis(500);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A random wait below a bound that doubles with every failure.
    pub(super) fn next(&mut self) -> Duration {
        let bound = bound(self.failures);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(fastrand::f64())
    }

    pub(super) fn has_failures(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

fn bound(failures: u32) -> Duration {
    BASE.saturating_mul(2u32.saturating_pow(failures)).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        assert_eq!(bound(0), BASE);
        assert_eq!(bound(1), BASE * 2);
        assert_eq!(bound(10_000), CAP);
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff { failures: 9 };
        backoff.reset();
        assert!(backoff.next() <= BASE);
    }
}
