//! Calls as log records: content in structure, errors, and moments.

use super::support::harness::{Harness, PATIENCE, attribute, tes_at};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use super::support::tes_receiver::TesReceiver;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use turnspan::{CaptureMode, Conversation, Otlp};

const DETAILS: &str = "gen_ai.client.inference.operation.details";
const EXCEPTION: &str = "gen_ai.client.operation.exception";

fn field<'a>(fields: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let found = fields.iter().find(|field| field.key == key)?;
    found.value.as_ref()?.value.as_ref()
}

fn text(fields: &[KeyValue], key: &str) -> String {
    match field(fields, key) {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("{key}: {other:?}"),
    }
}

fn items(value: Option<&Value>) -> Vec<AnyValue> {
    match value {
        Some(Value::ArrayValue(list)) => list.values.clone(),
        other => panic!("{other:?} is no list"),
    }
}

fn map(value: &AnyValue) -> Vec<KeyValue> {
    match &value.value {
        Some(Value::KvlistValue(map)) => map.values.clone(),
        other => panic!("{other:?} is no map"),
    }
}

/// What a call leaves behind.
async fn told(
    capture: CaptureMode,
    moments: bool,
    reply: Reply,
) -> (Harness, OtlpReceiver, Vec<LogRecord>) {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&receiver.url()).unwrap();
    let harness = Harness::with([reply], |builder| {
        let builder = builder.otlp(otlp).capture(capture);
        builder.capture_error_texts(true).moments_as_logs(moments)
    });
    let call = async {
        let answer = Seam::Reqwest.call(&harness, Format::OpenAi, false).await;
        drain(answer.unwrap()).await;
    };
    Conversation::new("c1")
        .user("canary-user")
        .scope(call)
        .await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let logs = receiver.logs();
    (harness, receiver, logs)
}

fn tool_call() -> Reply {
    Reply::json(openai::tool_call("call_1", "search", r#"{"q":"shoes"}"#))
}

#[tokio::test]
async fn content_is_structured_on_events_and_not_on_spans() {
    let (harness, receiver, logs) = told(CaptureMode::EventOnly, false, tool_call()).await;
    let [record] = &logs[..] else {
        panic!("{logs:?}");
    };
    assert_eq!(record.event_name, DETAILS);
    assert_eq!(record.severity_number, 9);
    let span = harness.span();
    let ids = (span.span_context.trace_id(), span.span_context.span_id());
    assert_eq!(record.trace_id, ids.0.to_bytes());
    assert_eq!(record.span_id, ids.1.to_bytes());
    let fields = &record.attributes;
    assert_eq!(text(fields, "gen_ai.request.model"), "gpt-4o");
    assert_eq!(
        field(fields, "gen_ai.usage.input_tokens"),
        Some(&Value::IntValue(12))
    );
    let asked = map(&items(field(fields, "gen_ai.input.messages"))[0]);
    assert_eq!(text(&asked, "role"), "user");
    assert_eq!(
        text(&map(&items(field(&asked, "parts"))[0]), "content"),
        "Hello!"
    );
    let said = map(&items(field(fields, "gen_ai.output.messages"))[0]);
    assert_eq!(text(&said, "finish_reason"), "tool_call");
    let call = map(&items(field(&said, "parts"))[0]);
    let arguments = AnyValue {
        value: field(&call, "arguments").cloned(),
    };
    assert_eq!(text(&map(&arguments), "q"), "shoes");
    assert!(!format!("{fields:?}").contains("canary-user"));
    // Nothing of it is on the span, in either pipeline.
    assert_eq!(attribute(&span.attributes, "gen_ai.input.messages"), None);
    assert!(!format!("{:?}", receiver.spans()).contains("Hello!"));
    let account = harness.telemetry.stats().destinations["logs"].clone();
    assert_eq!((account.made, account.delivered), (1, 1), "{account}");
}

#[tokio::test]
async fn content_may_be_on_both() {
    let (harness, _receiver, logs) = told(CaptureMode::SpanAndEvent, false, tool_call()).await;
    assert_eq!(
        items(field(&logs[0].attributes, "gen_ai.input.messages")).len(),
        1
    );
    let on_span = attribute(&harness.span().attributes, "gen_ai.input.messages").unwrap();
    assert!(on_span.contains("Hello!"));
}

#[tokio::test]
async fn an_error_that_the_caller_got_is_a_record_of_its_own() {
    let refusal = openai::error(429, "rate_limit_error", "Slow down.");
    let (_harness, _receiver, logs) = told(CaptureMode::EventOnly, false, refusal).await;
    let names: Vec<_> = logs
        .iter()
        .map(|record| record.event_name.as_str())
        .collect();
    assert_eq!(names, [EXCEPTION, DETAILS]);
    assert_eq!(logs[0].severity_number, 13);
    // A status is the type of no exception.
    assert!(field(&logs[0].attributes, "exception.type").is_none());
    assert_eq!(text(&logs[0].attributes, "error.type"), "429");
    assert_eq!(text(&logs[0].attributes, "exception.message"), "Slow down.");
}

#[tokio::test]
async fn the_type_of_an_exception_is_the_providers_name_for_it() {
    let error = serde_json::json!({"error": {"type": "overloaded", "message": "Busy."}});
    let reply = Reply::sse([error]);
    let (harness, _receiver, logs) = told(CaptureMode::EventOnly, false, reply).await;
    let error_type = attribute(&harness.span().attributes, "error.type").unwrap();
    assert_eq!(text(&logs[0].attributes, "exception.type"), error_type);
    assert_eq!(text(&logs[0].attributes, "exception.message"), "Busy.");
}

#[tokio::test]
async fn an_exception_without_a_type_and_a_text_has_a_text_of_ours() {
    let refusal = Reply::status(503);
    let (_harness, _receiver, logs) = told(CaptureMode::EventOnly, false, refusal).await;
    let message = text(&logs[0].attributes, "exception.message");
    assert_eq!(message, "the provider answered with status 503");
}

#[tokio::test]
async fn arguments_of_a_tool_call_are_structured_on_its_record() {
    let (_harness, _receiver, logs) = told(CaptureMode::SpanAndEvent, true, tool_call()).await;
    let call = logs.iter().find(|it| it.event_name == "gen_ai.tool.call");
    let arguments = field(&call.unwrap().attributes, "gen_ai.tool.call.arguments");
    let arguments = AnyValue {
        value: arguments.cloned(),
    };
    assert_eq!(text(&map(&arguments), "q"), "shoes");
}

#[tokio::test]
async fn moments_are_records_if_asked_for_and_have_no_content() {
    let (_harness, _receiver, logs) = told(CaptureMode::NoContent, true, tool_call()).await;
    let names: Vec<_> = logs
        .iter()
        .map(|record| record.event_name.as_str())
        .collect();
    let expected = [
        "gen_ai.prompt.sent",
        "gen_ai.tool.call",
        "gen_ai.response.received",
    ];
    assert_eq!(names, expected);
    assert!(!format!("{logs:?}").contains("shoes"));
    let times: Vec<_> = logs.iter().map(|record| record.time_unix_nano).collect();
    assert!(times.is_sorted());
}

#[tokio::test]
async fn without_either_there_are_none() {
    let (harness, _receiver, logs) = told(CaptureMode::SpanOnly, false, tool_call()).await;
    assert!(logs.is_empty());
    assert!(!harness.telemetry.stats().destinations.contains_key("logs"));
}

#[tokio::test]
async fn what_is_told_here_is_not_told_to_tes_where_that_is_off() {
    let tes = TesReceiver::start();
    let settings = tes_at(&tes.url(), "tes_key").capture_content(false);
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&receiver.url()).unwrap();
    let harness = Harness::with([tool_call()], |builder| {
        builder
            .otlp(otlp)
            .tes(settings)
            .capture(CaptureMode::EventOnly)
    });
    let answer = Seam::Reqwest.call(&harness, Format::OpenAi, false).await;
    drain(answer.unwrap()).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    assert!(!receiver.logs().is_empty());
    let turns = tes.accepted_as_text();
    assert_eq!(turns.len(), 1);
    assert!(
        !turns[0].contains("Hello!") && !turns[0].contains("shoes"),
        "{turns:?}"
    );
}

#[test]
fn a_call_that_said_too_much_for_a_record_tells_its_numbers() {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&receiver.url()).unwrap();
    let builder = turnspan::builder().otlp(otlp);
    let builder = builder
        .capture(CaptureMode::EventOnly)
        .capture_error_texts(true);
    let telemetry = builder.build().unwrap();
    for length in [1_000, 300_000] {
        let request = serde_json::json!({"model": "m", "messages": [
            {"role": "user", "content": "x".repeat(length)}]});
        let url = "https://api.openai.com/v1/chat/completions";
        let call = telemetry.record(url, request.to_string());
        call.response(openai::completion("Hi.").to_string());
    }
    telemetry.flush(PATIENCE).unwrap();
    let said: Vec<_> = receiver
        .logs()
        .iter()
        .map(|record| field(&record.attributes, "gen_ai.input.messages").is_some())
        .collect();
    assert_eq!(said, [true, false]);
    assert_eq!(telemetry.stats().faults[&turnspan::Fault::ContentShed], 1);
}

