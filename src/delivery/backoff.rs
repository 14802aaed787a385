//! How a receiver that fails is spared: how many requests are under way, and how
//! long none is.
//!
//! One failure among requests that succeed is that request's. So a failure
//! pauses the destination only if no other request is under way that may say
//! otherwise, and until then lessens how many are. After a pause one request
//! asks whether it is over; pauses grow exponentially, with full jitter. They
//! are as long as the share of failures says: by its square, so that a receiver
//! that fails now and then is hardly paused, and one that is down as ever.

use std::time::Duration;

/// The longest wait, whoever asks for it.
pub(super) const CAP: Duration = Duration::from_secs(300);

const BASE: Duration = Duration::from_millis(500);

/// What the receiver has done lately.
#[derive(Debug)]
pub(super) struct Backoff {
    /// Requests under way at once while all is well.
    most_under_way: usize,
    /// Requests in a row that failed.
    failures: usize,
    /// Pauses since the last request that succeeded.
    pauses: u32,
    lately: Lately,
}

/// The last 32 requests, a bit each.
#[derive(Debug, Default)]
struct Lately {
    made: u32,
    failed: u32,
}

impl Backoff {
    pub(super) fn new(most_under_way: usize) -> Self {
        Self {
            most_under_way,
            failures: 0,
            pauses: 0,
            lately: Lately::default(),
        }
    }

    /// How many requests may be under way.
    pub(super) fn most_under_way(&self) -> usize {
        if self.pauses > 0 {
            1
        } else {
            self.most_under_way.saturating_sub(self.failures).max(1)
        }
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.pauses = 0;
        self.lately.add(false);
    }

    /// A request failed, while so many others are under way: gives how long the
    /// destination pauses, if it does.
    pub(super) fn failed(&mut self, others: usize) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        self.lately.add(true);
        (others == 0).then(|| self.pause())
    }

    /// A random wait below a bound that doubles with every pause.
    pub(super) fn pause(&mut self) -> Duration {
        let bound = bound(self.pauses).mul_f64(self.lately.share().powi(2));
        self.pauses = self.pauses.saturating_add(1);
        bound.mul_f64(fastrand::f64())
    }
}

impl Lately {
    fn add(&mut self, has_failed: bool) {
        self.made = self.made << 1 | 1;
        self.failed = self.failed << 1 | u32::from(has_failed);
    }

    /// Which part of them failed.
    fn share(&self) -> f64 {
        f64::from(self.failed.count_ones()) / f64::from(self.made.count_ones().max(1))
    }
}

fn bound(pauses: u32) -> Duration {
    BASE.saturating_mul(2u32.saturating_pow(pauses)).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Duration = Duration::from_millis(5);
    const MINUTE: Duration = Duration::from_secs(60);
    const SEEDS: u64 = 20;

    /// Requests to a receiver, in a time that stands still between events.
    #[derive(Debug)]
    struct Simulated {
        backoff: Backoff,
        now: Duration,
        under_way: Vec<Duration>,
        paused_until: Duration,
        made: usize,
        succeeded: usize,
    }

    impl Simulated {
        fn new() -> Self {
            Self {
                backoff: Backoff::new(4),
                now: Duration::ZERO,
                under_way: Vec::new(),
                paused_until: Duration::ZERO,
                made: 0,
                succeeded: 0,
            }
        }

        /// As the courier does, with always something to send.
        fn run(mut self, until: Duration, mut fails: impl FnMut() -> bool) -> Self {
            let until = self.now + until;
            loop {
                while self.paused_until <= self.now
                    && self.under_way.len() < self.backoff.most_under_way()
                {
                    self.made += 1;
                    self.under_way.push(self.now + REQUEST);
                }
                let next = self.under_way.iter().min().copied();
                self.now = next.unwrap_or(self.paused_until);
                if self.now >= until {
                    return self;
                }
                let ended = self.under_way.iter().position(|end| *end == self.now);
                if let Some(ended) = ended {
                    self.under_way.remove(ended);
                    self.end(fails());
                }
            }
        }

        fn end(&mut self, has_failed: bool) {
            if !has_failed {
                self.succeeded += 1;
                self.backoff.succeeded();
            } else if let Some(pause) = self.backoff.failed(self.under_way.len()) {
                self.paused_until = self.now + pause;
            }
        }
    }

    /// Of a minute with that share of failures.
    fn succeeded(seed: u64, share: f64) -> usize {
        fastrand::seed(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let run = Simulated::new().run(MINUTE, || random.f64() < share);
        run.succeeded
    }

    /// Promise, kept: A receiver that fails one request in four at random gets more than half
    /// of the events that it would get otherwise.
    /// Figure: 60 % of them, at 5 ms a request.
    #[test]
    fn a_receiver_that_fails_one_request_in_four_gets_more_than_half_of_what_it_could_take() {
        let of_all = |share| -> usize { (0..SEEDS).map(|seed| succeeded(seed, share)).sum() };
        let [well, tenth, quarter, half] = [0.0, 0.1, 0.25, 0.5].map(of_all);
        println!("of {well}: {tenth}, {quarter}, {half}");
        assert!(quarter * 2 > well, "{quarter} of {well}");
        assert!(tenth > quarter && quarter > half && half > 0);
    }

    /// Requests to a receiver from the time on at which it goes down, by the end
    /// of a minute; it took everything before, for so long.
    fn asked_when_down(seed: u64, up: Duration) -> usize {
        fastrand::seed(seed);
        let well = Simulated::new().run(up, || false);
        let before = well.made - well.under_way.len();
        well.run(MINUTE, || true).made - before
    }

    #[test]
    fn a_receiver_that_is_down_is_asked_ever_more_rarely() {
        // Four at once, and then pauses below .5, 1, 2, 4, 8, 16, 32 and 64
        // seconds, each half of that on average.
        let asked = |up| -> u64 {
            let asked = (0..SEEDS).map(|seed| asked_when_down(seed, up));
            asked.map(|asked| u64::try_from(asked).unwrap()).sum()
        };
        let from_the_start = asked(Duration::ZERO);
        assert!(
            (10 * SEEDS..13 * SEEDS).contains(&from_the_start),
            "{from_the_start}"
        );
        // The first pauses of one that was well are shorter.
        let later = asked(Duration::from_secs(1));
        assert!(
            (from_the_start..from_the_start + 4 * SEEDS).contains(&later),
            "{later}"
        );
    }

    #[test]
    fn one_failure_alone_pauses_and_one_among_others_makes_them_fewer() {
        let mut backoff = Backoff::new(4);
        assert_eq!(backoff.failed(3), None);
        assert_eq!(backoff.most_under_way(), 3);
        assert_eq!(backoff.failed(2), None);
        assert_eq!(backoff.most_under_way(), 2);
        backoff.succeeded();
        assert_eq!(backoff.most_under_way(), 4);
        assert!(backoff.failed(0).is_some());
        assert_eq!(backoff.most_under_way(), 1);
    }

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        assert_eq!(bound(0), BASE);
        assert_eq!(bound(1), BASE * 2);
        assert_eq!(bound(10_000), CAP);
    }

    #[test]
    fn a_success_starts_over() {
        let mut backoff = Backoff {
            pauses: 9,
            ..Backoff::new(4)
        };
        backoff.succeeded();
        assert!(backoff.pause() <= BASE);
    }
}
