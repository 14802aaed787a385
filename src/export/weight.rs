//! What spans weigh, about.

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// About what a span is when it is encoded.
pub(super) fn weigh(span: &SpanData) -> usize {
    const EACH: usize = 16;
    let of = |attributes: &[KeyValue]| -> usize {
        let weights = attributes
            .iter()
            .map(|attribute| EACH + attribute.key.as_str().len() + weigh_value(&attribute.value));
        weights.sum()
    };
    let events = span.events.iter();
    let events = events.map(|event| 2 * EACH + event.name.len() + of(&event.attributes));
    8 * EACH + span.name.len() + of(&span.attributes) + events.sum::<usize>()
}

fn weigh_value(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(|it| it.as_str().len() + 4).sum(),
        Value::Array(Array::Bool(list)) => list.len(),
        Value::Array(Array::I64(list)) => 8 * list.len(),
        Value::Array(Array::F64(list)) => 8 * list.len(),
        _ => 8,
    }
}
