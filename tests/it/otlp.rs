//! Spans leave by OTLP over HTTP.

use super::support::harness::{Harness, PATIENCE, ask};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Reply, openai};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use turnspan::{Conversation, DropReason, Otlp};

fn harness(receiver: &OtlpReceiver) -> Harness {
    let otlp = Otlp::new(&receiver.url())
        .unwrap()
        .header("authorization", "Bearer sesame");
    let reply = Reply::json(openai::completion("canary"));
    Harness::with([reply], |builder| builder.service_name("shop").otlp(otlp))
}

fn attribute(span: &Span, key: &str) -> Option<Value> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key)?;
    attribute.value.clone()?.value
}

#[tokio::test]
async fn a_collector_gets_the_span_its_events_and_the_resource() {
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let ai = harness.ai();
    ai.chat().create(ask("Hello!")).await.unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].name, "chat gpt-4o");
    assert_eq!(
        attribute(&spans[0], "gen_ai.usage.input_tokens"),
        Some(Value::IntValue(12))
    );
    let events: Vec<&str> = spans[0]
        .events
        .iter()
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(events, ["gen_ai.prompt.sent", "gen_ai.response.received"]);
    let resources = receiver.resources();
    let name = resources[0]
        .attributes
        .iter()
        .find(|attribute| attribute.key == "service.name")
        .unwrap();
    assert_eq!(
        name.value.clone().unwrap().value,
        Some(Value::StringValue("shop".to_owned()))
    );
    let (headers, _) = &receiver.requests()[0];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["authorization"], "Bearer sesame");
    assert_eq!(harness.telemetry.stats().destinations["otlp"].delivered, 1);
    assert!(!format!("{:?}", harness.telemetry).contains("sesame"));
}

#[tokio::test]
async fn neither_content_nor_identity_is_in_the_bytes() {
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let ai = harness.ai();
    let conversation = Conversation::new("conv-1")
        .user("canary")
        .metadata("k", "canary");
    conversation
        .scope(ai.chat().create(ask("canary")))
        .await
        .unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    for (_, body) in receiver.requests() {
        assert!(!body.windows(6).any(|window| window == b"canary"));
        assert!(body.windows(6).any(|window| window == b"conv-1"));
    }
}

#[tokio::test]
async fn a_collector_that_refuses_costs_the_spans_and_they_are_counted() {
    let receiver = OtlpReceiver::answering(400);
    let harness = harness(&receiver);
    let ai = harness.ai();
    ai.chat().create(ask("Hello!")).await.unwrap();
    let error = harness.telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost["otlp"], 1);
    let account = harness.telemetry.stats().destinations["otlp"].clone();
    assert!(account.balances(), "{account}");
    assert_eq!(account.dropped[&DropReason::Unreachable], 1);
}

#[test]
fn it_works_without_a_runtime_of_the_callers() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info_span!("work").in_scope(|| ()));
    drop(harness);
    assert_eq!(receiver.spans()[0].name, "work");
}
