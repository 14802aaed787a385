//! Wrapped calls nest under `#[instrument]` functions.

use super::support::anthropic;
use super::support::harness::{Ai, Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use futures::StreamExt as _;
use opentelemetry::SpanId;
use opentelemetry_sdk::trace::SpanData;
use std::collections::HashMap;
use std::sync::Arc;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::Conversation;

fn subscriber(harness: &Harness) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry().with(harness.telemetry.layer())
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    spans.iter().find(|span| span.name == name).unwrap()
}

fn is_parent(spans: &[SpanData], parent: &str, child: &SpanData) -> bool {
    let parent = named(spans, parent);
    child.parent_span_id == parent.span_context.span_id()
        && child.span_context.trace_id() == parent.span_context.trace_id()
}

#[tracing::instrument(skip_all)]
async fn outer(ai: &Ai) {
    inner(ai).await;
}

#[tracing::instrument(skip_all)]
async fn inner(ai: &Ai) {
    ai.chat().create(ask("Hello!")).await.unwrap();
}

#[tracing::instrument(skip_all)]
async fn streaming(ai: &Ai) {
    let mut stream = ai.chat().create_stream(ask("Hello!")).await.unwrap();
    while let Some(chunk) = stream.next().await {
        chunk.unwrap();
    }
}

#[tokio::test]
async fn a_call_is_a_child_of_the_innermost_function() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    outer(&harness.ai())
        .with_subscriber(subscriber(&harness))
        .await;
    let spans = harness.spans();
    let call = named(&spans, "chat gpt-4o");
    assert!(
        is_parent(&spans, "inner", call),
        "{}",
        turnspan::span_tree(&spans)
    );
    assert!(is_parent(&spans, "outer", named(&spans, "inner")));
}

