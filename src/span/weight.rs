//! What spans weigh, about.

use opentelemetry::trace::{Event, Link, Status};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// About what a span is when it is encoded.
pub(crate) fn encoded(span: &SpanData) -> usize {
    ENCODED.span(span)
}

/// About what a span takes in memory: all of it counts, as strangers may have
/// written any of it.
pub(crate) fn held(span: &SpanData) -> usize {
    HELD.span(span)
}

/// What each part takes beside what it says.
struct Scale {
    span: usize,
    event: usize,
    link: usize,
    attribute: usize,
    text_of_a_list: usize,
}

const ENCODED: Scale = Scale {
    span: 128,
    event: 32,
    link: 32,
    attribute: 16,
    text_of_a_list: 4,
};

const HELD: Scale = Scale {
    span: size_of::<SpanData>(),
    event: size_of::<Event>(),
    link: size_of::<Link>(),
    attribute: size_of::<KeyValue>(),
    text_of_a_list: size_of::<StringValue>(),
};

impl Scale {
    fn span(&self, span: &SpanData) -> usize {
        let events = span.events.iter();
        let events = events.map(|it| self.event + it.name.len() + self.attributes(&it.attributes));
        let links = span.links.iter().map(|it| {
            let state = it.span_context.trace_state().header().len();
            self.link + state + self.attributes(&it.attributes)
        });
        let said = match &span.status {
            Status::Error { description } => description.len(),
            Status::Unset | Status::Ok => 0,
        };
        let state = span.span_context.trace_state().header().len();
        let parts = events.chain(links).sum::<usize>();
        self.span + span.name.len() + said + state + self.attributes(&span.attributes) + parts
    }

    fn attributes(&self, attributes: &[KeyValue]) -> usize {
        let weights = attributes.iter().map(|attribute| {
            self.attribute + attribute.key.as_str().len() + self.value(&attribute.value)
        });
        weights.sum()
    }

    fn value(&self, value: &Value) -> usize {
        match value {
            Value::String(text) => text.as_str().len(),
            Value::Array(Array::String(texts)) => {
                let texts = texts.iter();
                texts
                    .map(|it| self.text_of_a_list + it.as_str().len())
                    .sum()
            }
            Value::Array(Array::Bool(list)) => list.len(),
            Value::Array(Array::I64(list)) => 8 * list.len(),
            Value::Array(Array::F64(list)) => 8 * list.len(),
            _ => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::{Span as _, SpanContext, TraceState, Tracer as _};
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    const LONG: usize = 100_000;

    fn weights(make: impl FnOnce(&mut opentelemetry_sdk::trace::Span, String)) -> [usize; 2] {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone());
        let mut span = provider.build().tracer("t").start("s");
        make(&mut span, "x".repeat(LONG));
        span.end();
        let span = kept.get_finished_spans().unwrap().remove(0);
        [encoded(&span), held(&span)]
    }

    #[test]
    fn all_that_a_span_holds_counts() {
        let [_, nothing] = weights(|_, _| {});
        for weights in [
            weights(opentelemetry::trace::Span::update_name),
            weights(|span, text| span.set_attribute(KeyValue::new("k", text))),
            weights(|span, text| span.set_attribute(KeyValue::new(text, 1))),
            weights(|span, text| span.add_event(text, Vec::new())),
            weights(|span, text| span.add_event("e", vec![KeyValue::new("k", text)])),
            weights(|span, text| span.set_status(Status::error(text))),
            weights(|span, text| {
                span.add_link(SpanContext::NONE, vec![KeyValue::new("k", text)]);
            }),
        ] {
            assert!(weights.iter().all(|weight| *weight >= LONG), "{weights:?}");
            assert!(weights[1] < nothing + LONG + 1000, "{weights:?}");
        }
    }

    #[test]
    fn so_does_what_came_with_its_context() {
        let weights = [0, 20].map(|entries| {
            let entries = (0..entries).map(|n| (format!("k{n}"), "x".repeat(200)));
            let state = TraceState::from_key_value(entries).unwrap();
            let (trace, of) = (TraceId::from(1), SpanId::from(1));
            let context = SpanContext::new(trace, of, TraceFlags::SAMPLED, true, state);
            weights(|span, _| span.add_link(context, Vec::new()))[1]
        });
        assert!(weights[1] > weights[0] + 4000, "{weights:?}");
    }

    #[test]
    fn many_small_texts_take_what_texts_take() {
        let texts = || Array::String(vec![StringValue::from("x"); LONG]);
        let attribute = || KeyValue::new("k", Value::Array(texts()));
        let [encoded, held] = weights(|span, _| span.set_attribute(attribute()));
        assert!(encoded < 6 * LONG && held > 24 * LONG, "{encoded} {held}");
    }
}
