//! Answers of models that have become events, by the provider's ids.

use std::collections::{HashSet, VecDeque};

/// So many are remembered; of more, the oldest are forgotten.
const MAX_ANSWERS: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Answers {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Answers {
    pub(super) fn extend(&mut self, id: Option<&String>) {
        let Some(id) = id.filter(|id| !self.known.contains(*id)) else {
            return;
        };
        self.known.insert(id.clone());
        self.order.push_back(id.clone());
        if self.order.len() > MAX_ANSWERS {
            let oldest = self.order.pop_front();
            oldest.map(|oldest| self.known.remove(&oldest));
        }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.known.contains(id)
    }
}