#[tokio::test]
async fn a_stream_that_another_task_reads_keeps_its_parent() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi."], true))]);
    streaming(&harness.ai())
        .with_subscriber(subscriber(&harness))
        .await;
    let spans = harness.spans();
    assert!(is_parent(&spans, "streaming", named(&spans, "chat gpt-4o")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_tasks_do_not_mix_their_parents() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    let ai = harness.ai();
    async {
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let ai = ai.clone();
                let span = tracing::info_span!("task", otel.name = format!("task {number}"));
                let call = async move { ai.chat().create(ask("Hello!")).await.unwrap() };
                tokio::spawn(call.instrument(span).with_current_subscriber())
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    .with_subscriber(subscriber(&harness))
    .await;
    let spans = harness.spans();
    for number in 0..20 {
        let parent = named(&spans, &format!("task {number}"))
            .span_context
            .span_id();
        let children = spans.iter().filter(|span| span.parent_span_id == parent);
        assert_eq!(children.count(), 1, "task {number}");
    }
}

#[tokio::test]
async fn a_call_outside_any_function_is_a_root() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(harness.span().parent_span_id, SpanId::INVALID);
}

/// One of many tasks: its span, its conversation, one call.
#[tracing::instrument(skip_all, fields(task = task))]
async fn one_of_many(harness: &Arc<Harness>, task: usize) {
    let call = {
        let harness = Arc::clone(harness);
        async move {
            let answer = Seam::Reqwest.call(&harness, Format::OpenAi, true).await;
            answer.unwrap()
        }
    };
    match task % 4 {
        // Read where it was made.
        0 => drop(drain(call.await).await),
        // Made in a task of its own.
        1 => drop(drain(Conversation::spawn(call).await.unwrap()).await),
        // Read in a task that knows nothing of either.
        2 => drop(tokio::spawn(drain(call.await)).await.unwrap()),
        // Told by synchronous code.
        _ => told(harness),
    }
}

#[tracing::instrument(skip_all)]
fn told(harness: &Harness) {
    let request = Format::OpenAi.request(false).to_string();
    let call = harness
        .telemetry
        .record("https://api.openai.com/v1/chat/completions", request);
    call.response(openai::completion("Hi.").to_string());
}

async fn a_thousand_at_once() {
    const TASKS: usize = 1_000;
    let harness = Arc::new(Harness::start([Reply::sse(openai::stream(
        &["Hel", "lo."],
        true,
    ))]));
    let subscriber = tracing::Dispatch::new(subscriber(&harness));
    let tasks = (0..TASKS).map(|task| {
        let harness = Arc::clone(&harness);
        let conversation = Conversation::new(format!("c{task}"));
        let one = async move { conversation.scope(one_of_many(&harness, task)).await };
        tokio::spawn(one.with_subscriber(subscriber.clone()))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let spans = harness.spans();
    let calls: Vec<&SpanData> = spans
        .iter()
        .filter(|span| span.name == "chat gpt-4o")
        .collect();
    assert_eq!(calls.len(), TASKS);
    let by_id: HashMap<SpanId, &SpanData> = spans
        .iter()
        .map(|span| (span.span_context.span_id(), span))
        .collect();
    for call in calls {
        let parent = by_id[&call.parent_span_id];
        // The synchronous function lies between.
        let function = match parent.name.as_ref() {
            "told" => by_id[&parent.parent_span_id],
            _ => parent,
        };
        let task = attribute(&function.attributes, "task").unwrap();
        let conversation = attribute(&call.attributes, "gen_ai.conversation.id").unwrap();
        assert_eq!(conversation, format!("c{task}"));
        assert_eq!(
            call.span_context.trace_id(),
            function.span_context.trace_id()
        );
    }
}

#[tokio::test]
async fn a_thousand_interleaved_tasks_of_one_thread_keep_their_parents_and_conversations() {
    a_thousand_at_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_interleaved_tasks_of_many_threads_keep_their_parents_and_conversations() {
    a_thousand_at_once().await;
}

/// A function that only makes a stream, which others read: the shape in which
/// spans were orphaned elsewhere (adk-rust#641).
#[tracing::instrument(skip_all)]
async fn makes_a_stream(
    harness: &Harness,
) -> futures::stream::BoxStream<'static, Result<bytes::Bytes, String>> {
    Seam::Reqwest
        .call(harness, Format::OpenAi, true)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_stream_that_outlives_the_function_that_made_it_is_its_child() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi."], true))]);
    let stream = makes_a_stream(&harness)
        .with_subscriber(subscriber(&harness))
        .await;
    drain(stream).await;
    let spans = harness.spans();
    let call = named(&spans, "chat gpt-4o");
    assert!(is_parent(&spans, "makes_a_stream", call));
    // It ends when its last byte was read, not when its maker returned.
    assert!(call.end_time >= named(&spans, "makes_a_stream").end_time);
}

#[tokio::test]
async fn a_bare_spawn_loses_the_parent_and_the_helper_keeps_it() {
    #[tracing::instrument(skip_all)]
    async fn spawns(harness: &Arc<Harness>) {
        let call = |harness: Arc<Harness>| async move { told(&harness) };
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let bare = call(Arc::clone(harness)).with_subscriber(dispatch.clone());
        tokio::spawn(bare).await.unwrap();
        let helped = call(Arc::clone(harness)).with_subscriber(dispatch);
        Conversation::spawn(helped).await.unwrap();
    }
    let harness = Arc::new(Harness::start([]));
    spawns(&harness).with_subscriber(subscriber(&harness)).await;
    let spans = harness.spans();
    let mut told = spans.iter().filter(|span| span.name == "told");
    let (bare, helped) = (told.next().unwrap(), told.next().unwrap());
    assert_eq!(bare.parent_span_id, SpanId::INVALID);
    assert!(is_parent(&spans, "spawns", helped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_belongs_where_it_is_awaited_and_on_its_own_task_where_it_was_made() {
    let harness = Harness::start([Reply::json(anthropic::message("Hi."))]);
    let request = || {
        let request = harness.http.post(Format::Anthropic.url(&harness));
        request.body(Format::Anthropic.request(false).to_string())
    };
    let made = harness.telemetry.send(request());
    let scope = Conversation::new("around");
    scope.scope(made).await.unwrap().bytes().await.unwrap();
    let made = {
        let _conversation = Conversation::new("before").enter();
        harness.telemetry.send(request())
    };
    let answered = tokio::spawn(made).await.unwrap();
    answered.unwrap().bytes().await.unwrap();
    let spans = harness.spans();
    let ids = spans
        .iter()
        .map(|span| attribute(&span.attributes, "gen_ai.conversation.id"));
    let ids: Vec<_> = ids.map(Option::unwrap_or_default).collect();
    assert_eq!(ids, ["around", "before"]);
}
