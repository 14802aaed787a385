//! How calls end: each once, by its name, with what is known.

use super::support::harness::{Ai, Harness, ask, attribute};
use super::support::provider::{Reply, openai};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use futures::StreamExt as _;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use turnspan::Wrap;

fn outcome(span: &SpanData) -> (String, Option<String>) {
    let outcome = attribute(&span.attributes, "turnspan.outcome").unwrap();
    (outcome, attribute(&span.attributes, "error.type"))
}

fn ended(outcome: &str, error_type: &str) -> (String, Option<String>) {
    (outcome.to_owned(), Some(error_type.to_owned()))
}

fn is_received(span: &SpanData) -> bool {
    span.events
        .iter()
        .any(|event| event.name == "gen_ai.response.received")
}

async fn read_all(ai: &Ai) -> Result<usize, OpenAIError> {
    let mut stream = ai.chat().create_stream(ask("Hello!")).await?;
    let mut count = 0;
    while let Some(chunk) = stream.next().await {
        chunk?;
        count += 1;
    }
    Ok(count)
}

#[tokio::test]
async fn a_refusal_is_a_provider_error_by_its_status_and_the_caller_gets_the_same_error() {
    let harness = Harness::start([openai::error(401, "invalid_request_error", "Bad key.")]);
    let bare = harness
        .bare()
        .chat()
        .create(ask("Hello!"))
        .await
        .unwrap_err();
    let wrapped = harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    assert_eq!(format!("{wrapped:?}"), format!("{bare:?}"));
    let span = harness.span();
    assert_eq!(outcome(&span), ended("provider_error", "401"));
    assert_eq!(span.status, Status::error(""));
    assert!(!is_received(&span));
}

#[tokio::test]
async fn with_content_the_refusals_text_describes_the_status() {
    let harness = Harness::with_content([openai::error(
        400,
        "invalid_request_error",
        "No such model.",
    )]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    assert_eq!(harness.span().status, Status::error("No such model."));
}

#[tokio::test]
async fn the_providers_code_is_on_the_span_however_the_error_came_and_without_content() {
    let error = json!({"error": {"type": "quota", "code": "no_credit", "message": "Pay."}});
    let refused = || Reply::status(402);
    let event = format!("data: {error}\n\n");
    for (reply, error_type) in [
        (refused().body(error.to_string()), "402"),
        (
            refused()
                .header("content-type", "text/event-stream")
                .body(event),
            "402",
        ),
        (Reply::sse([error.clone()]), "quota"),
        (Reply::json(&error), "quota"),
    ] {
        let harness = Harness::start([reply]);
        let ai = harness.ai();
        drop(ai.chat().create(ask("Hello!")).await);
        let span = harness.span();
        assert_eq!(outcome(&span), ended("provider_error", error_type));
        let code = attribute(&span.attributes, "turnspan.error.code");
        assert_eq!(code.as_deref(), Some("no_credit"));
        assert_eq!(span.status, Status::error(""));
    }
}

#[tokio::test]
async fn the_code_of_the_last_refusal_stands_where_a_client_gave_up() {
    let error = json!({"error": {"type": "requests", "code": "too_many", "message": "Wait."}});
    let refused = || {
        let refused = Reply::status(429).header("retry-after-ms", "1");
        refused.body(error.to_string())
    };
    let harness = Harness::start((0..16).map(|_| refused()));
    drop(harness.ai().chat().create(ask("Hello!")).await);
    let span = harness.span();
    assert_eq!(outcome(&span), ended("provider_error", "429"));
    let code = attribute(&span.attributes, "turnspan.error.code");
    assert_eq!(code.as_deref(), Some("too_many"));
}

#[tokio::test]
async fn words_of_an_error_need_be_no_json_and_no_refusal_but_pages_are_no_words() {
    for (reply, error_type, words) in [
        (
            Reply::status(400).body("Bad gateway key."),
            "400",
            "Bad gateway key.",
        ),
        (Reply::status(400).body("<html>Bad.</html>"), "400", ""),
        (
            Reply::json(json!({"detail": "No such model."})),
            "_OTHER",
            "No such model.",
        ),
    ] {
        let harness = Harness::with_content([reply]);
        drop(harness.ai().chat().create(ask("Hello!")).await);
        let span = harness.span();
        assert_eq!(outcome(&span), ended("provider_error", error_type));
        assert_eq!(span.status, Status::error(words));
    }
}

#[tokio::test]
async fn an_error_frame_in_a_stream_is_a_provider_error() {
    let events = [
        openai::chunk(&json!({"role": "assistant", "content": "Hel"}), None),
        json!({"error": {"type": "server_error", "message": "Overloaded."}}),
    ];
    let harness = Harness::with_content([Reply::sse(events)]);
    read_all(&harness.ai()).await.unwrap_err();
    let span = harness.span();
    assert_eq!(outcome(&span), ended("provider_error", "server_error"));
    // What had come is kept, and its finish reason shows that it is a part.
    assert_eq!(
        attribute(&span.attributes, "gen_ai.response.finish_reasons").unwrap(),
        r#"["error"]"#
    );
    assert!(
        attribute(&span.attributes, "gen_ai.output.messages")
            .unwrap()
            .contains("Hel")
    );
}

#[tokio::test]
async fn a_connection_that_cannot_be_made_is_a_transport_error() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let harness = Harness::start([]);
    let config = OpenAIConfig::new()
        .with_api_base(format!("http://{closed}/v1"))
        .with_api_key("k");
    let ai = harness.telemetry.wrap(Client::with_config(config));
    ai.chat().create(ask("Hello!")).await.unwrap_err();
    let span = harness.span();
    assert_eq!(outcome(&span), ended("transport_error", "connection"));
    let retries = span
        .events
        .iter()
        .filter(|event| event.name == "gen_ai.retry");
    assert_eq!(retries.count(), 3, "the client's own retries stay");
}

