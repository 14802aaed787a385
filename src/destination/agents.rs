//! Finished spans of agents and tools as measurements.
//!
//! Here and not where spans end, because the calls of an agent are counted: spans
//! come to this one thread, those inside another before it.

use crate::pipeline::{Destination, Finished, Want};
use crate::semconv::{attribute, value::operation};
use crate::span::agents::{AgentMetrics, Calls, Ran};
use crate::stats::{Account, Stage};
use opentelemetry::{SpanId, TraceId, Value};
use opentelemetry_sdk::trace::SpanData;
use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// Spans whose calls are counted at once. A span that never ends here (its maker
/// is another process, or lost it) keeps a place until as many others have come.
const MAX_COUNTED: usize = 4096;

/// Operations that count as calls of models.
const INFERENCE: [&str; 3] = [
    operation::CHAT,
    operation::GENERATE_CONTENT,
    operation::TEXT_COMPLETION,
];

/// Measures agents and tools.
#[derive(Debug)]
pub(crate) struct AgentLane {
    account: Arc<Account>,
    metrics: AgentMetrics,
    counted: Mutex<Counted>,
}

/// The calls inside of spans that have not ended.
#[derive(Debug, Default)]
struct Counted {
    calls: HashMap<Place, Calls>,
    /// In the order of their first call.
    order: VecDeque<Place>,
}

type Place = (TraceId, SpanId);

impl AgentLane {
    pub(crate) fn new(name: &str, metrics: AgentMetrics) -> Self {
        Self {
            account: Account::new(name),
            metrics,
            counted: Mutex::default(),
        }
    }

    fn measure(&self, span: &SpanData) {
        let calls = self.count(span);
        let ran = Ran {
            after: span
                .end_time
                .duration_since(span.start_time)
                .unwrap_or_default(),
            agent: text(span, attribute::GEN_AI_AGENT_NAME),
            model: text(span, attribute::GEN_AI_REQUEST_MODEL),
            tool: text(span, attribute::GEN_AI_TOOL_NAME),
            tool_type: text(span, attribute::GEN_AI_TOOL_TYPE),
            error_type: text(span, attribute::ERROR_TYPE),
        };
        match operation_of(span) {
            Some(operation::INVOKE_AGENT) => {
                // Of what is not sampled, ordinary functions between an agent
                // and its calls do not come here.
                let is_whole = span.span_context.is_sampled();
                self.metrics.agent(&ran, is_whole.then_some(calls));
            }
            Some(operation::EXECUTE_TOOL) => self.metrics.tool(&ran),
            _ => {}
        }
    }

    /// The calls inside of this span. What it is itself, and what was inside, is
    /// inside of the span around it; the calls of an agent are its own alone.
    fn count(&self, span: &SpanData) -> Calls {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let trace = span.span_context.trace_id();
        let inside = counted.take((trace, span.span_context.span_id()));
        let mut around = inside;
        match operation_of(span) {
            Some(operation::INVOKE_AGENT) => around = Calls::default(),
            Some(operation::EXECUTE_TOOL) => around.tool = around.tool.saturating_add(1),
            Some(it) if INFERENCE.contains(&it) => {
                around.inference = around.inference.saturating_add(1);
            }
            _ => {}
        }
        if is_inside(span) {
            counted.add((trace, span.parent_span_id), around);
        }
        inside
    }
}

impl Counted {
    fn take(&mut self, place: Place) -> Calls {
        self.calls.remove(&place).unwrap_or_default()
    }

    fn add(&mut self, place: Place, more: Calls) {
        if more.inference == 0 && more.tool == 0 {
            return;
        }
        if let Some(known) = self.calls.get_mut(&place) {
            known.inference = known.inference.saturating_add(more.inference);
            known.tool = known.tool.saturating_add(more.tool);
            return;
        }
        self.calls.insert(place, more);
        self.order.push_back(place);
        while self.calls.len() > MAX_COUNTED
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
        if self.order.len() > 2 * MAX_COUNTED {
            self.order.retain(|place| self.calls.contains_key(place));
        }
    }
}

impl Destination for AgentLane {
    fn account(&self) -> &Arc<Account> {
        &self.account
    }

    fn wants(&self, want: Want) -> bool {
        want == Want::Unsampled
    }

    /// Spans of others too: what is counted may be inside of them.
    fn is_due(&self, span: &SpanData) -> bool {
        is_inside(span) || operation_of(span).is_some()
    }

    fn take(&self, finished: Finished<'_>) {
        self.measure(&finished.span);
        self.account.deliver(Stage::Queued, 1);
    }

    fn flush(&self, done: Sender<()>) {
        done.send(()).unwrap_or_default();
    }
}

/// Whether there is a span of this process around it.
fn is_inside(span: &SpanData) -> bool {
    span.parent_span_id != SpanId::INVALID && !span.parent_span_is_remote
}

fn operation_of(span: &SpanData) -> Option<&str> {
    text(span, attribute::GEN_AI_OPERATION_NAME)
}

/// What was said last of an attribute.
fn text<'a>(span: &'a SpanData, key: &str) -> Option<&'a str> {
    let mut known = span.attributes.iter().rev();
    match &known.find(|it| it.key.as_str() == key)?.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_are_counted_are_bounded() {
        let mut counted = Counted::default();
        let one = Calls {
            inference: 1,
            tool: 0,
        };
        let place = |id: u64| (TraceId::from(1), SpanId::from(id));
        for id in 1..=5000 {
            counted.add(place(id), one);
            counted.add(place(id), one);
        }
        assert_eq!(counted.calls.len(), MAX_COUNTED);
        assert_eq!(counted.take(place(1)).inference, 0);
        assert_eq!(counted.take(place(5000)).inference, 2);
    }
}
