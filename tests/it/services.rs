//! The two layers as services: they begin when they are called, and one
//! telemetry's do not hide another's.

use super::support::harness::{Harness, PATIENCE, ask, attribute, bare};
use super::support::provider::{Provider, Reply, openai};
use super::support::seams::{Format, retrying};
use async_openai::error::OpenAIError;
use async_openai::middleware::retry::OpenAIRetryLayer;
use async_openai::middleware::{HttpRequestFactory, ReqwestService};
use opentelemetry_sdk::trace::SpanData;
use std::error::Error;
use std::fmt;
use std::future::{Ready, ready};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use tower::{Service, ServiceBuilder, ServiceExt as _};
use turnspan::Fault;

/// Counts its calls when they are made, not when they are polled.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl<R> Service<R> for Counting {
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = Ready<Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: R) -> Self::Future {
        self.0.fetch_add(1, Relaxed);
        ready(Ok(http::Response::new("{}").into()))
    }
}

fn requests() -> [reqwest::Request; 2] {
    let post = |path: &str| {
        let url = format!("https://api.openai.com/v1/{path}");
        reqwest::Client::new()
            .post(url)
            .body(r#"{"model": "m"}"#)
            .build()
            .unwrap()
    };
    [post("chat/completions"), post("other")]
}

/// Promise, process: The layers call the inner service when they are called, not at the
/// first poll.
#[tokio::test]
async fn the_inner_service_is_called_when_ours_is_and_not_at_the_first_poll() {
    let harness = Harness::start([]);
    let counting = Counting::default();
    let both = || {
        ServiceBuilder::new()
            .layer(harness.telemetry.operation_layer())
            .layer(harness.telemetry.attempt_layer())
            .service(counting.clone())
    };
    let attempts = || {
        let layer = harness.telemetry.attempt_layer();
        ServiceBuilder::new().layer(layer).service(counting.clone())
    };
    let factory = || {
        HttpRequestFactory::new(|| {
            let [call, _] = requests();
            ready(Ok(call))
        })
    };
    let mut expected = 0;
    let mut called = |future: Box<dyn std::any::Any>| {
        expected += 1;
        assert_eq!(counting.0.load(Relaxed), expected);
        // Never polled: its caller lets go.
        drop(future);
    };
    for request in requests() {
        called(Box::new(both().call(request)));
    }
    for request in requests() {
        called(Box::new(attempts().call(request)));
    }
    called(Box::new(both().call(factory())));
    called(Box::new(attempts().call(factory())));
    // The two that were calls, and the factory, of which nothing was built.
    let spans = harness.spans();
    let outcomes = spans
        .iter()
        .map(|it| attribute(&it.attributes, "turnspan.outcome"));
    assert_eq!(outcomes.collect::<Vec<_>>(), [Some("dropped".to_owned())]);
}

/// Sends on a task of its own, begun when it is called.
#[derive(Clone)]
struct Eager<S>(S);

impl<S> Service<HttpRequestFactory> for Eager<S>
where
    S: Service<HttpRequestFactory, Response = reqwest::Response, Error = OpenAIError>,
    S::Future: Send + 'static,
{
    type Response = reqwest::Response;
    type Error = OpenAIError;
    type Future = futures::future::BoxFuture<'static, Result<reqwest::Response, OpenAIError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let sent = tokio::spawn(self.0.call(factory));
        Box::pin(async move { sent.await.unwrap() })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_begins_its_work_when_it_is_called_is_seen_all_the_same() {
    let harness = Harness::start([
        openai::error(503, "server_error", "Busy.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ]);
    let stack = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .layer_fn(Eager)
        .layer(OpenAIRetryLayer::default())
        .layer(harness.telemetry.attempt_layer())
        .layer_fn(Eager)
        .service(ReqwestService::new(harness.http.clone()));
    let ai = harness.bare().with_http_service(stack);
    // Polled only when the request has long been made.
    let chat = ai.chat();
    let mut call = std::pin::pin!(chat.create(ask("Hello!")));
    assert!(futures::poll!(call.as_mut()).is_pending());
    harness.provider.wait_for(2);
    call.await.unwrap();
    assert_eq!(harness.provider.requests().len(), 2);
    assert_eq!(retries(&harness.span()), 1);
}

fn retries(span: &SpanData) -> usize {
    let events = span.events.iter();
    events.filter(|event| event.name == "gen_ai.retry").count()
}

fn assert_both_saw_it(one: &Harness, two: &Harness) {
    for harness in [one, two] {
        let span = harness.span();
        let outcome = attribute(&span.attributes, "turnspan.outcome");
        assert_eq!(outcome.as_deref(), Some("completed"));
        assert_eq!(retries(&span), 1);
    }
}

fn busy_once() -> Provider {
    Provider::start([
        openai::error(503, "server_error", "Busy.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ])
}

fn request(provider: &Provider) -> reqwest::Request {
    let url = format!("{}/chat/completions", provider.base_url());
    let request = reqwest::Client::new().post(url);
    let body = Format::OpenAi.request(false).to_string();
    request.body(body).build().unwrap()
}

/// Promise, process: A client that two telemetries wrap is recorded by both.
#[tokio::test]
async fn a_client_that_two_telemetries_wrap_is_recorded_by_both() {
    let (one, two) = (Harness::start([]), Harness::start([]));
    let provider = busy_once();
    let inner = two.telemetry.wrap(retrying(reqwest::Client::new()));
    let client = one.telemetry.wrap(inner);
    let answer = client.execute(request(&provider)).await.unwrap();
    answer.bytes().await.unwrap();
    assert_both_saw_it(&one, &two);
}

#[tokio::test]
async fn the_layers_of_two_telemetries_find_each_its_own_attempts() {
    let (one, two) = (Harness::start([]), Harness::start([]));
    for [first, second] in [[&one, &two], [&two, &one]] {
        let provider = busy_once();
        let stack = ServiceBuilder::new()
            .layer(one.telemetry.operation_layer())
            .layer(two.telemetry.operation_layer())
            .layer(OpenAIRetryLayer::default())
            .layer(first.telemetry.attempt_layer())
            .layer(second.telemetry.attempt_layer())
            .service(ReqwestService::new(reqwest::Client::new()));
        let ai = bare(&provider).with_http_service(stack);
        ai.chat().create(ask("Hello!")).await.unwrap();
        assert_eq!(provider.requests().len(), 2);
    }
    for harness in [&one, &two] {
        harness.telemetry.flush(PATIENCE).unwrap();
        let spans = harness.spans();
        assert_eq!(spans.iter().map(retries).collect::<Vec<_>>(), [1, 1]);
    }
}

#[tokio::test]
async fn so_they_do_over_plain_requests() {
    let (one, two) = (Harness::start([]), Harness::start([]));
    let provider = busy_once();
    let mut stack = ServiceBuilder::new()
        .layer(one.telemetry.operation_layer())
        .layer(two.telemetry.operation_layer())
        .layer(tower::retry::RetryLayer::new(
            super::support::seams::Thrice(3),
        ))
        .layer(two.telemetry.attempt_layer())
        .layer(one.telemetry.attempt_layer())
        .service(reqwest::Client::new());
    let answer = stack.call(request(&provider)).await.unwrap();
    answer.bytes().await.unwrap();
    assert_both_saw_it(&one, &two);
}

/// An error of the user's, whose methods do what they should not.
#[derive(Debug, Clone, Copy)]
enum Strange {
    Unwritable,
    Panicking,
    /// Its cause is itself.
    Circle,
    PanickingCause,
}

impl fmt::Display for Strange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unwritable => Err(fmt::Error),
            Self::Panicking => resume_unwind(Box::new("on purpose")),
            Self::Circle | Self::PanickingCause => f.write_str("strange"),
        }
    }
}

impl Error for Strange {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unwritable | Self::Panicking => None,
            Self::Circle => Some(self),
            Self::PanickingCause => resume_unwind(Box::new("on purpose")),
        }
    }
}

/// Promise, process: An error of yours whose own methods fail, panic or go in a circle
/// reaches your program, and its call is told.
#[tokio::test]
async fn an_error_whose_methods_fail_reaches_the_caller_and_its_call_is_told() {
    for strange in [
        Strange::Unwritable,
        Strange::Panicking,
        Strange::Circle,
        Strange::PanickingCause,
    ] {
        let harness = Harness::start([]);
        let service = ServiceBuilder::new()
            .layer(harness.telemetry.operation_layer())
            .layer(harness.telemetry.attempt_layer())
            .service_fn(move |_: reqwest::Request| {
                ready(Err::<reqwest::Response, Strange>(strange))
            });
        let [call, _] = requests();
        let error = service.oneshot(call).await.unwrap_err();
        assert_eq!(format!("{error:?}"), format!("{strange:?}"));
        let span = harness.span();
        let told = |key| attribute(&span.attributes, key).unwrap();
        assert_eq!(told("turnspan.outcome"), "transport_error", "{strange:?}");
        assert_eq!(told("error.type"), "_OTHER", "{strange:?}");
        let panics = harness.telemetry.stats().faults;
        let panics = panics.get(&Fault::ObserverPanicked).copied();
        let is_panic = matches!(strange, Strange::Panicking | Strange::PanickingCause);
        assert_eq!(panics, is_panic.then_some(2), "{strange:?}");
    }
}
