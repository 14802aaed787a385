//! What was seen lately, as much as is worth keeping.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Values by key, up to a bound: of more, the oldest are forgotten.
#[derive(Debug)]
pub(crate) struct Remembered<K, V> {
    /// With when each came.
    known: HashMap<K, (u64, V)>,
    /// Of what is known, and of nothing else.
    order: BTreeMap<u64, K>,
    next: u64,
    max: usize,
}

impl<K: Hash + Eq + Clone, V: Default> Remembered<K, V> {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            known: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
            max,
        }
    }

    /// The value of a key, which is remembered from now on.
    pub(crate) fn entry(&mut self, key: K) -> &mut V {
        if !self.known.contains_key(&key) {
            if self.known.len() >= self.max {
                let oldest = self.order.pop_first();
                oldest.map(|(_, oldest)| self.known.remove(&oldest));
            }
            self.next += 1;
            self.order.insert(self.next, key.clone());
        }
        let since = self.next;
        let known = self.known.entry(key);
        let (_, value) = known.or_insert_with(|| (since, V::default()));
        value
    }

    pub(crate) fn contains<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.known.contains_key(key)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.known.len() >= self.max
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// The value, if it was remembered until now.
    pub(crate) fn forget(&mut self, key: &K) -> Option<V> {
        let (since, value) = self.known.remove(key)?;
        self.order.remove(&since);
        Some(value)
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

    #[test]
    fn what_was_forgotten_on_demand_takes_no_room() {
        let mut seen = Remembered::<u32, u32>::new(2);
        *seen.entry(0) = 7;
        for key in 1..10 {
            seen.entry(key);
            seen.forget(&key);
        }
        assert!(seen.contains(&0) && !seen.is_full());
        seen.entry(10);
        seen.entry(11);
        assert!(!seen.contains(&0) && seen.is_full());
    }
}