#[test]
fn a_receiver_of_records_that_is_dead_is_in_the_books_and_in_the_answer() {
    let otlp = Otlp::traces("http://127.0.0.1:9/v1/traces").unwrap();
    let otlp = otlp
        .without(turnspan::OtlpSignal::Traces)
        .endpoint_of(turnspan::OtlpSignal::Logs, "http://127.0.0.1:9/v1/logs")
        .unwrap();
    let otlp = otlp.timeout(std::time::Duration::from_millis(200));
    let builder = turnspan::builder().otlp(otlp);
    let builder = builder
        .capture(CaptureMode::EventOnly)
        .capture_error_texts(true);
    let telemetry = builder.build().unwrap();
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    call.response(openai::completion("Hi.").to_string());
    let error = telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost.get("logs"), Some(&1), "{error}");
    telemetry.shutdown(PATIENCE).unwrap();
    let account = telemetry.stats().destinations["logs"].clone();
    assert!(account.balances() && account.queued == 0, "{account}");
}

#[test]
fn tools_have_their_descriptions_and_parameters_only_if_asked_for() {
    for full in [false, true] {
        let receiver = OtlpReceiver::start();
        let telemetry = turnspan::builder()
            .otlp(Otlp::new(&receiver.url()).unwrap())
            .capture(CaptureMode::SpanAndEvent)
            .full_tool_definitions(full)
            .build()
            .unwrap();
        let request = serde_json::json!({"model": "m", "tools": [{"type": "function",
            "function": {"name": "search", "description": "Finds shoes.",
                "parameters": {"type": "object", "title": "Wanted"}}}]});
        let url = "https://api.openai.com/v1/chat/completions";
        let call = telemetry.record(url, request.to_string());
        call.response(openai::completion("Hi.").to_string());
        telemetry.flush(PATIENCE).unwrap();
        let spans = format!("{:?}", receiver.spans());
        let logs = format!("{:?}", receiver.logs());
        for left in [spans, logs] {
            assert!(left.contains("search"), "{left}");
            assert_eq!(left.contains("Finds shoes."), full, "{left}");
            assert_eq!(left.contains("Wanted"), full, "{left}");
        }
    }
}
