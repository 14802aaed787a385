//! Context in requests to hosts that may have it.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, Seen, openai};
use super::support::seams::{Format, Seam, drain, retrying};
use async_openai::traits::RequestOptionsBuilder as _;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::FutureExt as _;
use opentelemetry::{Context, KeyValue};
use tower::{ServiceBuilder, ServiceExt as _};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Builder, Conversation};

const HEADERS: [&str; 3] = ["traceparent", "tracestate", "baggage"];

fn replies() -> [Reply; 2] {
    [
        openai::error(503, "server_error", "Busy.").header("retry-after", "0"),
        Reply::json(openai::completion("Hi.")),
    ]
}

async fn call(harness: &Harness, seam: Seam) {
    let baggage = [
        KeyValue::new("tenant", "acme"),
        KeyValue::new("secret", "canary"),
    ];
    let context = Context::current().with_baggage(baggage);
    let call = async {
        drain(seam.call(harness, Format::OpenAi, false).await.unwrap()).await;
    };
    let conversation = Conversation::new("c 1");
    conversation.scope(call.with_context(context)).await;
}

fn allowed(builder: Builder) -> Builder {
    builder
        .propagate_to(["127.0.0.1", "gateway.internal"])
        .propagate_baggage(["gen_ai.conversation.id", "tenant"])
}

#[tokio::test]
async fn hosts_that_may_have_it_get_the_context_with_every_attempt() {
    for seam in [
        Seam::AsyncOpenai,
        Seam::Middleware,
        Seam::Tower,
        Seam::Hyper,
        Seam::Reqwest,
    ] {
        let harness = if seam == Seam::Reqwest {
            Harness::with([Reply::json(openai::completion("Hi."))], allowed)
        } else {
            Harness::with(replies(), allowed)
        };
        call(&harness, seam).await;
        let context = harness.span().span_context;
        let parent = format!("00-{}-{}-01", context.trace_id(), context.span_id());
        for request in harness.provider.requests() {
            assert_eq!(request.headers["traceparent"], parent, "{seam:?}");
            assert!(!request.headers.contains_key("tracestate"), "{seam:?}");
            let baggage = request.headers["baggage"].to_str().unwrap();
            assert!(baggage.contains("tenant=acme"), "{baggage}");
            assert!(
                baggage.contains("gen_ai.conversation.id=c%201"),
                "{baggage}"
            );
            assert!(!baggage.contains("canary"), "{baggage}");
        }
    }
}

