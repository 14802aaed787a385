//! What was seen lately, as much as is worth keeping.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Values by key, up to a bound: of more, the oldest are forgotten.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    known: HashMap<K, V>,
    order: VecDeque<K>,
    max: usize,
}

impl<K: Hash + Eq + Clone, V: Default> Remembered<K, V> {
    pub(super) fn new(max: usize) -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
            max,
        }
    }

    /// The value of a key, which is remembered from now on.
    pub(super) fn entry(&mut self, key: K) -> &mut V {
        if !self.known.contains_key(&key) {
            self.order.push_back(key.clone());
            if self.order.len() > self.max {
                let oldest = self.order.pop_front();
                oldest.map(|oldest| self.known.remove(&oldest));
            }
        }
        self.known.entry(key).or_default()
    }

    pub(super) fn contains<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.known.contains_key(key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The value, if it was remembered until now.
    pub(super) fn forget(&mut self, key: &K) -> Option<V> {
        self.known.remove(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_are_remembered() {
        let mut seen = Remembered::<u32, u32>::new(2);
        *seen.entry(1) = 7;
        seen.entry(2);
        assert_eq!(*seen.entry(1), 7);
        seen.entry(3);
        assert!(!seen.contains(&1) && seen.contains(&2) && seen.contains(&3));
        assert_eq!((seen.forget(&2), seen.forget(&2)), (Some(0), None));
    }
}
