//! A conversation holds where work goes on elsewhere: in tasks, in streams, in a
//! body that is polled after its handler.

use super::support::harness::{Ai, Harness, ask, attribute};
use super::support::provider::{Reply, Server, openai};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use futures::stream::{self, FuturesUnordered, StreamExt as _};
use http::HeaderName;
use std::collections::BTreeSet;
use std::convert::Infallible;
use tokio::task::JoinSet;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Conversation, ConversationLayer};

fn harness() -> Harness {
    Harness::with_content([Reply::json(openai::completion("Hi."))])
}

async fn call(ai: Ai) {
    ai.chat().create(ask("Hello!")).await.unwrap();
}

/// Conversation and user of each call, and how many traces they are in.
fn whose(harness: &Harness) -> (BTreeSet<String>, usize) {
    let spans = harness.spans();
    let calls = spans.iter().filter(|span| span.name.starts_with("chat"));
    let of = |key: &str, attributes| attribute(attributes, key).unwrap_or_default();
    let whose = calls.map(|span| {
        let id = of("gen_ai.conversation.id", &span.attributes);
        format!("{id} {}", of("user.id", &span.attributes))
    });
    let traces: BTreeSet<_> = spans
        .iter()
        .map(|span| span.span_context.trace_id().to_bytes())
        .collect();
    (whose.collect(), traces.len())
}

fn all_of(conversation: &str) -> (BTreeSet<String>, usize) {
    ([conversation.to_owned()].into(), 1)
}

/// Does work in one conversation and under one span.
async fn within(harness: &Harness, work: impl Future<Output = ()>) {
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    let work = async { work.instrument(tracing::info_span!("work")).await };
    let work = Conversation::new("c1").user("u_1").scope(work);
    work.with_subscriber(subscriber).await;
}

#[tokio::test]
async fn tasks_of_a_join_set_keep_conversation_and_span() {
    let harness = harness();
    let ai = harness.ai();
    within(&harness, async {
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            tasks.spawn(Conversation::carry(call(ai.clone())));
        }
        tasks.join_all().await;
    })
    .await;
    assert_eq!(whose(&harness), all_of("c1 u_1"));
    assert_eq!(harness.spans().len(), 4);
}

#[tokio::test]
async fn futures_that_are_polled_elsewhere_keep_conversation_and_span() {
    let harness = harness();
    let ai = harness.ai();
    let calls = FuturesUnordered::new();
    within(&harness, async {
        for _ in 0..3 {
            calls.push(Conversation::carry(call(ai.clone())));
        }
    })
    .await;
    calls.collect::<Vec<()>>().await;
    assert_eq!(whose(&harness), all_of("c1 u_1"));
}

#[tokio::test]
async fn a_spawned_task_keeps_conversation_and_span() {
    let harness = harness();
    let ai = harness.ai();
    within(&harness, async {
        Conversation::spawn(call(ai)).await.unwrap();
    })
    .await;
    assert_eq!(whose(&harness), all_of("c1 u_1"));
}

#[tokio::test]
async fn what_is_carried_outside_of_any_conversation_has_none() {
    let harness = harness();
    let call = Conversation::carry(call(harness.ai()));
    tokio::spawn(call).await.unwrap();
    assert_eq!(whose(&harness).0, [" ".to_owned()].into());
}

#[tokio::test]
async fn calls_within_a_stream_keep_the_conversation() {
    let harness = harness();
    let ai = harness.ai();
    let calls = stream::iter(0..3).then(|_| call(ai.clone()));
    let calls = Conversation::new("c1").user("u_1").scope_stream(calls);
    assert_eq!(futures::Stream::size_hint(&calls), (3, Some(3)));
    calls.collect::<Vec<()>>().await;
    assert_eq!(whose(&harness).0, all_of("c1 u_1").0);
}

/// A server whose handler calls a model once itself, and once for each chunk of
/// the body that it streams.
fn server(harness: &Harness, layer: ConversationLayer) -> Server {
    async fn answer(State(ai): State<Ai>) -> Body {
        call(ai.clone()).await;
        let chunks = stream::iter(0..2).then(move |_| {
            let ai = ai.clone();
            async move {
                call(ai).await;
                Ok::<_, Infallible>(Bytes::from_static(b"Hi."))
            }
        });
        Body::from_stream(chunks)
    }
    let app = Router::new().route("/chats/{id}", post(answer));
    Server::start(app.layer(layer).with_state(harness.ai()))
}

async fn ask_server(server: &Server, headers: &[(&str, &str)]) {
    let request = reqwest::Client::new().post(format!("{}/chats/c3", server.url()));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(answer, "Hi.Hi.");
}

fn from_headers() -> ConversationLayer {
    let conversation = HeaderName::from_static("x-conversation-id");
    ConversationLayer::from_headers(conversation, HeaderName::from_static("x-user-id"))
}

/// Promise, process: The conversation of a server's request holds for its whole response body.
#[tokio::test]
async fn a_body_that_is_polled_after_its_handler_keeps_the_conversation_of_the_headers() {
    let harness = harness();
    let server = server(&harness, from_headers());
    ask_server(
        &server,
        &[("x-conversation-id", "c1"), ("x-user-id", "u_1")],
    )
    .await;
    assert_eq!(whose(&harness).0, all_of("c1 u_1").0);
    assert_eq!(harness.spans().len(), 3);
}

#[tokio::test]
async fn headers_that_are_no_ids_count_as_missing() {
    let harness = harness();
    let server = server(&harness, from_headers());
    let long = "c".repeat(257);
    ask_server(&server, &[("x-conversation-id", &long), ("x-user-id", "")]).await;
    ask_server(&server, &[]).await;
    assert_eq!(whose(&harness).0, [" ".to_owned()].into());
    ask_server(&server, &[("x-user-id", "u_1")]).await;
    assert_eq!(
        whose(&harness).0,
        [" ".to_owned(), " u_1".to_owned()].into()
    );
}

#[tokio::test]
async fn a_conversation_may_come_from_a_closure() {
    let harness = harness();
    let server = server(
        &harness,
        ConversationLayer::new(|request| {
            let id = request.uri.path().strip_prefix("/chats/")?;
            Some(Conversation::new(id).user("u_3"))
        }),
    );
    ask_server(&server, &[]).await;
    assert_eq!(whose(&harness).0, all_of("c3 u_3").0);
}

#[tokio::test]
async fn a_closure_that_panics_costs_the_conversation_and_not_the_answer() {
    let harness = harness();
    let layer = ConversationLayer::new(|_| std::panic::resume_unwind(Box::new("on purpose")));
    ask_server(&server(&harness, layer), &[]).await;
    assert_eq!(whose(&harness).0, [" ".to_owned()].into());
}

#[tokio::test]
async fn a_conversation_may_come_from_an_extension() {
    use http_body_util::BodyExt as _;
    use tower::{Layer as _, ServiceExt as _};
    let harness = harness();
    let ai = harness.ai();
    let service = tower::service_fn(move |_: http::Request<()>| {
        // A service may make the call when it is called.
        let call = call(ai.clone());
        async move {
            call.await;
            Ok::<_, Infallible>(http::Response::new("Hi.".to_owned()))
        }
    });
    let service = ConversationLayer::from_extension().layer(service);
    let mut request = http::Request::new(());
    request.extensions_mut().insert(Conversation::new("c2"));
    let inner = Conversation::anonymous().user("u_2");
    let answer = inner.scope(service.oneshot(request)).await.unwrap();
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "Hi."
    );
    // What the extension leaves open comes from around.
    assert_eq!(whose(&harness).0, all_of("c2 u_2").0);
}
