//! What Jaeger has, by its query API.

use super::{get, said, wait_for};
use crate::run::text;
use opentelemetry::trace::SpanId;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData};

/// Every span of a trace, once there are so many.
pub(super) fn trace(id: &str, spans: usize) -> Vec<Span> {
    wait_for(&format!("trace {id} of {spans} spans"), || {
        find(id).filter(|found| found.len() >= spans)
    })
}

/// Every span of a trace that there is; nothing if it is unknown.
pub(super) fn find(id: &str) -> Option<Vec<Span>> {
    find_at(&said("JAEGER_URL"), id)
}

fn find_at(jaeger: &str, id: &str) -> Option<Vec<Span>> {
    let answer = get(&format!("{jaeger}/api/v3/traces/{id}"))?;
    let data: TracesData = serde_json::from_value(answer["result"].clone()).unwrap();
    let resources = data.resource_spans.into_iter();
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    Some(scopes.flat_map(|scope| scope.spans).collect())
}

/// The spans of an operation, in the order of their beginnings.
pub(super) fn of_operation<'a>(spans: &'a [Span], operation: &str) -> Vec<&'a Span> {
    let is_one = |span: &&Span| text(&span.attributes, "gen_ai.operation.name") == operation;
    let mut found: Vec<_> = spans.iter().filter(is_one).collect();
    found.sort_by_key(|span| span.start_time_unix_nano);
    found
}

pub(super) fn hex(id: &[u8]) -> String {
    let bytes = <[u8; 8]>::try_from(id).unwrap();
    SpanId::from_bytes(bytes).to_string()
}
