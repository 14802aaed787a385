//! The values that an attribute of metrics may have.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Each distinct value is kept by a meter provider for as long as the process
/// lives, once for each combination with others. So many are plenty for whoever
/// reads them, and whoever answers may make up as many as he likes.
pub(super) const MAX_VALUES: usize = 200;

/// The first values that were seen.
///
/// Looked at on the caller's task, so without a lock; and without the values, as
/// 64 bits of a hash with a random key tell them apart.
#[derive(Debug)]
pub(super) struct Distinct {
    hasher: RandomState,
    seen: [AtomicU64; MAX_VALUES],
}

impl Distinct {
    /// Whether a value is one of the first.
    pub(super) fn admits(&self, value: impl Hash) -> bool {
        // 0 is a place that is free.
        let tag = self.hasher.hash_one(value) | 1;
        let (before, from) = self.seen.split_at(start(tag));
        from.iter().chain(before).any(|place| is_of(place, tag))
    }
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            seen: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// Where the search for a value begins.
fn start(tag: u64) -> usize {
    usize::try_from(tag >> 32).unwrap_or_default() % MAX_VALUES
}

/// Whether a place is the value's, which takes it if it is free.
fn is_of(place: &AtomicU64, tag: u64) -> bool {
    let taken = match place.load(Relaxed) {
        0 => place.compare_exchange(0, tag, Relaxed, Relaxed),
        taken => Err(taken),
    };
    taken.is_ok() || taken == Err(tag)
}

#[cfg(test)]
mod tests {
    use super::{Distinct, MAX_VALUES};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::thread;

    #[test]
    fn the_first_200_values_stay_and_no_other_is_admitted() {
        let values = Distinct::default();
        let admitted: Vec<u32> = (0..1000).filter(|it| values.admits(it)).collect();
        assert_eq!(admitted, (0..200).collect::<Vec<_>>());
        assert!((0..200).all(|it| values.admits(it)));
        assert!((200..1000).all(|it| !values.admits(it)));
    }

    #[test]
    fn threads_that_race_admit_no_more() {
        let (values, admitted) = (Distinct::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            for thread in 0..4 {
                let (values, admitted) = (&values, &admitted);
                scope.spawn(move || {
                    let own = (0..100).filter(|it| values.admits((thread, it)));
                    admitted.fetch_add(own.count(), Relaxed);
                });
            }
        });
        assert_eq!(admitted.into_inner(), MAX_VALUES);
    }
}
