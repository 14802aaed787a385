//! Time limits, whoever sets them, and calls that are let go of.

use super::support::harness::{Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, retrying};
use async_openai::middleware::ReqwestService;
use async_openai::middleware::retry::OpenAIRetryLayer;
use opentelemetry_sdk::trace::SpanData;
use std::future::pending;
use std::time::Duration;
use tower::retry::Policy;
use tower::{BoxError, Service as _, ServiceBuilder, ServiceExt as _};

const LIMIT: Duration = Duration::from_millis(100);

fn late() -> Reply {
    Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60))
}

fn outcome(span: &SpanData) -> [String; 2] {
    ["turnspan.outcome", "error.type"]
        .map(|key| attribute(&span.attributes, key).unwrap_or_default())
}

fn seconds(span: &SpanData, key: &str) -> f64 {
    attribute(&span.attributes, key).unwrap().parse().unwrap()
}

fn retries(span: &SpanData) -> Vec<[String; 2]> {
    let events = span.events.iter();
    let retries = events.filter(|event| event.name == "gen_ai.retry");
    let fields = ["retry.reason", "retry.delay_ms"];
    retries
        .map(|event| fields.map(|key| attribute(&event.attributes, key).unwrap_or_default()))
        .collect()
}

#[tokio::test]
async fn a_limit_on_the_whole_call_is_a_deadline_also_while_a_retry_waits() {
    let waiting = openai::error(503, "server_error", "Busy.").header("retry-after", "60");
    for (reply, error) in [(late(), "deadline"), (waiting, "deadline")] {
        let harness = Harness::start([reply]);
        let transport = ServiceBuilder::new()
            .layer(harness.telemetry.operation_layer())
            .timeout(LIMIT)
            .layer(OpenAIRetryLayer::new(2))
            .layer(harness.telemetry.attempt_layer())
            .service(ReqwestService::new(harness.http.clone()));
        let ai = harness.bare().with_http_service(transport);
        ai.chat().create(ask("Hello!")).await.unwrap_err();
        assert_eq!(outcome(&harness.span()), [error, "timeout"]);
    }
}

/// Tries again after a while, whatever went wrong.
#[derive(Clone)]
struct Again {
    times: u32,
    wait: Duration,
}

impl<T: Clone> Policy<T, reqwest::Response, BoxError> for Again {
    type Future = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

    fn retry(
        &mut self,
        _: &mut T,
        answered: &mut Result<reqwest::Response, BoxError>,
    ) -> Option<Self::Future> {
        self.times = self.times.checked_sub(1).filter(|_| answered.is_err())?;
        let wait = self.wait;
        Some(Box::pin(async move {
            tokio::time::sleep(wait).await;
        }))
    }

    fn clone_request(&mut self, request: &T) -> Option<T> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn a_limit_on_each_attempt_ends_it_where_it_ended() {
    let good = || Reply::json(openai::completion("Hi."));
    for (replies, is_good) in [(vec![late(), good()], true), (vec![late()], false)] {
        let harness = Harness::start(replies);
        let wait = Duration::from_millis(300);
        let transport = ServiceBuilder::new()
            .layer(harness.telemetry.operation_layer())
            .retry(Again { times: 1, wait })
            .timeout(LIMIT)
            .layer(harness.telemetry.attempt_layer())
            .service(ReqwestService::new(harness.http.clone()));
        let ai = harness.bare().with_http_service(transport);
        assert_eq!(ai.chat().create(ask("Hello!")).await.is_ok(), is_good);
        let span = harness.span();
        let [retry] = &retries(&span)[..] else {
            panic!("{span:?}");
        };
        assert_eq!(retry[0], "timeout");
        let delay: u64 = retry[1].parse().unwrap();
        assert!((300..500).contains(&delay), "{delay}");
        let waited = seconds(&span, "turnspan.retry.wait");
        assert!((0.3..0.5).contains(&waited), "{waited}");
        assert!(seconds(&span, "turnspan.provider.duration") >= 0.1);
        let expected = if is_good {
            ["completed", ""]
        } else {
            ["deadline", "timeout"]
        };
        assert_eq!(outcome(&span), expected);
    }
}

#[tokio::test]
async fn a_recorder_may_be_told_of_any_limit() {
    let limit = |future| tokio::time::timeout(Duration::from_millis(1), future);
    let elapsed = limit(pending::<()>()).await.unwrap_err();
    let harness = Harness::start([]);
    let url = Format::OpenAi.url(&harness);
    let call = harness.telemetry.record(&url, r#"{"model":"m"}"#);
    call.failed(&elapsed);
    assert_eq!(outcome(&harness.span()), ["deadline", "timeout"]);
}

#[tokio::test]
async fn a_call_that_is_let_go_of_is_dropped_in_every_seam() {
    for seam in Seam::ALL {
        let harness = Harness::start([late()]);
        let call = seam.call(&harness, Format::OpenAi, false);
        tokio::time::timeout(LIMIT, call)
            .await
            .map(drop)
            .unwrap_err();
        assert_eq!(
            outcome(&harness.span()),
            ["dropped", "cancelled"],
            "{seam:?}"
        );
    }
}

#[tokio::test]
async fn a_middleware_that_retries_what_it_lets_go_of_tells_a_time_limit() {
    use reqwest_middleware::{ClientBuilder, Middleware, Next, Result};

    struct Hasty;

    #[async_trait::async_trait]
    impl Middleware for Hasty {
        async fn handle(
            &self,
            request: reqwest::Request,
            extensions: &mut http::Extensions,
            next: Next<'_>,
        ) -> Result<reqwest::Response> {
            let again = request.try_clone().unwrap();
            let first = next.clone().run(request, extensions);
            match tokio::time::timeout(LIMIT, first).await {
                Ok(answered) => answered,
                Err(_) => next.run(again, extensions).await,
            }
        }
    }

    let harness = Harness::start([late(), Reply::json(openai::completion("Hi."))]);
    let hasty = ClientBuilder::new(harness.http.clone()).with(Hasty).build();
    let client = harness.telemetry.wrap(hasty);
    let request = client.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(false).to_string());
    request.send().await.unwrap().bytes().await.unwrap();
    let span = harness.span();
    assert_eq!(outcome(&span), ["completed", ""]);
    assert_eq!(retries(&span)[0][0], "timeout");
}

#[tokio::test]
async fn a_stream_is_over_when_it_says_so() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi"], true))]);
    let client = harness.telemetry.wrap(retrying(harness.http.clone()));
    let request = client.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(true).to_string());
    let mut response = request.send().await.unwrap();
    let mut got = Vec::new();
    while !got.ends_with(b"[DONE]\n\n") {
        got.extend(response.chunk().await.unwrap().unwrap());
    }
    // Its reader still holds on to it, and telemetry may even shut down.
    harness.telemetry.shutdown(Duration::from_secs(10)).unwrap();
    let span = harness.span();
    assert_eq!(outcome(&span), ["completed", ""]);
    drop(response);
}

