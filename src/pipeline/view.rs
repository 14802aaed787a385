//! What each seat sees of a span, made as rarely as can be.

use super::seat::Seat;
use opentelemetry_sdk::trace::SpanData;
use std::borrow::Cow;

/// Gives every seat its view of the span. Seats with the same policy must stand
/// side by side: they share a view. Whoever comes last gets what it sees for
/// itself, so that of `n` that keep it all but one clone it.
pub(super) fn hand_out(
    span: SpanData,
    seats: &[&Seat],
    is_around_a_call: bool,
    mut give: impl FnMut(Cow<'_, SpanData>, &Seat),
) {
    let by_redaction = seats.chunk_by(|one, other| one.policy.redacts_as(&other.policy));
    share(Cow::Owned(span), by_redaction, |mut view, seats| {
        let redaction = seats.iter().find_map(|it| it.policy.redaction.as_ref());
        if let Some(redaction) = redaction {
            redaction.span(view.to_mut());
        }
        let by_gate = seats.chunk_by(|one, other| one.policy.gates_as(&other.policy));
        share(view, by_gate, |mut view, seats| {
            if let Some(gate) = seats.iter().find_map(|it| it.policy.gate.as_ref()) {
                gate.strip(view.to_mut(), is_around_a_call);
            }
            share(view, seats, |view, seat| give(view, seat));
        });
    });
}

/// Gives a view to each, and to the last as its own.
fn share<T>(
    view: Cow<'_, SpanData>,
    among: impl IntoIterator<Item = T>,
    mut give: impl FnMut(Cow<'_, SpanData>, T),
) {
    let mut among = among.into_iter().peekable();
    while let Some(next) = among.next() {
        if among.peek().is_none() {
            return give(view, next);
        }
        give(Cow::Borrowed(&view), next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Gate;
    use crate::pipeline::destination::fake::Fake;
    use crate::pipeline::seat::Policy;
    use crate::redact::Redaction;
    use opentelemetry::KeyValue;
    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use std::sync::Arc;

    fn seat(name: &str, policy: &Policy) -> Seat {
        Seat {
            destination: Arc::new(Fake::new(name)),
            policy: policy.clone(),
        }
    }

    fn span() -> SpanData {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(kept.clone())
            .build();
        let tracer = provider.tracer("test");
        drop(
            tracer
                .span_builder("chat")
                .with_attributes([
                    KeyValue::new("gen_ai.operation.name", "chat"),
                    KeyValue::new("gen_ai.input.messages", "ask ann@example.com"),
                ])
                .start(&tracer),
        );
        kept.get_finished_spans().unwrap().remove(0)
    }

    /// What each seat saw: the text that was said, whether it owns it, and where
    /// the attributes lie.
    fn seen(span: SpanData, seats: &[Seat]) -> Vec<(String, Option<String>, bool, usize)> {
        let mut seen = Vec::new();
        let seats: Vec<&Seat> = seats.iter().collect();
        hand_out(span, &seats, false, |view, seat| {
            let said = view.attributes.get(1).map(|it| it.value.to_string());
            let is_own = matches!(view, Cow::Owned(_));
            let place = view.attributes.as_ptr().addr();
            seen.push((
                seat.destination.account().name().to_owned(),
                said,
                is_own,
                place,
            ));
        });
        seen
    }

    #[test]
    fn seats_of_one_policy_share_a_view_and_nothing_is_cloned_for_a_chain_of_them() {
        let redaction = Some(Arc::new(Redaction::personal_data()));
        let gate = Some(Arc::new(Gate::default()));
        let raw = Policy::default();
        let redacted = Policy {
            redaction: redaction.clone(),
            gate: None,
        };
        let gated = Policy { redaction, gate };
        let seats = [
            seat("turns", &raw),
            seat("logs", &redacted),
            seat("spans", &gated),
            seat("spans_2", &gated),
        ];
        let span = span();
        let place = span.attributes.as_ptr().addr();
        let seen = seen(span, &seats);
        let said: Vec<_> = seen
            .iter()
            .map(|(name, said, ..)| (&**name, said.as_deref()))
            .collect();
        assert_eq!(
            said,
            [
                ("turns", Some("ask ann@example.com")),
                ("logs", Some("ask [EMAIL]")),
                ("spans", None),
                ("spans_2", None),
            ]
        );
        let owned: Vec<bool> = seen.iter().map(|(_, _, is_own, _)| *is_own).collect();
        assert_eq!(owned, [false, false, false, true]);
        assert!(
            seen.iter().all(|(.., at)| *at == place),
            "it is one span all the way"
        );
    }

    #[test]
    fn policies_that_differ_see_each_their_own() {
        let personal = || Some(Arc::new(Redaction::personal_data()));
        let one = Policy {
            redaction: personal(),
            gate: None,
        };
        let other = Policy {
            redaction: None,
            gate: Some(Arc::new(Gate::default())),
        };
        let content = Policy {
            redaction: None,
            gate: Some(Arc::new(Gate {
                content: true,
                ..Gate::default()
            })),
        };
        let seats = [seat("a", &other), seat("b", &content), seat("c", &one)];
        let said: Vec<_> = seen(span(), &seats)
            .into_iter()
            .map(|(name, said, is_own, _)| (name, said, is_own))
            .collect();
        let expected = [
            ("a", None, true),
            ("b", Some("ask ann@example.com"), true),
            ("c", Some("ask [EMAIL]"), true),
        ];
        assert_eq!(
            said,
            expected.map(|(name, said, is_own)| (name.to_owned(), said.map(str::to_owned), is_own))
        );
    }
}
