//! Whose call it is.

use super::support::harness::{Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use futures::executor::block_on;
use opentelemetry::trace::FutureExt as _;
use opentelemetry_sdk::trace::SpanData;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Conversation, Wrap};

fn harness() -> Harness {
    Harness::with_content([Reply::json(openai::completion("Hi."))])
}

fn id(span: &SpanData) -> Option<String> {
    attribute(&span.attributes, "gen_ai.conversation.id")
}

#[tokio::test]
async fn a_scope_names_the_conversation_the_user_and_the_metadata() {
    let harness = harness();
    let ai = harness.ai();
    let conversation = Conversation::new("conv-1")
        .user("u_1")
        .metadata("plan", "pro")
        .metadata("seats", 3);
    conversation
        .scope(ai.chat().create(ask("Hello!")))
        .await
        .unwrap();
    let span = harness.span();
    for (key, value) in [
        ("gen_ai.conversation.id", "conv-1"),
        ("user.id", "u_1"),
        ("tes.metadata.plan", "pro"),
        ("tes.metadata.seats", "3"),
    ] {
        assert_eq!(
            attribute(&span.attributes, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
    assert_eq!(attribute(&span.attributes, "tes.session.id"), None);
}

#[tokio::test]
async fn without_one_the_trace_is_the_session_and_no_conversation_id_is_made_up() {
    let harness = harness();
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    let span = harness.span();
    assert_eq!(id(&span), None);
    let trace_id = span.span_context.trace_id().to_string();
    assert_eq!(
        attribute(&span.attributes, "tes.session.id"),
        Some(trace_id)
    );
}

#[tokio::test]
async fn identity_leaves_with_spans_only_if_it_may() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    let ai = harness.ai();
    let conversation = Conversation::new("conv-1")
        .user("canary")
        .metadata("secret", "canary");
    conversation
        .scope(ai.chat().create(ask("Hello!")))
        .await
        .unwrap();
    let span = harness.span();
    assert_eq!(id(&span).as_deref(), Some("conv-1"));
    assert!(!format!("{span:?}").contains("canary"));
    assert!(
        !span
            .attributes
            .iter()
            .any(|a| a.key.as_str().starts_with("tes."))
    );
}

#[tokio::test]
async fn a_scope_survives_awaits_older_spans_and_nesting() {
    let harness = harness();
    let ai = harness.ai();
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    async {
        let older = tracing::info_span!("older");
        Conversation::new("outer")
            .scope(async {
                tokio::task::yield_now().await;
                // Entering a span that is older than the scope replaces the context.
                ai.chat().create(ask("1")).instrument(older).await.unwrap();
                Conversation::new("inner")
                    .scope(ai.chat().create(ask("2")))
                    .await
                    .unwrap();
                ai.chat().create(ask("3")).await.unwrap();
            })
            .await;
    }
    .with_subscriber(subscriber)
    .await;
    let spans = harness.spans();
    let ids: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "chat gpt-4o")
        .map(|span| id(span).unwrap())
        .collect();
    assert_eq!(ids, ["outer", "inner", "outer"]);
    assert_eq!(Conversation::current(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_conversations_over_one_client_do_not_mix() {
    let harness = harness();
    let ai = harness.ai();
    let tasks: Vec<_> = (0..30)
        .map(|number| {
            let (ai, name) = (ai.clone(), format!("conv-{number}"));
            let call = async move {
                for _ in 0..3 {
                    ai.chat().create(ask("Hello!")).await.unwrap();
                    tokio::task::yield_now().await;
                }
            };
            tokio::spawn(Conversation::new(name).scope(call))
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let spans = harness.spans();
    for number in 0..30 {
        let name = format!("conv-{number}");
        let count = spans
            .iter()
            .filter(|span| id(span).as_ref() == Some(&name))
            .count();
        assert_eq!(count, 3, "{name}");
    }
}

#[tokio::test]
async fn the_spawn_helper_takes_the_conversation_and_the_parent_along() {
    let harness = harness();
    let ai = harness.ai();
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    async {
        let call = async {
            let spawned =
                Conversation::spawn(async move { ai.chat().create(ask("Hello!")).await.unwrap() });
            spawned.await.unwrap();
        };
        Conversation::new("conv-1")
            .scope(call.instrument(tracing::info_span!("parent")))
            .await;
    }
    .with_subscriber(subscriber)
    .await;
    let spans = harness.spans();
    let call = spans
        .iter()
        .find(|span| span.name == "chat gpt-4o")
        .unwrap();
    let parent = spans.iter().find(|span| span.name == "parent").unwrap();
    assert_eq!(id(call).as_deref(), Some("conv-1"));
    assert_eq!(call.parent_span_id, parent.span_context.span_id());
}

#[test]
fn synchronous_code_enters_and_leaves() {
    let harness = harness();
    let ai = harness.ai();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    {
        let _entered = Conversation::new("conv-1").enter();
        runtime.block_on(ai.chat().create(ask("Hello!"))).unwrap();
    }
    runtime.block_on(ai.chat().create(ask("Hello!"))).unwrap();
    let spans = harness.spans();
    assert_eq!(
        spans.iter().map(id).collect::<Vec<_>>(),
        [Some("conv-1".to_owned()), None]
    );
}

#[tokio::test]
async fn a_client_may_have_a_default() {
    let harness = harness();
    let wrap = Wrap::new().conversation(Conversation::new("default"));
    let ai = harness.telemetry.wrap_with(harness.bare(), wrap);
    ai.chat().create(ask("1")).await.unwrap();
    Conversation::new("given")
        .scope(ai.chat().create(ask("2")))
        .await
        .unwrap();
    let ids: Vec<_> = harness
        .spans()
        .iter()
        .map(|span| id(span).unwrap())
        .collect();
    assert_eq!(ids, ["default", "given"]);
}

#[test]
fn a_conversation_travels_with_the_opentelemetry_context() {
    let context = {
        let _entered = Conversation::new("conv-1").enter();
        opentelemetry::Context::current()
    };
    assert_eq!(Conversation::current(), None);
    let read = async { Conversation::current().and_then(|c| c.id().map(str::to_owned)) };
    assert_eq!(
        block_on(read.with_context(context)).as_deref(),
        Some("conv-1")
    );
}
