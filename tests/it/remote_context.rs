//! Context that comes with requests from elsewhere.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use http::{HeaderMap, HeaderValue};
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use std::sync::Arc;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Builder, Conversation, RemoteContext};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn allowed(builder: Builder) -> Builder {
    builder
        .propagate_to(["127.0.0.1"])
        .propagate_baggage(["gen_ai.conversation.id", "tenant"])
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn extract(configure: fn(Builder) -> Builder, lines: &[(&'static str, &str)]) -> RemoteContext {
    let harness = Harness::with([], configure);
    harness.telemetry.extract(&headers(lines))
}

/// Trace, span, conversation and baggage, as far as there are any.
fn told(remote: &RemoteContext) -> String {
    let span = remote.context().span().span_context().clone();
    let mut told = Vec::new();
    if span.is_valid() {
        assert!(span.is_remote());
        let state = span.trace_state().header();
        told.push(format!("{} {} {state}", span.trace_id(), span.span_id()));
    }
    let id = remote.conversation().and_then(Conversation::id);
    told.extend(id.map(|id| format!("<{id}>")));
    let baggage = remote.context().baggage().to_string();
    let mut members: Vec<&str> = baggage.split(',').collect();
    members.sort_unstable();
    told.push(members.join(","));
    told.join(" ").trim().to_owned()
}

/// What a service does for a request: a call, one on a task of its own, one
/// told by synchronous code, and a request to the next service.
#[tracing::instrument(skip_all)]
async fn handle(harness: &Arc<Harness>) {
    tokio::task::yield_now().await;
    call(harness).await;
    let on_its_own = {
        let harness = Arc::clone(harness);
        async move { call(&harness).await }
    };
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let spawned = Conversation::spawn(on_its_own.with_subscriber(dispatch));
    spawned.await.unwrap();
    let next = harness.http.get(harness.provider.url());
    harness.telemetry.send(next).await.unwrap();
}

#[tracing::instrument(skip_all)]
async fn call(harness: &Harness) {
    let answer = Seam::Reqwest.call(harness, Format::OpenAi, true).await;
    drain(answer.unwrap()).await;
}

fn requests_from_elsewhere() -> Harness {
    let answer = Reply::sse(openai::stream(&["Hi."], true));
    Harness::with([answer], allowed)
}

fn trace(span: &SpanData) -> String {
    span.span_context.trace_id().to_string()
}

async fn many_at_once() {
    const REQUESTS: usize = 50;
    let harness = Arc::new(requests_from_elsewhere());
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    let subscriber = tracing::Dispatch::new(subscriber);
    let requests = (1..=REQUESTS).map(|number| {
        let harness = Arc::clone(&harness);
        let parent = format!("00-{number:032x}-{number:016x}-01");
        let baggage = format!("gen_ai.conversation.id=c{number},tenant=t{number},secret=canary");
        let sent = headers(&[("traceparent", &parent), ("baggage", &baggage)]);
        let served = async move {
            let remote = harness.telemetry.extract(&sent);
            remote.scope(handle(&harness)).await;
            assert!(Conversation::current().is_none());
        };
        tokio::spawn(served.with_subscriber(subscriber.clone()))
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    let spans = harness.spans();
    for number in 1..=REQUESTS {
        let of_it = |span: &&SpanData| trace(span) == format!("{number:032x}");
        let mut of_it: Vec<&SpanData> = spans.iter().filter(of_it).collect();
        of_it.sort_by_key(|span| span.start_time);
        let mut names: Vec<&str> = of_it.iter().map(|span| span.name.as_ref()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["call", "call", "chat gpt-4o", "chat gpt-4o", "handle"]
        );
        assert_eq!(of_it[0].name, "handle");
        assert_eq!(
            of_it[0].parent_span_id.to_string(),
            format!("{number:016x}")
        );
        assert!(of_it[0].parent_span_is_remote);
        for chat in of_it.iter().filter(|span| span.name.starts_with("chat")) {
            let id = attribute(&chat.attributes, "gen_ai.conversation.id");
            assert_eq!(id, Some(format!("c{number}")));
            let parent = of_it
                .iter()
                .find(|span| span.span_context.span_id() == chat.parent_span_id);
            assert_eq!(parent.unwrap().name, "call");
        }
    }
    for onward in harness.provider.requests() {
        let parent = onward.headers["traceparent"].to_str().unwrap();
        let trace = parent.split('-').nth(1).unwrap();
        let number = u64::from_str_radix(trace, 16).unwrap();
        let baggage = onward.headers["baggage"].to_str().unwrap();
        for member in [format!("c{number}"), format!("tenant=t{number}")] {
            assert!(baggage.contains(&member), "{baggage}");
        }
        assert!(!baggage.contains("canary"), "{baggage}");
    }
}

#[tokio::test]
async fn work_in_the_scope_of_a_request_goes_on_with_its_trace_on_one_thread() {
    many_at_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn work_in_the_scope_of_a_request_goes_on_with_its_trace_on_many_threads() {
    many_at_once().await;
}

#[tokio::test]
async fn a_span_that_was_made_before_the_scope_stays_in_a_trace_of_its_own() {
    let harness = Arc::new(requests_from_elsewhere());
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    let lines = [
        ("traceparent", PARENT),
        ("baggage", "gen_ai.conversation.id=c1"),
    ];
    let remote = harness.telemetry.extract(&headers(&lines));
    let served = async {
        let made_before = tracing::info_span!("before");
        remote.scope(call(&harness).instrument(made_before)).await;
        let outside = tracing::info_span!("outside");
        remote.scope(call(&harness)).instrument(outside).await;
    };
    served.with_subscriber(subscriber).await;
    let mut told: Vec<_> = harness
        .spans()
        .iter()
        .map(|span| {
            let id = attribute(&span.attributes, "gen_ai.conversation.id").unwrap_or_default();
            let is_remote = PARENT.contains(&trace(span));
            format!("{} {is_remote} {id}", span.name).trim().to_owned()
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "before false",
            "call false",
            "call true",
            // The conversation is lost by neither.
            "chat gpt-4o false c1",
            "chat gpt-4o true c1",
            "outside false",
        ]
    );
}

#[test]
fn synchronous_code_enters_it() {
    let remote = extract(
        allowed,
        &[
            ("traceparent", PARENT),
            ("baggage", "gen_ai.conversation.id=c1"),
        ],
    );
    let entered = remote.enter();
    let current = Context::current();
    assert_eq!(
        current.span().span_context().span_id().to_string(),
        "b7ad6b7169203331"
    );
    assert_eq!(Conversation::current().unwrap().id(), Some("c1"));
    drop(entered);
    assert!(!Context::current().has_active_span());
    assert!(Conversation::current().is_none());
}

#[test]
fn without_a_conversation_the_one_around_holds() {
    let remote = extract(allowed, &[("traceparent", PARENT)]);
    let _around = Conversation::new("around").enter();
    let entered = remote.enter();
    assert_eq!(Conversation::current().unwrap().id(), Some("around"));
    drop(entered);
    assert_eq!(Conversation::current().unwrap().id(), Some("around"));
}

#[test]
fn of_baggage_only_what_is_on_the_list_is_taken() {
    let lines: [(&str, &str); 2] = [
        ("baggage", "tenant = a%20b ;property=1, other=1,user.id=u_1"),
        ("baggage", "gen_ai.conversation.id=c=1"),
    ];
    assert_eq!(
        told(&extract(allowed, &lines)),
        "<c=1> gen_ai.conversation.id=c%3D1,tenant=a%20b"
    );
    let none: fn(Builder) -> Builder = |builder| builder.propagate_to(["127.0.0.1"]);
    assert_eq!(told(&extract(none, &lines)), "");
}

#[test]
fn what_is_malformed_or_too_long_is_as_if_it_were_not_there() {
    let long = "x".repeat(9_000);
    let long_id = format!("tenant=a,gen_ai.conversation.id={}", "x".repeat(257));
    let padded = format!("tenant=a,x={long}");
    let cases: [(&[(&str, &str)], &str); 14] = [
        (&[("traceparent", "")], ""),
        (&[("traceparent", "00-0-0-0")], ""),
        (&[("traceparent", &PARENT.to_uppercase())], ""),
        (&[("traceparent", &PARENT.replace('b', "é"))], ""),
        (
            &[(
                "traceparent",
                &PARENT.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            )],
            "",
        ),
        (&[("traceparent", &format!("{PARENT}{long}"))], ""),
        (&[("traceparent", PARENT), ("traceparent", PARENT)], ""),
        (&[("tracestate", "a=1")], ""),
        (&[("baggage", ",,=;;%,tenant,=a,tenant;b=c")], ""),
        (&[("baggage", "tenant=é")], ""),
        (&[("baggage", &long_id)], "tenant=a"),
        (
            &[("baggage", "gen_ai.conversation.id=a%0Ab,tenant=%FF")],
            "tenant=%EF%BF%BD",
        ),
        (&[("baggage", "gen_ai.conversation.id=")], ""),
        (&[("baggage", &padded)], ""),
    ];
    for (lines, expected) in cases {
        assert_eq!(told(&extract(allowed, lines)), expected, "{lines:?}");
    }
    let lines = [
        ("traceparent", PARENT),
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
    ];
    let span = "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331";
    assert_eq!(told(&extract(allowed, &lines)), format!("{span} a=1,b=2"));
    let lines = [("traceparent", PARENT), ("tracestate", long.as_str())];
    assert_eq!(told(&extract(allowed, &lines)), span);
    let lines = [("traceparent", PARENT), ("tracestate", "no list")];
    assert_eq!(told(&extract(allowed, &lines)), span);
}

#[test]
fn propagators_that_are_switched_off_take_nothing_and_give_nothing() {
    let lines = [("traceparent", PARENT), ("baggage", "tenant=a")];
    let span = "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331";
    for (propagators, expected, given) in [
        ("none", "", vec![]),
        ("tracecontext", span, vec!["traceparent"]),
        ("baggage", "tenant=a", vec!["baggage"]),
    ] {
        let name = format!("turnspan-{}-{propagators}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, format!("OTEL_PROPAGATORS = \"{propagators}\"")).unwrap();
        let harness = Harness::with([], |builder| allowed(builder.file(&path).unwrap()));
        std::fs::remove_file(path).unwrap();
        assert_eq!(told(&harness.telemetry.extract(&headers(&lines))), expected);
        let all = extract(allowed, &lines);
        let _entered = all.enter();
        let mut onward = HeaderMap::new();
        harness.telemetry.inject("http://127.0.0.1/", &mut onward);
        let onward: Vec<&str> = onward.keys().map(http::HeaderName::as_str).collect();
        assert_eq!(onward, given, "{propagators}");
    }
}

#[test]
fn telemetry_that_is_off_takes_and_gives_nothing() {
    let telemetry = allowed(turnspan::builder()).build().unwrap();
    let lines = [("traceparent", PARENT), ("baggage", "tenant=a")];
    assert_eq!(told(&telemetry.extract(&headers(&lines))), "");
    let _conversation = Conversation::new("c1").enter();
    let mut onward = HeaderMap::new();
    telemetry.inject("http://127.0.0.1/", &mut onward);
    assert!(onward.is_empty());
}

/// A value that a parser has to look at.
fn header() -> impl Strategy<Value = HeaderValue> {
    let hex = "0[01]-[0-9a-fA-F]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,3}";
    let member = "(tenant|gen_ai\\.conversation\\.id)=[ -~\u{e9}]{0,40}(,[ -~]{0,40})?";
    let text = prop_oneof![hex, member, "[ -~\u{e9}\t]{0,80}"];
    text.prop_map(|text: String| HeaderValue::from_bytes(text.as_bytes()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_headers_are_taken(lines in proptest::collection::vec((0..3usize, header()), 0..6)) {
        let harness = Harness::with([], allowed);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(["traceparent", "tracestate", "baggage"][name], value);
        }
        drop(harness.telemetry.extract(&headers).enter());
    }

    #[test]
    fn what_one_service_injects_another_extracts(id in "[^\\p{Cc}\\s]([^\\p{Cc}]{0,100}[^\\p{Cc}\\s])?") {
        let harness = Harness::with([], allowed);
        let mut headers = HeaderMap::new();
        let entered = Conversation::new(&*id).enter();
        harness.telemetry.inject("http://127.0.0.1/", &mut headers);
        drop(entered);
        let remote = harness.telemetry.extract(&headers);
        prop_assert_eq!(remote.conversation().and_then(Conversation::id), Some(&*id));
    }
}

/// Who brings nothing takes nothing away: the span around stays the parent.
#[tokio::test]
async fn without_a_span_in_the_headers_the_one_around_is_the_parent() {
    let on = requests_from_elsewhere();
    let off = turnspan::builder().build().unwrap();
    let subscriber = tracing_subscriber::registry().with(on.telemetry.layer());
    let _default = tracing::subscriber::set_default(subscriber);
    let nothing = HeaderMap::new();
    for remote in [on.telemetry.extract(&nothing), off.extract(&nothing)] {
        let inner = async { tracing::info_span!("inner").in_scope(|| ()) };
        let request = tracing::info_span!("request");
        remote.scope(inner).instrument(request).await;
    }
    let spans = on.spans();
    let named = |name: &'static str| spans.iter().filter(move |span| span.name == name);
    assert_eq!(named("inner").count(), 2);
    for (inner, request) in named("inner").zip(named("request")) {
        assert_eq!(inner.parent_span_id, request.span_context.span_id());
    }
}
