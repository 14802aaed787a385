//! Retries lie inside the one span, each with its reason and its wait.

use super::support::breaking_server;
use super::support::harness::{Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain, retrying};
use async_openai::middleware::retry::{OpenAIRetryLayer, SimpleRetryPolicy};
use async_openai::middleware::{HttpRequestFactory, ReqwestService};
use bytes::Bytes;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use reqwest_middleware::ClientWithMiddleware;
use serde_json::json;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Service, ServiceBuilder};

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

/// Provider time and waiting time are the call's duration.
fn assert_times_add_up(span: &SpanData) {
    let provider = seconds(span, "turnspan.provider.duration");
    let waiting = attribute(&span.attributes, "turnspan.retry.wait");
    let waiting = waiting.map_or(0.0, |waiting| waiting.parse().unwrap());
    let waiting = Duration::from_secs_f64(waiting);
    let took = span.end_time.duration_since(span.start_time).unwrap();
    let apart = took.abs_diff(provider + waiting);
    assert!(
        apart < Duration::from_millis(5),
        "{took:?} = {provider:?} + {waiting:?}?"
    );
}

const RETRYING: [Seam; 5] = [
    Seam::AsyncOpenai,
    Seam::Middleware,
    Seam::Tower,
    Seam::Hyper,
    Seam::Recorder,
];

fn refusal(status: u16, retry_after: Option<&str>) -> Reply {
    let reply = openai::error(status, "some_error", "Not now.");
    match retry_after {
        Some(retry_after) => reply.header("retry-after", retry_after),
        None => reply,
    }
}

#[tokio::test]
async fn every_seam_that_retries_tells_every_attempt() {
    let script = [(429, None), (503, Some("0")), (500, None)];
    for seam in RETRYING {
        let mut replies: Vec<Reply> = script
            .iter()
            .map(|(status, retry_after)| refusal(*status, *retry_after))
            .collect();
        replies.push(Reply::json(openai::completion("Hi.")));
        let harness = Harness::start(replies);
        let answer = seam.call(&harness, Format::OpenAi, false).await;
        drain(answer.unwrap()).await;
        let span = harness.span();
        let expected = [
            ["1", "rate_limit", "429", "429"],
            ["2", "provider_error", "503", "503"],
            ["3", "provider_error", "500", "500"],
        ];
        assert_eq!(
            retries(&span),
            expected.map(|r| r.map(str::to_owned)),
            "{seam:?}"
        );
        assert_eq!(span.status, Status::Unset, "{seam:?}");
        assert_eq!(harness.provider.requests().len(), 4, "{seam:?}");
        assert_times_add_up(&span);
    }
}

#[tokio::test]
async fn every_seam_names_the_last_refusal_when_its_retries_are_exhausted() {
    for seam in RETRYING {
        let harness = Harness::start([
            refusal(500, Some("0")),
            refusal(500, Some("0")),
            refusal(429, Some("0")),
            refusal(503, Some("0")),
        ]);
        if let Ok(answer) = seam.call(&harness, Format::OpenAi, false).await {
            drain(answer).await;
        }
        let span = harness.span();
        assert_eq!(retries(&span).len(), 3, "{seam:?}");
        assert_eq!(
            attribute(&span.attributes, "error.type").unwrap(),
            "503",
            "{seam:?}"
        );
        let outcome = attribute(&span.attributes, "turnspan.outcome");
        assert_eq!(outcome.as_deref(), Some("provider_error"), "{seam:?}");
        assert_times_add_up(&span);
    }
}

async fn post(client: &ClientWithMiddleware, url: &str) -> reqwest_middleware::Result<Bytes> {
    let body = Format::OpenAi.request(false).to_string();
    let response = client.post(url).body(body).send().await?;
    Ok(response.bytes().await?)
}

#[tokio::test]
async fn connections_that_break_are_retried_and_named() {
    let harness = Harness::start([]);
    let answer = openai::completion("Hi.").to_string();
    let address = breaking_server::start(2, 1, answer.clone());
    let client = harness.telemetry.wrap(retrying(harness.http.clone()));
    let url = format!("http://{address}/v1/chat/completions");
    assert_eq!(post(&client, &url).await.unwrap(), answer);
    let span = harness.span();
    assert_eq!(
        retries(&span),
        [
            ["1", "connection", "connection", ""],
            ["2", "connection", "connection", ""]
        ]
        .map(|r| r.map(str::to_owned))
    );
    assert_eq!(attribute(&span.attributes, "error.type"), None);
    assert_times_add_up(&span);
}

