//! Wrapped calls nest under `#[instrument]` functions.

use super::support::harness::{Ai, Harness, ask};
use super::support::provider::{Reply, openai};
use futures::StreamExt as _;
use opentelemetry::SpanId;
use opentelemetry_sdk::trace::SpanData;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;

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
