//! Context in requests to hosts that may have it.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::FutureExt as _;
use opentelemetry::{Context, KeyValue};
use turnspan::{Builder, Conversation};

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
        for seam in [Seam::AsyncOpenai, Seam::Middleware, Seam::Tower] {
            let harness = Harness::with(replies(), configure);
            call(&harness, seam).await;
            for request in harness.provider.requests() {
                for header in ["traceparent", "tracestate", "baggage"] {
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
