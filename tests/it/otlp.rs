//! Spans leave by OTLP over HTTP.

use super::support::harness::{PATIENCE, ask, bare};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, openai};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use turnspan::{Conversation, DropReason, Otlp, Telemetry};

fn telemetry(receiver: &OtlpReceiver) -> Telemetry {
    let otlp = Otlp::new(&receiver.url())
        .unwrap()
        .header("authorization", "Bearer sesame");
    turnspan::builder()
        .service_name("shop")
        .otlp(otlp)
        .build()
        .unwrap()
}

fn provider() -> Provider {
    Provider::start([Reply::json(openai::completion("canary"))])
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
    let (receiver, provider) = (OtlpReceiver::start(), provider());
    let telemetry = telemetry(&receiver);
    let ai = telemetry.wrap(bare(&provider));
    ai.chat().create(ask("Hello!")).await.unwrap();
    telemetry.flush(PATIENCE).unwrap();
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
    assert_eq!(telemetry.stats().destinations["otlp"].delivered, 1);
    assert!(!format!("{telemetry:?}").contains("sesame"));
}

#[tokio::test]
async fn neither_content_nor_identity_is_in_the_bytes() {
    let (receiver, provider) = (OtlpReceiver::start(), provider());
    let telemetry = telemetry(&receiver);
    let ai = telemetry.wrap(bare(&provider));
    let conversation = Conversation::new("conv-1")
        .user("canary")
        .metadata("k", "canary");
    conversation
        .scope(ai.chat().create(ask("canary")))
        .await
        .unwrap();
    telemetry.flush(PATIENCE).unwrap();
    for (_, body) in receiver.requests() {
        assert!(!body.windows(6).any(|window| window == b"canary"));
        assert!(body.windows(6).any(|window| window == b"conv-1"));
    }
}

#[tokio::test]
async fn a_collector_that_refuses_costs_the_spans_and_they_are_counted() {
    let (receiver, provider) = (OtlpReceiver::answering(400), provider());
    let telemetry = telemetry(&receiver);
    let ai = telemetry.wrap(bare(&provider));
    ai.chat().create(ask("Hello!")).await.unwrap();
    let error = telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost["otlp"], 1);
    let account = telemetry.stats().destinations["otlp"].clone();
    assert!(account.balances(), "{account}");
    assert_eq!(account.dropped[&DropReason::Unreachable], 1);
}

#[test]
fn it_works_without_a_runtime_of_the_callers() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let receiver = OtlpReceiver::start();
    let telemetry = telemetry(&receiver);
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info_span!("work").in_scope(|| ()));
    drop(telemetry);
    assert_eq!(receiver.spans()[0].name, "work");
}
