//! Two services: one tree at Jaeger, one conversation.

use super::jaeger::{self, of_operation};
use super::said;
use crate::run::{Run, text};

#[test]
fn a_trace_goes_on_in_the_next_process() {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", said("COLLECTOR_HTTP_URL"))];
    let run = Run::with("two_services", "What are the sums?", &endpoint);
    let said = String::from_utf8_lossy(&run.output.stderr);
    assert!(run.output.status.success(), "{said}");
    let turn = &run.turns[0];
    // The front's function, the back's, and its call.
    let spans = jaeger::trace(turn["trace_id"].as_str().unwrap(), 3);
    let [call] = of_operation(&spans, "chat")[..] else {
        panic!("no call");
    };
    let parent = |of: &[u8]| spans.iter().find(|span| span.span_id == of);
    let back = parent(&call.parent_span_id).unwrap();
    let front = parent(&back.parent_span_id).unwrap();
    assert!(front.parent_span_id.is_empty());
    let conversation = text(&call.attributes, "gen_ai.conversation.id");
    assert!(!conversation.is_empty());
    assert_eq!(run.turns[0]["span_id"], jaeger::hex(&call.span_id));
}
