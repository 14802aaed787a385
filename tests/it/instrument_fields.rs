//! `#[instrument]` functions with `gen_ai.*` fields are proper spans.

use super::support::harness::{Harness, PATIENCE, attribute};
use super::support::seams::{Format, Seam, drain};
use super::support::{anthropic, provider::Reply};
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Array, Value};
use opentelemetry_sdk::trace::SpanData;
use std::time::Duration;
use tracing::field::Empty;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::lifecycle::{FirstToken, PromptSent, ResponseReceived, Retry, ToolCall};
use turnspan::{Conventions, Conversation};

fn subscriber(harness: &Harness) -> impl tracing::Subscriber + Send + Sync + use<> {
    tracing_subscriber::registry().with(harness.telemetry.layer())
}

fn value(span: &SpanData, key: &str) -> Option<Value> {
    let mut found = span.attributes.iter().filter(|a| a.key.as_str() == key);
    let value = found.next().map(|attribute| attribute.value.clone());
    assert!(found.next().is_none(), "{key} is there twice");
    value
}

fn list(items: &[&'static str]) -> Value {
    Value::Array(Array::String(
        items.iter().map(|item| (*item).into()).collect(),
    ))
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "chat",
    gen_ai.provider.name = "openai",
    gen_ai.request.model = "gpt-4o",
    gen_ai.request.temperature = 1,
    gen_ai.request.stop_sequences = ?["END"],
    gen_ai.usage.input_tokens = Empty,
    gen_ai.usage.output_tokens = Empty,
    gen_ai.response.finish_reasons = Empty,
))]
fn chat_by_hand() {
    let span = tracing::Span::current();
    PromptSent::new("chat")
        .model("gpt-4o")
        .message_count(2)
        .add_to(&span);
    Retry::new(1, "rate_limit", Duration::from_millis(20))
        .status(429)
        .add_to(&span);
    FirstToken::new().tokens_so_far(1).add_to(&span);
    ToolCall::new("search").id("call_1").add_to(&span);
    ResponseReceived::new()
        .model("gpt-4o-2024-08-06")
        .finish_reason("tool_calls")
        .input_tokens(12)
        .output_tokens(7)
        .add_to(&span);
    span.record("gen_ai.usage.input_tokens", 12_u64);
    span.record("gen_ai.usage.output_tokens", 7_usize);
    span.record(
        "gen_ai.response.finish_reasons",
        tracing::field::debug(["tool_calls"]),
    );
}

#[test]
fn numbers_are_numbers_lists_are_lists_and_late_fields_are_kept() {
    let harness = Harness::with_content([]);
    tracing::subscriber::with_default(subscriber(&harness), chat_by_hand);
    let span = harness.span();
    assert_eq!(span.name, "chat gpt-4o");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(
        value(&span, "gen_ai.request.temperature"),
        Some(Value::F64(1.0))
    );
    assert_eq!(
        value(&span, "gen_ai.request.stop_sequences"),
        Some(list(&["END"]))
    );
    assert_eq!(
        value(&span, "gen_ai.usage.input_tokens"),
        Some(Value::I64(12))
    );
    assert_eq!(
        value(&span, "gen_ai.usage.output_tokens"),
        Some(Value::I64(7))
    );
    assert_eq!(
        value(&span, "gen_ai.response.finish_reasons"),
        Some(list(&["tool_calls"]))
    );
    let events: Vec<&str> = span
        .events
        .iter()
        .map(|event| event.name.as_ref())
        .collect();
    assert_eq!(
        events,
        [
            "gen_ai.prompt.sent",
            "gen_ai.retry",
            "gen_ai.stream.first_token",
            "gen_ai.tool.call",
            "gen_ai.response.received",
        ]
    );
    // Stores that sort them by time have the same order.
    let times = span.events.iter().map(|event| event.timestamp);
    assert!(times.is_sorted_by(|one, next| one < next));
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "invoke_agent",
    gen_ai.provider.name = "anthropic",
    gen_ai.agent.name = Empty,
))]
async fn agent(harness: &Harness) {
    tracing::Span::current().record("gen_ai.agent.name", "shopper");
    search();
    let answer = Seam::Reqwest.call(harness, Format::Anthropic, false).await;
    drain(answer.unwrap()).await;
}

#[tracing::instrument(fields(gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
fn search() {}