#[tokio::test]
async fn time_limits_are_retried_and_named() {
    let late = || Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60));
    let hasty = || {
        reqwest::Client::builder()
            .timeout(Duration::from_millis(60))
            .build()
            .unwrap()
    };
    let harness = Harness::start([late(), Reply::json(openai::completion("Hi."))]);
    let client = harness.telemetry.wrap(retrying(hasty()));
    post(&client, &Format::OpenAi.url(&harness)).await.unwrap();
    let span = harness.span();
    assert_eq!(
        retries(&span),
        [["1", "timeout", "timeout", ""].map(str::to_owned)]
    );
    assert_times_add_up(&span);

    let harness = Harness::start([late()]);
    let client = harness.telemetry.wrap(retrying(hasty()));
    post(&client, &Format::OpenAi.url(&harness))
        .await
        .unwrap_err();
    let span = harness.span();
    assert_eq!(retries(&span).len(), 3);
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "deadline"
    );
    assert_eq!(
        attribute(&span.attributes, "error.type").unwrap(),
        "timeout"
    );
    assert_times_add_up(&span);
}

#[tokio::test]
async fn calls_that_share_a_map_of_extensions_stay_apart() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    let client = harness.telemetry.wrap(harness.http.clone());
    let mut extensions = http::Extensions::new();
    for _ in 0..3 {
        let request = client.post(Format::OpenAi.url(&harness));
        let request = request.body(Format::OpenAi.request(false).to_string());
        let request = request.build().unwrap();
        let response = client
            .execute_with_extensions(request, &mut extensions)
            .await;
        response.unwrap().bytes().await.unwrap();
    }
    let spans = harness.spans();
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|span| retries(span).is_empty()));
}

#[tokio::test]
async fn a_client_that_is_wrapped_twice_tells_once() {
    let harness = Harness::start([refusal(503, None), Reply::json(openai::completion("Hi."))]);
    let once = harness.telemetry.wrap(retrying(harness.http.clone()));
    let twice = harness.telemetry.wrap(once);
    post(&twice, &Format::OpenAi.url(&harness)).await.unwrap();
    assert_eq!(retries(&harness.span()).len(), 1);
}

/// Signs requests, for which it has to wait: after the request is built.
#[derive(Clone)]
struct Signing<S>(S);

impl<S: Service<HttpRequestFactory>> Service<HttpRequestFactory> for Signing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, factory: HttpRequestFactory) -> S::Future {
        self.0.call(HttpRequestFactory::new(move || {
            let factory = factory.clone();
            async move {
                let mut request = factory.build().await?;
                tokio::task::yield_now().await;
                let signature = "1".parse().unwrap();
                request.headers_mut().insert("x-signed", signature);
                Ok(request)
            }
        }))
    }
}

#[tokio::test]
async fn a_layer_that_waits_while_a_request_is_built_hides_no_attempt() {
    let harness = Harness::start([
        refusal(503, Some("0")),
        Reply::json(openai::completion("Hi.")),
    ]);
    let transport = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .layer(OpenAIRetryLayer::new(2))
        .layer_fn(Signing)
        .layer(harness.telemetry.attempt_layer())
        .service(ReqwestService::new(harness.http.clone()));
    let ai = harness.bare().with_http_service(transport);
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(retries(&harness.span()).len(), 1);
    let requests = harness.provider.requests();
    assert!(
        requests
            .iter()
            .all(|it| it.headers.contains_key("x-signed"))
    );
}

#[tokio::test]
async fn reading_a_refusal_is_no_waiting() {
    let slow = Reply::status(400)
        .chunks(vec!["{\"error\":".into(), "{}}".into()])
        .delay_each(Duration::from_millis(100));
    let harness = Harness::start([slow]);
    let client = harness.telemetry.wrap(retrying(harness.http.clone()));
    post(&client, &Format::OpenAi.url(&harness)).await.unwrap();
    let span = harness.span();
    assert!(seconds(&span, "turnspan.provider.duration") >= Duration::from_millis(200));
    assert_eq!(attribute(&span.attributes, "turnspan.retry.wait"), None);
    assert_times_add_up(&span);
}

#[test]
fn what_a_failed_attempt_had_brought_is_void() {
    let harness = Harness::with_content([]);
    let url = Format::OpenAi.url(&harness);
    let request = Format::OpenAi.request(true).to_string();
    let chunk = |text: &str| {
        format!(
            "data: {}\n\n",
            openai::chunk(&json!({"content": text}), None)
        )
    };
    let mut call = harness.telemetry.record(&url, request);
    call.chunk(chunk("Hel"));
    call.attempt_failed(&io::Error::from(io::ErrorKind::ConnectionReset));
    call.attempt_begins();
    call.chunk(chunk("Hi."));
    call.chunk("data: [DONE]\n\n");
    call.finish();
    let span = harness.span();
    let tokens = span.events.iter();
    let tokens: Vec<_> = tokens
        .filter(|event| event.name == "gen_ai.stream.first_token")
        .map(|event| event.timestamp)
        .collect();
    let retry = span
        .events
        .iter()
        .find(|event| event.name == "gen_ai.retry");
    assert_eq!(tokens.len(), 1);
    assert!(retry.unwrap().timestamp <= tokens[0]);
    let turn = turnspan::Turn::from_span(&span).unwrap();
    assert_eq!(turn.assistant_response.as_deref(), Some("Hi."));
}
