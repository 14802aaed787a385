//! A destination, and what may leave to it.

use super::destination::Destination;
use crate::gate::Gate;
use crate::redact::Redaction;
use std::sync::Arc;

/// A destination at the pipeline, and what it may see of spans.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) destination: Arc<dyn Destination>,
    pub(crate) policy: Policy,
}

/// What may leave of a span. Policies of the same rules share a view: it is made
/// once for all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// First what is found is replaced.
    pub(crate) redaction: Option<Arc<Redaction>>,
    /// Then what does not pass is taken out.
    pub(crate) gate: Option<Arc<Gate>>,
}

impl Policy {
    /// Those of the same rules stand side by side, and first whoever has none.
    pub(super) fn place(&self) -> (Option<usize>, Option<usize>) {
        (
            address(self.redaction.as_ref()),
            address(self.gate.as_ref()),
        )
    }

    pub(super) fn redacts_as(&self, other: &Self) -> bool {
        self.place().0 == other.place().0
    }

    pub(super) fn gates_as(&self, other: &Self) -> bool {
        self.place().1 == other.place().1
    }
}

fn address<T>(rules: Option<&Arc<T>>) -> Option<usize> {
    rules.map(|rules| Arc::as_ptr(rules).addr())
}