#[tokio::test]
async fn attempts_beside_one_another_are_no_retries() {
    let slow = |ms, status| Reply::status(status).delay_first(Duration::from_millis(ms));
    let good = Reply::json(openai::completion("Hi.")).delay_first(Duration::from_millis(300));
    // The first fails late, the second wins.
    let harness = Harness::start([slow(150, 500), good]);
    let attempt = ServiceBuilder::new()
        .layer(harness.telemetry.attempt_layer())
        .service(harness.http.clone());
    let hedged = tower::service_fn(move |request: reqwest::Request| {
        let (mut first, mut second) = (attempt.clone(), attempt.clone());
        async move {
            let first = first.call(request.try_clone().unwrap());
            let second = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                second.call(request).await
            };
            let (first, second) = futures::future::join(first, second).await;
            Ok::<_, reqwest::Error>(
                first
                    .ok()
                    .filter(|it| it.status().is_success())
                    .unwrap_or(second?),
            )
        }
    });
    let mut hedged = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .service(hedged);
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(false).to_string());
    let ready = hedged.ready().await.unwrap();
    let response = ready.call(request.build().unwrap()).await.unwrap();
    response.bytes().await.unwrap();
    let span = harness.span();
    assert_eq!(outcome(&span), ["completed", ""]);
    assert!(retries(&span).is_empty());
    assert_eq!(attribute(&span.attributes, "turnspan.retry.wait"), None);
}

#[tokio::test]
async fn a_call_of_another_kind_within_a_call_is_none_of_its_attempts() {
    let harness = Harness::start([
        Reply::json(r#"{"data":[]}"#),
        Reply::json(openai::completion("Hi.")),
    ]);
    let (http, base) = (harness.http.clone(), harness.provider.base_url());
    let layers = || {
        let layers = ServiceBuilder::new().layer(harness.telemetry.operation_layer());
        layers.layer(harness.telemetry.attempt_layer())
    };
    let other = layers().service(http.clone());
    let embedding = {
        let http = http.clone();
        move || {
            http.post(format!("{base}/embeddings"))
                .body("{}")
                .build()
                .unwrap()
        }
    };
    let attempt = ServiceBuilder::new().layer(harness.telemetry.attempt_layer());
    let attempt = attempt.service(http.clone());
    let inner = tower::service_fn(move |request: reqwest::Request| {
        let (mut other, mut attempt) = (other.clone(), attempt.clone());
        let embedding = other.call(embedding());
        async move {
            embedding.await?;
            attempt.call(request).await
        }
    });
    let mut chat = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .service(inner);
    let request = http.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(false).to_string());
    let response = chat.call(request.build().unwrap()).await.unwrap();
    response.bytes().await.unwrap();
    let span = harness.span();
    assert!(retries(&span).is_empty(), "{:?}", retries(&span));
    assert_eq!(harness.telemetry.stats().unrecognised, 1);
}
