//! Retries lie inside the one span, each with its reason and its wait.

use super::support::harness::{Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use async_openai::middleware::ReqwestService;
use async_openai::middleware::retry::SimpleRetryPolicy;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use std::time::Duration;
use tower::ServiceBuilder;

fn retries(span: &SpanData) -> Vec<[String; 4]> {
    let retries = span
        .events
        .iter()
        .filter(|event| event.name == "gen_ai.retry");
    let field = |event: &opentelemetry::trace::Event, key| {
        attribute(&event.attributes, key).unwrap_or_default()
    };
    retries
        .map(|event| {
            [
                "retry.attempt",
                "retry.reason",
                "error.type",
                "http.response.status_code",
            ]
            .map(|key| field(event, key))
        })
        .collect()
}

fn seconds(span: &SpanData, key: &str) -> Duration {
    Duration::from_secs_f64(attribute(&span.attributes, key).unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_call_that_succeeds_after_retries_is_one_span_without_an_error() {
    let harness = Harness::start([
        openai::error(429, "rate_limit_error", "Slow down.").header("retry-after", "0"),
        openai::error(503, "server_error", "Busy.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    let span = harness.span();
    assert_eq!(
        retries(&span),
        [
            ["1", "rate_limit", "429", "429"],
            ["2", "provider_error", "503", "503"]
        ]
        .map(|r| r.map(str::to_owned))
    );
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span.attributes, "error.type"), None);
    assert_eq!(harness.provider.requests().len(), 3);
}

#[tokio::test]
async fn waiting_is_told_apart_from_the_providers_time() {
    let slow = Duration::from_millis(40);
    let harness = Harness::start([
        openai::error(500, "server_error", "Oops.").delay_first(slow),
        Reply::json(openai::completion("Hi.")).delay_first(slow),
    ]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    let span = harness.span();
    let provider = seconds(&span, "turnspan.provider.duration");
    let waiting = seconds(&span, "turnspan.retry.wait");
    // The client waits 100 ms before its first retry.
    assert!(
        provider >= slow * 2 && waiting >= Duration::from_millis(95),
        "{provider:?} {waiting:?}"
    );
    let took = span.end_time.duration_since(span.start_time).unwrap();
    let apart = took.abs_diff(provider + waiting);
    assert!(
        apart < Duration::from_millis(5),
        "{took:?} = {provider:?} + {waiting:?}?"
    );
    // The retry is stamped when the attempt failed, not when the next began.
    let retry = span
        .events
        .iter()
        .find(|event| event.name == "gen_ai.retry")
        .unwrap();
    let stamped = retry.timestamp.duration_since(span.start_time).unwrap();
    // After it came the wait of 100 ms and the second attempt.
    let after = Duration::from_millis(100) + slow;
    assert!(
        stamped >= slow && stamped + after <= took,
        "{stamped:?} {took:?}"
    );
}

#[tokio::test]
async fn exhausted_retries_end_in_the_last_refusal() {
    let harness = Harness::start([
        openai::error(500, "server_error", "Oops.").header("retry-after", "0"),
        openai::error(429, "rate_limit_error", "Slow down.").header("retry-after", "0"),
    ]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    let span = harness.span();
    assert_eq!(retries(&span).len(), 3);
    assert_eq!(attribute(&span.attributes, "error.type").unwrap(), "429");
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "provider_error"
    );
}

#[tokio::test]
async fn layers_in_a_stack_of_the_users_own_keep_its_retries() {
    let harness = Harness::start([
        openai::error(502, "server_error", "Oops.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ]);
    let transport = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .retry(SimpleRetryPolicy::new(1))
        .layer(harness.telemetry.attempt_layer())
        .service(ReqwestService::new(reqwest::Client::new()));
    let ai = harness.bare().with_http_service(transport);
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(
        retries(&harness.span()),
        [["1", "provider_error", "502", "502"].map(str::to_owned)]
    );
}

#[tokio::test]
async fn without_the_attempt_layer_calls_are_seen_and_their_attempts_are_not() {
    let harness = Harness::start([
        openai::error(502, "server_error", "Oops.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ]);
    let transport = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .retry(SimpleRetryPolicy::new(1))
        .service(ReqwestService::new(reqwest::Client::new()));
    let ai = harness.bare().with_http_service(transport);
    ai.chat().create(ask("Hello!")).await.unwrap();
    let span = harness.span();
    assert_eq!(retries(&span), Vec::<[String; 4]>::new());
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "completed"
    );
}