#[tokio::test]
async fn they_take_the_name_and_kind_of_their_operation_and_stand_beside_wrapped_calls() {
    let harness = Harness::start([Reply::json(anthropic::message("Hi."))]);
    Conversation::new("c1")
        .scope(agent(&harness))
        .with_subscriber(subscriber(&harness))
        .await;
    let spans = harness.spans();
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("{}", turnspan::span_tree(&spans)))
    };
    let (agent, tool) = (named("invoke_agent shopper"), named("execute_tool search"));
    let call = named("chat claude-sonnet-4");
    assert_eq!(agent.span_kind, SpanKind::Internal);
    assert_eq!(tool.span_kind, SpanKind::Internal);
    // The conventions have none on tool spans.
    for span in [agent, call] {
        let id = attribute(&span.attributes, "gen_ai.conversation.id");
        assert_eq!(id.as_deref(), Some("c1"), "{}", span.name);
    }
    for child in [tool, call] {
        assert_eq!(child.parent_span_id, agent.span_context.span_id());
    }
}

#[tracing::instrument(fields(
    otel.name = "look it up", otel.kind = "client",
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search",
))]
fn named_by_hand() {}

#[tracing::instrument(err, fields(gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
fn failing() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("no luck"))
}

#[tracing::instrument(fields(attempts = 3_u64))]
fn ordinary() {}

#[test]
fn what_fields_say_outright_holds_and_other_spans_are_let_be() {
    let spans = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let telemetry = turnspan::builder()
        .span_exporter(spans.clone())
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        named_by_hand();
        ordinary();
        failing().unwrap_err();
    });
    telemetry.flush(PATIENCE).unwrap();
    let spans = spans.get_finished_spans().unwrap();
    assert_eq!(spans[0].name, "look it up");
    assert_eq!(spans[0].span_kind, SpanKind::Client);
    assert_eq!(spans[1].name, "ordinary");
    assert_eq!(value(&spans[1], "attempts"), Some("3".into()));
    assert_eq!(spans[2].name, "execute_tool search");
    assert!(matches!(spans[2].status, Status::Error { .. }));
    assert_eq!(value(&spans[2], "error.type"), Some("_OTHER".into()));
}

#[test]
fn lifecycle_events_are_for_spans_of_opentelemetry_too() {
    use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
    let kept = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
        .with_simple_exporter(kept.clone())
        .build();
    let mut span = provider.tracer("by hand").start("chat");
    FirstToken::new().add_to(&mut span);
    let context = opentelemetry::Context::new().with_span(span);
    ToolCall::new("search").arguments("{}").add_to(&context);
    ResponseReceived::new().add_to(&context.span());
    drop(context);
    let span = kept.get_finished_spans().unwrap().remove(0);
    let events: Vec<&str> = span
        .events
        .iter()
        .map(|event| event.name.as_ref())
        .collect();
    assert_eq!(
        events,
        [
            "gen_ai.stream.first_token",
            "gen_ai.tool.call",
            "gen_ai.response.received"
        ]
    );
}

#[test]
fn the_last_word_on_a_field_holds_and_an_operation_may_come_late() {
    let harness = Harness::start([]).lawless();
    tracing::subscriber::with_default(subscriber(&harness), || {
        let _conversation = Conversation::new("c1").enter();
        let span = tracing::info_span!(
            "ask",
            gen_ai.operation.name = Empty,
            gen_ai.request.model = "a",
            gen_ai.request.max_tokens = ?None::<u32>,
            gen_ai.usage.output_tokens = Empty,
        );
        let _entered = span.enter();
        span.record("gen_ai.request.model", "b");
        span.record("gen_ai.operation.name", "chat");
        for tokens in [1_u64, 2] {
            span.record("gen_ai.usage.output_tokens", tokens);
        }
    });
    let span = harness.span();
    assert_eq!(span.name, "chat b");
    assert_eq!(value(&span, "gen_ai.request.model"), Some("b".into()));
    assert_eq!(value(&span, "gen_ai.usage.output_tokens"), Some(2.into()));
    assert_eq!(value(&span, "gen_ai.conversation.id"), Some("c1".into()));
    assert_eq!(value(&span, "gen_ai.request.max_tokens"), None);
}

#[tokio::test]
async fn a_tool_names_the_agent_around_it_in_the_latest_state() {
    for (conventions, expected) in [
        (Conventions::Published, None),
        (Conventions::Latest, Some("shopper")),
    ] {
        let harness = Harness::with([Reply::json(anthropic::message("Hi."))], |builder| {
            builder.semconv(conventions)
        });
        let order = harness.telemetry.interaction("orders").begin();
        let subscriber = subscriber(&harness);
        let both = async {
            agent(&harness).await;
            nested();
        };
        order.scope(both.with_subscriber(subscriber)).await;
        order.finish();
        let spans = harness.spans();
        let agents: Vec<_> = spans
            .iter()
            .filter(|span| span.name == "execute_tool search")
            .map(|span| attribute(&span.attributes, "gen_ai.agent.name"))
            .collect();
        let of_interaction = expected.map(|_| "orders".to_owned());
        assert_eq!(agents, [expected.map(str::to_owned), of_interaction]);
    }
}

/// An ordinary function between an agent and its tool.
#[tracing::instrument]
fn nested() {
    search();
}
