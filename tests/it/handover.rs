//! What a call says goes to its own span and its own telemetry, whoever else is
//! in the provider.

use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::openai;
use super::support::tes_receiver::TesReceiver;
use opentelemetry::Context;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use serde_json::{Value, json};
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;
use turnspan::{Conversation, Fault, Telemetry};

const URL: &str = "https://api.openai.com/v1/chat/completions";

fn telemetry() -> (Telemetry, TesReceiver) {
    let tes = TesReceiver::start();
    let settings = tes_at(&tes.url(), "tes_key");
    let telemetry = turnspan::builder().tes(settings).build().unwrap();
    (telemetry, tes)
}

fn call(telemetry: &Telemetry, user: &str) {
    let messages = json!([{"role": "user", "content": format!("question of {user}")}]);
    let request = json!({"model": "m", "messages": messages}).to_string();
    let _entered = Conversation::new("c1").user(user).enter();
    let answer = openai::completion(&format!("answer to {user}"));
    telemetry.record(URL, request).response(answer.to_string());
}

fn turns(telemetry: &Telemetry, tes: &TesReceiver) -> Vec<Value> {
    telemetry.flush(PATIENCE).unwrap();
    let turns = tes.accepted().into_iter();
    turns
        .map(|mut turn| turn["data"]["attributes"].take())
        .collect()
}

/// Promise, leaves: Two telemetries in one tracer provider get the content of their own
/// calls alone.
#[test]
fn two_telemetries_in_one_provider_hear_of_their_own_calls_alone() {
    for is_first in [true, false] {
        let ((one, tes_of_one), (two, tes_of_two)) = (telemetry(), telemetry());
        let (first, second) = if is_first { (&one, &two) } else { (&two, &one) };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(first.processor())
            .with_span_processor(second.processor())
            .build();
        one.use_provider(&provider).unwrap();
        two.use_provider(&provider).unwrap();
        call(&one, "ann");
        call(&two, "bob");
        for (telemetry, tes, own, foreign) in [
            (&one, &tes_of_one, "ann", "bob"),
            (&two, &tes_of_two, "bob", "ann"),
        ] {
            let turns = turns(telemetry, tes);
            let of_own = turns.iter().filter(|turn| turn["userId"] == own);
            let asked: Vec<&Value> = of_own.map(|turn| &turn["user_message"]).collect();
            assert_eq!(asked, [&json!(format!("question of {own}"))], "{turns:?}");
            let said = json!(turns).to_string();
            assert!(!said.contains(foreign), "{said}");
            assert!(telemetry.stats().faults.is_empty(), "{}", telemetry.stats());
        }
    }
}

/// Does something whenever a span of turnspan's ends.
struct Meddling<F>(F);

impl<F> fmt::Debug for Meddling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meddling")
    }
}

impl<F: Fn(&SpanData) + Send + Sync> SpanProcessor for Meddling<F> {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.instrumentation_scope.name() == "turnspan" {
            (self.0)(&span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Promise, leaves: A span processor of yours may end spans of its own: the content stays
/// with its call.
#[test]
fn a_processor_of_the_users_that_ends_spans_of_its_own_takes_nothing() {
    static OTHER: OnceLock<SdkTracerProvider> = OnceLock::new();
    let (telemetry, tes) = telemetry();
    let ends_spans = Meddling(|span: &SpanData| {
        let tracer = OTHER.get().unwrap().tracer("theirs");
        tracer.in_span("audit", |_| {});
        // One that looks like the very call.
        let attributes = span.attributes.clone();
        drop(tracer.build(tracer.span_builder("chat m").with_attributes(attributes)));
    });
    let provider = SdkTracerProvider::builder()
        .with_span_processor(ends_spans)
        .with_span_processor(telemetry.processor())
        .build();
    OTHER.set(provider.clone()).unwrap();
    telemetry.use_provider(&provider).unwrap();
    call(&telemetry, "ann");
    let turns = turns(&telemetry, &tes);
    let asked: Vec<&Value> = turns.iter().map(|turn| &turn["user_message"]).collect();
    assert_eq!(
        asked,
        [&Value::Null, &json!("question of ann")],
        "{turns:?}"
    );
    assert!(telemetry.stats().faults.is_empty(), "{}", telemetry.stats());
}

#[test]
fn a_processor_of_the_users_may_make_calls_of_its_own() {
    static JUDGE: OnceLock<Telemetry> = OnceLock::new();
    let ((telemetry, tes), (judge, tes_of_judge)) = (telemetry(), telemetry());
    JUDGE.set(judge).unwrap();
    let judging = Meddling(|_: &SpanData| call(JUDGE.get().unwrap(), "judge"));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(judging)
        .with_span_processor(telemetry.processor())
        .build();
    telemetry.use_provider(&provider).unwrap();
    call(&telemetry, "ann");
    let judged = turns(JUDGE.get().unwrap(), &tes_of_judge);
    assert_eq!(judged[0]["user_message"], "question of judge");
    assert_eq!(
        turns(&telemetry, &tes)[0]["user_message"],
        "question of ann"
    );
}

/// Promise, process: A span processor of yours that panics costs that call alone, also
/// while the thread unwinds.
#[test]
fn a_processor_of_the_users_that_panics_costs_that_call_alone() {
    let (telemetry, tes) = telemetry();
    let panicking = Meddling(|span: &SpanData| {
        let is_bad = span.attributes.iter().any(|it| it.value.as_str() == "bad");
        assert!(!is_bad, "on purpose");
    });
    let provider = SdkTracerProvider::builder()
        .with_span_processor(panicking)
        .with_span_processor(telemetry.processor())
        .build();
    telemetry.use_provider(&provider).unwrap();
    let bad = || telemetry.record(URL, r#"{"model": "bad"}"#);
    drop(bad());
    // While its thread unwinds, too.
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _open = bad();
        let _interaction = telemetry.interaction("bad").begin();
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    unwound.unwrap_err();
    call(&telemetry, "ann");
    let turns = turns(&telemetry, &tes);
    assert_eq!(turns.len(), 1);
    assert_eq!(turns[0]["user_message"], "question of ann");
    assert!(telemetry.stats().faults[&Fault::ObserverPanicked] >= 2);
}