#[tokio::test]
async fn no_other_host_gets_anything() {
    let elsewhere = |builder: Builder| {
        let builder = builder.propagate_to(["gateway.internal", "127.0.0.1:1"]);
        builder.propagate_baggage(["tenant"])
    };
    for configure in [|builder| builder, elsewhere] {
        for seam in [
            Seam::AsyncOpenai,
            Seam::Middleware,
            Seam::Tower,
            Seam::Hyper,
        ] {
            let harness = Harness::with(replies(), configure);
            call(&harness, seam).await;
            for request in harness.provider.requests() {
                for header in HEADERS {
                    assert!(!request.headers.contains_key(header), "{seam:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_the_caller_wrote_stays() {
    let harness = Harness::with([Reply::json(openai::completion("Hi."))], allowed);
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let request = request
        .header("traceparent", "mine")
        .header("baggage", "mine=1");
    let request = request.body(Format::OpenAi.request(false).to_string());
    harness
        .telemetry
        .send(request)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let headers = harness.provider.requests()[0].headers.clone();
    assert_eq!(
        (&headers["traceparent"], &headers["baggage"]),
        (&"mine".parse().unwrap(), &"mine=1".parse().unwrap())
    );
    assert!(attribute(&harness.span().attributes, "error.type").is_none());
}

/// Requests that are no calls, one through every seam, and one of a client that
/// has none.
#[tracing::instrument(skip_all)]
async fn ordinary(harness: &Harness) {
    let url = format!("{}/items", harness.provider.url());
    let request = || harness.http.get(&url);
    harness.telemetry.send(request()).await.unwrap();
    let wrapped = harness.telemetry.wrap(harness.http.clone());
    wrapped.get(&url).send().await.unwrap();
    let retrying = harness.telemetry.wrap(retrying(harness.http.clone()));
    retrying.get(&url).send().await.unwrap();
    let layer = harness.telemetry.operation_layer();
    let service = ServiceBuilder::new().layer(layer);
    let service = service.service(harness.http.clone());
    service.oneshot(request().build().unwrap()).await.unwrap();
    let ai = harness.ai();
    let items = ai.chat().path("/items").unwrap();
    items.retrieve("1").await.unwrap_err();
    let mut bare = request().build().unwrap();
    harness.telemetry.inject(&url, bare.headers_mut());
    harness.http.execute(bare).await.unwrap();
}

/// What `ordinary` sends: one attempt is refused, so there is one more.
async fn ordinary_requests(harness: &Harness) -> Vec<Seen> {
    let baggage = [
        KeyValue::new("tenant", "100% a,b"),
        KeyValue::new("secret", "canary"),
    ];
    let context = Context::current().with_baggage(baggage);
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    let requests = ordinary(harness)
        .with_context(context)
        .with_subscriber(subscriber);
    Conversation::new("c 1").scope(requests).await;
    let requests = harness.provider.requests();
    assert_eq!(requests.len(), 7);
    requests
}

fn busy_once() -> [Reply; 4] {
    let fine = || Reply::json("{}");
    [fine(), fine(), openai::error(503, "busy", "Busy."), fine()]
}

#[tokio::test]
async fn other_requests_to_hosts_that_may_have_it_get_the_current_context() {
    let harness = Harness::with(busy_once(), allowed);
    let requests = ordinary_requests(&harness).await;
    let context = harness.span().span_context;
    let parent = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    for (number, request) in requests.iter().enumerate() {
        assert_eq!(request.headers["traceparent"], parent, "{number}");
        assert!(!request.headers.contains_key("tracestate"), "{number}");
        let baggage = request.headers["baggage"].to_str().unwrap();
        let mut members: Vec<&str> = baggage.split(',').collect();
        members.sort_unstable();
        let expected = ["gen_ai.conversation.id=c%201", "tenant=100%25%20a%2Cb"];
        assert_eq!(members, expected, "{number}");
    }
}

#[tokio::test]
async fn other_requests_to_other_hosts_get_nothing() {
    let elsewhere = |builder: Builder| {
        let builder = builder.propagate_to(["gateway.internal", "127.0.0.1:1"]);
        builder.propagate_baggage(["gen_ai.conversation.id", "tenant"])
    };
    for configure in [|builder| builder, elsewhere] {
        let harness = Harness::with(busy_once(), configure);
        for request in ordinary_requests(&harness).await {
            for header in HEADERS {
                assert!(!request.headers.contains_key(header), "{}", request.path);
            }
        }
    }
}

#[tokio::test]
async fn a_request_outside_of_spans_has_its_conversation_and_no_parent() {
    let program = |builder: Builder| allowed(builder).conversation(Conversation::new("program"));
    let harness = Harness::with([Reply::json("{}")], program);
    let url = harness.provider.url();
    let made = harness.telemetry.send(harness.http.get(&url));
    Conversation::new("around").scope(made).await.unwrap();
    let made = {
        let _conversation = Conversation::new("before").enter();
        harness.telemetry.send(harness.http.get(&url))
    };
    tokio::spawn(made).await.unwrap().unwrap();
    harness
        .telemetry
        .send(harness.http.get(&url))
        .await
        .unwrap();
    let requests = harness.provider.requests();
    for (request, id) in requests.iter().zip(["around", "before", "program"]) {
        let baggage = format!("gen_ai.conversation.id={id}");
        assert_eq!(request.headers["baggage"], baggage);
        assert!(!request.headers.contains_key("traceparent"));
    }
}

#[test]
fn hosts_are_known_by_their_name_and_port_and_headers_that_are_there_stay() {
    let harness = Harness::with([], |builder| {
        let builder = builder.propagate_to(["Gateway.internal", "[::1]:8080", "a.example:443"]);
        builder.propagate_baggage(["gen_ai.conversation.id"])
    });
    let _conversation = Conversation::new("c1").enter();
    let baggage = |url: &str| {
        let mut headers = http::HeaderMap::new();
        harness.telemetry.inject(url, &mut headers);
        headers.contains_key("baggage")
    };
    for url in [
        "http://gateway.INTERNAL:81/x",
        "http://[::1]:8080",
        "https://a.example",
    ] {
        assert!(baggage(url), "{url}");
    }
    for url in [
        "http://my.gateway.internal",
        "http://gateway.internal.example.com",
        "http://gateway.internal@example.com",
        "http://[::1]",
        "http://a.example",
        "/items",
        "gateway.internal",
        "",
    ] {
        assert!(!baggage(url), "{url}");
    }
    let mine = [("tracestate", "mine=1"), ("baggage", "mine=1")];
    let mine = mine.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let mut headers = http::HeaderMap::from_iter(mine);
    let before = headers.clone();
    harness
        .telemetry
        .inject("http://gateway.internal", &mut headers);
    assert_eq!(headers, before);
}
