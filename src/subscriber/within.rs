//! Which agent a function runs in, by the span around it.
//!
//! The latest conventions want the agent's name on spans of tools when they
//! begin. A context has no room for it where a span of `tracing` is an agent's, as
//! the layer makes that context; so open spans inside agents are a table.

use crate::context::AgentName;
use opentelemetry::SpanId;
use std::array;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Parts of the table. Each has a lock that is only ever tried: with so many,
/// two threads hardly meet.
const SHARDS: usize = 32;

/// Open spans of a part; what is inside further ones has no agent.
const MAX_OPEN: usize = 256;

/// Open spans inside agents, and whose.
#[derive(Debug)]
pub(super) struct Agents {
    shards: [Mutex<HashMap<SpanId, AgentName>>; SHARDS],
}

/// An open span inside an agent; leaves the table when dropped.
#[derive(Debug)]
pub(super) struct Within {
    agents: Arc<Agents>,
    span: SpanId,
    name: AgentName,
}

impl Agents {
    /// The agent that this span is inside of, or is itself.
    pub(super) fn around(&self, span: SpanId) -> Option<AgentName> {
        let open = self.shard(span)?.try_lock().ok()?;
        open.get(&span).cloned()
    }

    pub(super) fn enter(self: &Arc<Self>, span: SpanId, name: AgentName) -> Within {
        if let Some(Ok(mut open)) = self.shard(span).map(Mutex::try_lock)
            && (open.len() < MAX_OPEN || open.contains_key(&span))
        {
            open.insert(span, name.clone());
        }
        Within {
            agents: Arc::clone(self),
            span,
            name,
        }
    }

    fn shard(&self, span: SpanId) -> Option<&Mutex<HashMap<SpanId, AgentName>>> {
        let [.., last] = span.to_bytes();
        self.shards.get(usize::from(last) % SHARDS)
    }
}

impl Default for Agents {
    fn default() -> Self {
        Self {
            shards: array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Within {
    pub(super) fn name(&self) -> &AgentName {
        &self.name
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        let shard = self.agents.shard(self.span);
        if let Some(Ok(mut open)) = shard.map(Mutex::try_lock) {
            open.remove(&self.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_ended_are_in_no_agent_and_the_table_is_bounded() {
        let agents = Arc::new(Agents::default());
        let name = AgentName::new("buyer");
        let within = agents.enter(SpanId::from(7), name.clone());
        assert_eq!(agents.around(SpanId::from(7)), Some(name.clone()));
        drop(within);
        assert_eq!(agents.around(SpanId::from(7)), None);
        let ids = (1..20_000).map(SpanId::from);
        let open: Vec<_> = ids.map(|id| agents.enter(id, name.clone())).collect();
        let held = agents.shards.iter().map(|it| it.lock().unwrap().len());
        assert_eq!(held.sum::<usize>(), SHARDS * MAX_OPEN);
        drop(open);
        assert!(agents.shards.iter().all(|it| it.lock().unwrap().is_empty()));
    }
}
