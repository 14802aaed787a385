//! Log lines of the program are its own; what calls say, and the texts of their
//! errors, have a switch each.

use super::support::harness::{Harness, PATIENCE, ask};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Reply, openai};
use opentelemetry_proto::tonic::trace::v1::Span;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Builder, CaptureMode, Otlp, OtlpSignal};

/// An ordinary function that makes a call, and logs around it.
#[tracing::instrument(skip_all, err)]
async fn order(harness: &Harness) -> Result<(), String> {
    tracing::info!(customer = "ann", items = 3, "order loaded");
    let answer = harness.ai().chat().create(ask("canary-prompt")).await;
    tracing::warn!(target: "hyper::proto::h1::io", "flushed 120 bytes");
    tracing::warn!(target: "async_openai::client", "Server error: canary-line");
    tool();
    answer.map(|_| ()).map_err(|error| error.to_string())
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
fn tool() {
    tracing::info!("searching for canary-tool");
}

/// What leaves by OTLP of an order whose call got this answer.
async fn left(reply: Reply, configure: impl FnOnce(Builder) -> Builder) -> Vec<Span> {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&receiver.url())
        .unwrap()
        .without(OtlpSignal::Metrics);
    let harness = Harness::with([reply], |builder| configure(builder.otlp(otlp)));
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    drop(
        order(&harness)
            .with_subscriber(Dispatch::new(subscriber))
            .await,
    );
    harness.telemetry.flush(PATIENCE).unwrap();
    receiver.spans()
}

fn good() -> Reply {
    Reply::json(openai::completion("canary-answer"))
}

fn refused() -> Reply {
    openai::error(400, "invalid_request_error", "canary-error")
}

fn span<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    spans.iter().find(|span| span.name == name).unwrap()
}

fn names(span: &Span) -> Vec<&str> {
    span.events
        .iter()
        .map(|event| event.name.as_str())
        .collect()
}

/// Whether each of these is anywhere in what left.
fn has<const N: usize>(spans: &[Span], canaries: [&str; N]) -> [bool; N] {
    let all = format!("{spans:?}");
    canaries.map(|canary| all.contains(canary))
}

#[tokio::test]
async fn a_log_line_around_a_call_leaves_as_it_was_written() {
    let spans = left(good(), |builder| builder).await;
    let order = span(&spans, "order");
    assert_eq!(names(order), ["order loaded", "flushed 120 bytes", "log"]);
    let fields: Vec<&str> = { order.events[0].attributes.iter() }
        .map(|field| field.key.as_str())
        .collect();
    for field in ["customer", "items"] {
        assert!(fields.contains(&field), "{fields:?}");
    }
}

#[tokio::test]
async fn lines_of_tools_and_of_clients_that_write_texts_are_content() {
    let canaries = ["canary-tool", "canary-line"];
    let spans = left(good(), |builder| builder).await;
    assert_eq!(has(&spans, canaries), [false, false]);
    assert_eq!(names(span(&spans, "execute_tool search")), ["log"]);
    let content = |builder: Builder| builder.capture(CaptureMode::SpanOnly);
    let spans = left(good(), content).await;
    assert_eq!(has(&spans, canaries), [true, false], "it may be an error");
    let both = |builder| content(builder).capture_error_texts(true);
    let spans = left(good(), both).await;
    assert_eq!(has(&spans, canaries), [true, true]);
}

#[tokio::test]
async fn a_client_that_logs_an_answer_which_it_cannot_read_gives_nothing_away() {
    let reply = Reply::json(r#"{"choices": "canary-unreadable"}"#);
    let spans = left(reply, |builder| builder).await;
    let order = span(&spans, "order");
    assert_eq!(
        names(order)[..2],
        ["order loaded", "log"],
        "the client logged it"
    );
    assert_eq!(has(&spans, ["canary-unreadable"]), [false]);
}

#[tokio::test]
async fn texts_of_errors_have_a_switch_of_their_own() {
    for (capture, error_texts) in [
        (CaptureMode::NoContent, false),
        (CaptureMode::NoContent, true),
        (CaptureMode::SpanOnly, false),
        (CaptureMode::SpanOnly, true),
    ] {
        let configure =
            |builder: Builder| builder.capture(capture).capture_error_texts(error_texts);
        let spans = left(refused(), configure).await;
        let is_content = capture == CaptureMode::SpanOnly;
        assert_eq!(
            has(&spans, ["canary-prompt", "canary-error"]),
            [is_content, error_texts],
            "{capture:?}, {error_texts}"
        );
        // Of the function around the call too.
        let text = format!("{:?}", span(&spans, "order"));
        assert_eq!(text.contains("canary-error"), error_texts, "{text}");
    }
}