#[tokio::test]
async fn a_stream_that_breaks_is_a_transport_error_and_the_caller_sees_it_break() {
    let harness = Harness::start([Reply::sse(openai::stream(&["a", "b"], false)).cut_after(2)]);
    read_all(&harness.ai()).await.unwrap_err();
    let span = harness.span();
    assert_eq!(outcome(&span), ended("transport_error", "connection"));
    assert!(!is_received(&span));
}

#[tokio::test]
async fn a_stream_that_ends_before_its_answer_does_is_no_success() {
    let events = [openai::chunk(
        &json!({"role": "assistant", "content": "Hel"}),
        None,
    )];
    let harness = Harness::start([Reply::sse(events).without_done()]);
    read_all(&harness.ai()).await.unwrap();
    assert_eq!(
        outcome(&harness.span()),
        ended("transport_error", "connection")
    );
}

#[tokio::test]
async fn a_stream_without_its_terminator_whose_answer_finished_is_complete() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi."], false)).without_done()]);
    read_all(&harness.ai()).await.unwrap();
    assert_eq!(outcome(&harness.span()), ("completed".to_owned(), None));
}

#[tokio::test]
async fn a_time_limit_of_the_client_is_a_deadline() {
    let harness = Harness::start([
        Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60))
    ]);
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let ai = harness
        .telemetry
        .wrap_with(harness.bare(), Wrap::new().http(http));
    ai.chat().create(ask("Hello!")).await.unwrap_err();
    assert_eq!(outcome(&harness.span()), ended("deadline", "timeout"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_its_caller_lets_go_of_is_dropped() {
    let late = Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60));
    let harness = Harness::start([late]);
    let ai = harness.ai();
    let call = tokio::spawn(async move { ai.chat().create(ask("Hello!")).await });
    tokio::task::block_in_place(|| harness.provider.wait_for(1));
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let span = harness.span();
    assert_eq!(outcome(&span), ended("dropped", "cancelled"));
    assert!(!is_received(&span));
}

#[tokio::test]
async fn a_stream_that_its_reader_lets_go_of_is_dropped_with_what_had_come() {
    let harness =
        Harness::with_content([Reply::sse(openai::stream(&["Hel", "lo."], true)).hang_after(2)]);
    let ai = harness.ai();
    let mut stream = ai.chat().create_stream(ask("Hello!")).await.unwrap();
    stream.next().await.unwrap().unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    // The client's reader task notices on its next turn.
    while harness.telemetry.stats().destinations["exporter"].made == 0 {
        tokio::task::yield_now().await;
    }
    let span = harness.span();
    assert_eq!(outcome(&span), ended("dropped", "cancelled"));
    assert!(
        attribute(&span.attributes, "gen_ai.output.messages")
            .unwrap()
            .contains("Hel")
    );
    assert!(
        !span
            .attributes
            .iter()
            .any(|a| a.key.as_str().starts_with("gen_ai.usage"))
    );
}

#[tokio::test]
async fn an_answer_that_is_none_is_no_success_and_the_caller_gets_it() {
    let harness = Harness::start([Reply::status(200).body("<html>")]);
    let error = harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    assert!(
        matches!(error, OpenAIError::JSONDeserialize(..)),
        "{error:?}"
    );
    assert_eq!(outcome(&harness.span()), ended("provider_error", "_OTHER"));
    assert_eq!(
        harness.telemetry.stats().faults[&turnspan::Fault::UnreadResponse],
        1
    );
}
