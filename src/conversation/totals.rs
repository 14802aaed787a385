//! What the calls of a conversation cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Sums that all copies of a conversation share: of input and output tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals(Arc<[Sum; 2]>);

#[derive(Debug, Default)]
struct Sum {
    tokens: AtomicU64,
    is_known: AtomicBool,
}

impl Totals {
    /// Adds what a call reported.
    pub(crate) fn add(&self, reported: [Option<u64>; 2]) {
        for (sum, tokens) in self.0.iter().zip(reported) {
            if let Some(tokens) = tokens {
                sum.tokens.fetch_add(tokens, Relaxed);
                sum.is_known.store(true, Relaxed);
            }
        }
    }

    /// The sums, of what anybody reported.
    pub(crate) fn sums(&self) -> [Option<u64>; 2] {
        let known = |sum: &Sum| {
            let is_known = sum.is_known.load(Relaxed);
            is_known.then(|| sum.tokens.load(Relaxed))
        };
        let [input, output] = &*self.0;
        [known(input), known(output)]
    }
}

impl PartialEq for Totals {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
