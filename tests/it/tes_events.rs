//! A call becomes the `CHAT_TURN` that the TES SDKs would have sent.

use super::support::anthropic;
use super::support::harness::{Harness, PATIENCE, ask, request, tes_at};
use super::support::provider::{Reply, openai};
use super::support::seams::Format;
use super::support::tes_receiver::{Received, TesReceiver};
use async_graphql::Value as Ordered;
use async_openai::types::chat::CreateChatCompletionRequest;
use futures::StreamExt as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use turnspan::{CaptureMode, Conversation, Tes, TesExporter, Wrap};

/// Settings as the captured cases had them.
fn tes(receiver: &TesReceiver) -> Tes {
    tes_at(&receiver.url(), "tes_acme_fakekey").source("pentatonic-ai-sdk")
}

fn harness(reply: Reply, tes: Tes) -> Harness {
    Harness::with([reply], |builder| builder.tes(tes))
}

/// A request body with the order of its fields kept.
fn ordered(body: &[u8]) -> Ordered {
    serde_json::from_slice(body).unwrap()
}

fn fields(object: &Ordered) -> Vec<(String, Ordered)> {
    let Ordered::Object(map) = object else {
        panic!("{object} is not an object")
    };
    map.iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect()
}

fn field(object: &Ordered, path: &[&str]) -> Ordered {
    path.iter().fold(object.clone(), |value, name| {
        fields(&value)
            .into_iter()
            .find(|(key, _)| key == name)
            .unwrap()
            .1
    })
}

fn capture(case: &str) -> Ordered {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/seed-wire")
        .join(case);
    let requests = field(&ordered(&fs::read(path).unwrap()), &["requests"]);
    let Ordered::List(requests) = requests else {
        panic!("no requests")
    };
    requests.into_iter().next().unwrap()
}

/// What we sent begins, field by field and in order, with what was captured.
fn assert_begins_with(sent: &Ordered, captured: &Ordered, path: &str) {
    let (sent, captured) = (fields(sent), fields(captured));
    assert!(sent.len() >= captured.len(), "{path}: {sent:?}");
    for ((name, value), (captured_name, captured_value)) in sent.iter().zip(&captured) {
        assert_eq!(name, captured_name, "{path}");
        let path = format!("{path}.{name}");
        match captured_value {
            Ordered::Object(_) => assert_begins_with(value, captured_value, &path),
            other => assert_eq!(value, other, "{path}"),
        }
    }
}

struct Case {
    capture: &'static str,
    tes: fn(Tes) -> Tes,
    conversation: Conversation,
    request: CreateChatCompletionRequest,
    reply: Value,
}

fn said(system: bool) -> CreateChatCompletionRequest {
    let system = system.then(|| json!({"role": "system", "content": "Be brief."}));
    let user = json!({"role": "user", "content": "Hello!"});
    request(&json!({"messages": system.into_iter().chain([user]).collect::<Vec<_>>()}))
}

fn hello() -> Value {
    openai::completion("Hello from the fake provider.")
}

fn tool_and_text() -> Value {
    let mut answer = openai::tool_call("call_1", "search", r#"{"q":"shoes"}"#);
    answer["choices"][0]["message"]["content"] = json!("Let me look.");
    answer
}

/// What the Python SDK's cases said.
fn python() -> Vec<Case> {
    let case = |capture, tes, request, reply| Case {
        capture,
        tes,
        conversation: Conversation::new("conv-123").metadata("user_id", "u_1"),
        request,
        reply,
    };
    let headers = |tes: Tes| {
        let tes = tes.user_id("user-42").header("x-extra", "1").unwrap();
        let tes = tes.header("x-client-id", "override").unwrap();
        tes.header("Authorization", "mine").unwrap()
    };
    let truncated = case(
        "py/openai_truncate_small.json",
        |tes| tes.max_content_length(10),
        ask("h\u{e9}llo w\u{f6}rld \u{1f600}\u{1f600}\u{1f600}"),
        hello(),
    );
    vec![
        case("py/wrap_sink_500.json", |tes| tes, said(true), hello()),
        case(
            "py/openai_extra_headers_user.json",
            headers,
            said(true),
            hello(),
        ),
        case(
            "py/openai_capture_off_tool.json",
            |tes| tes.capture_content(false),
            said(true),
            tool_and_text(),
        ),
        truncated,
    ]
}

/// What the JavaScript SDK's cases said.
fn javascript() -> Vec<Case> {
    let case = |capture, tes, reply| Case {
        capture,
        tes,
        conversation: Conversation::new("conv-123").metadata("userId", "u_1"),
        request: said(true),
        reply,
    };
    vec![
        case("js/openai_chat.json", |tes| tes, hello()),
        case(
            "js/openai_user.json",
            |tes| tes.user_id("user-42").header("x-extra", "1").unwrap(),
            hello(),
        ),
        case(
            "js/openai_capture_off.json",
            |tes| tes.capture_content(false),
            tool_and_text(),
        ),
    ]
}

#[tokio::test]
async fn what_is_sent_begins_with_what_was_captured() {
    for case in python().into_iter().chain(javascript()) {
        let receiver = TesReceiver::start();
        let harness = harness(Reply::json(&case.reply), (case.tes)(tes(&receiver)));
        let ai = harness.ai();
        case.conversation
            .scope(ai.chat().create(case.request))
            .await
            .unwrap();
        harness.telemetry.flush(PATIENCE).unwrap();
        assert_as_captured(case.capture, &receiver.requests()[0]);
    }
}

/// The body begins with the captured one, and the headers are the same.
fn assert_as_captured(case: &str, sent: &Received) {
    let captured = capture(case);
    assert!(sent.accepted, "{case}: the engine refused it");
    assert_begins_with(&ordered(&sent.body), &field(&captured, &["body"]), case);
    for (name, value) in fields(&field(&captured, &["headers"])) {
        let header = sent.headers.get(&name);
        let header = header.map(|value| Ordered::from(value.to_str().unwrap()));
        assert_eq!(header, Some(value), "{case}: {name}");
    }
}

#[tokio::test]
async fn what_an_anthropic_call_sends_begins_with_what_was_captured() {
    let receiver = TesReceiver::start();
    let reply = Reply::json(anthropic::message("Hello from fake Claude."));
    let harness = harness(reply, tes(&receiver));
    let request = harness.http.post(Format::Anthropic.url(&harness)).body(
        json!({"model": "claude-sonnet-4-6-20250514", "max_tokens": 64, "system": "Be brief.",
            "messages": [{"role": "user", "content": "Hello!"}]})
        .to_string(),
    );
    let conversation = Conversation::new("conv-123").metadata("user_id", "u_1");
    let call = harness.telemetry.send(request);
    let response = conversation.scope(call).await.unwrap();
    response.bytes().await.unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    assert_as_captured("py/anthropic_dict.json", &receiver.requests()[0]);
}

#[tokio::test]
async fn the_mutation_and_the_order_of_fields_are_exact_to_the_byte() {
    let receiver = TesReceiver::start();
    let harness = harness(Reply::json(openai::completion("Hi.")), tes(&receiver));
    let ai = harness.ai();
    Conversation::new("conv-1")
        .user("u_1")
        .scope(ai.chat().create(said(true)))
        .await
        .unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let body = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
    let start = concat!(
        r#"{"query":"\n  mutation EmitEvent($input: EventInput!) {\n    emitEvent(input: $input) {\n"#,
        r#"      success\n      eventId\n      message\n    }\n  }\n","variables":{"input":"#,
        r#"{"eventType":"CHAT_TURN","entityType":"conversation","data":{"entity_id":"conv-1","attributes":"#,
        r#"{"source":"pentatonic-ai-sdk","model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":12,"#,
        r#""completion_tokens":7,"total_tokens":19,"ai_rounds":1,"cache_read_input_tokens":4,"#,
        r#""reasoning_tokens":3},"user_message":"Hello!","assistant_response":"Hi.","#,
        r#""system_prompt":"Be brief.","userId":"u_1","event_id":""#,
    );
    assert!(body.starts_with(start), "{body}");
    let names: Vec<String> = fields(&field(
        &ordered(body.as_bytes()),
        &["variables", "input", "data", "attributes"],
    ))
    .into_iter()
    .map(|(name, _)| name)
    .skip_while(|name| name != "event_id")
    .collect();
    assert_eq!(
        names,
        [
            "event_id",
            "trace_id",
            "span_id",
            "provider",
            "finish_reasons",
            "latency_ms",
            "retries"
        ]
    );
}

/// The attributes of the one turn that a call made.
async fn turn(
    reply: Reply,
    configure: impl FnOnce(Tes) -> Tes,
    request: CreateChatCompletionRequest,
) -> Value {
    let receiver = TesReceiver::start();
    let harness = harness(reply, configure(tes(&receiver)));
    let _may_fail = harness.ai().chat().create(request).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    receiver.accepted()[0]["data"].clone()
}

#[tokio::test]
async fn without_a_conversation_the_session_is_the_trace() {
    let turn = turn(
        Reply::json(openai::completion("Hi.")),
        |tes| tes,
        ask("Hello!"),
    )
    .await;
    assert_eq!(turn["entity_id"], turn["attributes"]["trace_id"]);
}

#[tokio::test]
async fn tool_arguments_are_json_and_text_where_they_do_not_parse() {
    let answer = openai::tool_calls(&[
        ("a", "search", r#"{"z":1,"q":"shoes"}"#),
        ("b", "broken", "{not json"),
    ]);
    let turn = turn(Reply::json(answer), |tes| tes, ask("Find")).await;
    assert_eq!(
        turn["attributes"]["tool_calls"],
        json!([
            {"tool": "search", "args": {"z": 1, "q": "shoes"}, "round": 0},
            {"tool": "broken", "args": "{not json", "round": 0},
        ])
    );
    assert_eq!(turn["attributes"]["assistant_response"], "");
}

#[tokio::test]
async fn nothing_that_was_said_leaves_when_capture_is_off() {
    let answer = openai::tool_call("a", "search", r#"{"q":"canary"}"#);
    let off = |tes: Tes| tes.capture_content(false);
    let tools = turn(Reply::json(answer), off, ask("canary")).await;
    assert!(!tools.to_string().contains("canary"), "{tools}");
    assert_eq!(
        tools["attributes"]["tool_calls"],
        json!([{"tool": "search", "round": 0}])
    );
    let refused = turn(
        openai::error(400, "invalid_request_error", "canary"),
        off,
        ask("canary"),
    )
    .await;
    assert!(!refused.to_string().contains("canary"), "{refused}");
    assert_eq!(refused["attributes"]["error"], json!({"type": "400"}));
}

#[tokio::test]
async fn truncation_covers_prompts_answers_arguments_and_error_texts() {
    let long = "x".repeat(50);
    let short = |tes: Tes| tes.max_content_length(8);
    let arguments = format!(r#"{{"q":"{long}"}}"#);
    let tools = turn(
        Reply::json(openai::tool_call("a", "search", &arguments)),
        short,
        ask(&long),
    )
    .await;
    assert_eq!(
        tools["attributes"]["user_message"],
        "xxxxxxxx...[truncated]"
    );
    assert!(!tools.to_string().contains(&"x".repeat(9)), "{tools}");
    let refused = turn(
        openai::error(400, "invalid_request_error", &long),
        short,
        ask("Hi"),
    )
    .await;
    assert_eq!(
        refused["attributes"]["error"]["message"],
        "xxxxxxxx...[truncated]"
    );
}

#[tokio::test]
async fn a_failed_call_is_a_turn_with_its_error() {
    let reply = openai::error(404, "invalid_request_error", "No such model.");
    let turn = turn(reply, |tes| tes, ask("Hello!")).await;
    let attributes = &turn["attributes"];
    assert_eq!(
        attributes["error"],
        json!({"type": "404", "message": "No such model."})
    );
    assert_eq!(attributes["model"], "gpt-4o");
    assert_eq!(attributes["usage"], json!({"ai_rounds": 1}));
    assert_eq!(attributes["user_message"], "Hello!");
    assert_eq!(attributes.get("assistant_response"), None);
}

#[tokio::test]
async fn failed_calls_may_be_left_out() {
    let receiver = TesReceiver::start();
    let harness = harness(
        openai::error(404, "x", "y"),
        tes(&receiver).failed_calls(false),
    );
    harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    harness.telemetry.flush(PATIENCE).unwrap();
    assert!(receiver.requests().is_empty());
    assert_eq!(harness.telemetry.stats().destinations["tes"].made, 0);
}

#[tokio::test]
async fn a_stream_is_one_turn_with_its_text_usage_and_first_token() {
    let receiver = TesReceiver::start();
    let reply = Reply::sse(openai::stream(&["Hello", " from", " the stream."], true));
    let harness = harness(reply, tes(&receiver));
    let ai = harness.ai();
    let mut stream = ai.chat().create_stream(said(true)).await.unwrap();
    while let Some(chunk) = stream.next().await {
        chunk.unwrap();
    }
    let turns = receiver.wait_for(1);
    let attributes = &turns[0]["data"]["attributes"];
    assert_eq!(attributes["assistant_response"], "Hello from the stream.");
    assert_eq!(attributes["usage"]["total_tokens"], 19);
    assert!(attributes["time_to_first_token_ms"].is_u64());
}

#[tokio::test]
async fn metadata_keeps_its_shape_and_never_overrides_what_is_ours() {
    let receiver = TesReceiver::start();
    let harness = harness(
        Reply::json(openai::completion("Hi.")),
        tes(&receiver).user_id("user-42"),
    );
    let conversation = Conversation::new("c")
        .metadata("source", "mine")
        .metadata("model", "mine")
        .metadata("usage", "mine")
        .metadata("userId", "mine")
        .metadata("extra", json!({"a": [1, 2]}));
    let ai = harness
        .telemetry
        .wrap_with(harness.bare(), Wrap::new().conversation(conversation));
    ai.chat().create(ask("Hello!")).await.unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let body = ordered(&receiver.requests()[0].body);
    let attributes = field(&body, &["variables", "input", "data", "attributes"]);
    let names: Vec<String> = fields(&attributes)
        .into_iter()
        .map(|(name, _)| name)
        .take(5)
        .collect();
    assert_eq!(names, ["source", "model", "usage", "userId", "extra"]);
    let attributes = attributes.into_json().unwrap();
    assert_eq!(attributes["source"], "pentatonic-ai-sdk");
    assert_eq!(attributes["userId"], "user-42");
    assert_eq!(attributes["extra"], json!({"a": [1, 2]}));
}

#[tokio::test]
async fn metadata_keeps_its_shape_without_content_too() {
    let receiver = TesReceiver::start();
    let reply = Reply::json(openai::completion("canary"));
    let harness = harness(reply, tes(&receiver).capture_content(false));
    let conversation = Conversation::new("c")
        .metadata("seats", 3)
        .metadata("a", json!([1]));
    conversation
        .scope(harness.ai().chat().create(ask("canary")))
        .await
        .unwrap();
    let turns = receiver.wait_for(1);
    assert_eq!(turns[0]["data"]["attributes"]["seats"], 3);
    assert_eq!(turns[0]["data"]["attributes"]["a"], json!([1]));
    assert!(!turns[0].to_string().contains("canary"));
}

#[tokio::test]
async fn the_same_span_makes_the_same_event_id_in_any_pipeline() {
    // Ours has the content beside the span, the exporter has what is on it.
    let (ours, theirs) = (TesReceiver::start(), TesReceiver::start());
    let exporter = TesExporter::new(tes(&theirs)).unwrap();
    let harness = Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        builder
            .tes(tes(&ours))
            .span_exporter(exporter)
            .capture(CaptureMode::SpanOnly)
            .identity_on_spans(true)
    });
    let ai = harness.ai();
    let conversation = Conversation::new("conv-1")
        .user("u_1")
        .metadata("plan", "pro");
    conversation
        .scope(ai.chat().create(said(true)))
        .await
        .unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let (ours, theirs) = (ours.wait_for(1), theirs.wait_for(1));
    assert_eq!(ours[0], theirs[0]);
}

#[test]
fn cached_tokens_are_counted_alike_in_any_pipeline() {
    let (ours, theirs) = (TesReceiver::start(), TesReceiver::start());
    let exporter = TesExporter::new(tes(&theirs)).unwrap();
    let builder = turnspan::builder().tes(tes(&ours)).span_exporter(exporter);
    let telemetry = builder.build().unwrap();
    let call = telemetry.record(
        "https://api.anthropic.com/v1/messages",
        r#"{"model": "claude-sonnet-4-5", "messages": []}"#,
    );
    call.response(anthropic::message("Hi.").to_string());
    telemetry.flush(PATIENCE).unwrap();
    for receiver in [ours, theirs] {
        let usage = &receiver.wait_for(1)[0]["data"]["attributes"]["usage"];
        assert_eq!(usage["prompt_tokens"], 15, "{usage}");
    }
}

#[test]
fn the_exporter_works_in_a_pipeline_of_the_users_own_without_a_runtime() {
    use opentelemetry::KeyValue;
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    let receiver = TesReceiver::start();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(TesExporter::new(tes(&receiver)).unwrap())
        .build();
    let mut span = provider.tracer("mine").start("chat m");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "m"));
    span.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", "5"));
    span.end();
    provider.tracer("mine").start("not a chat").end();
    provider.force_flush().unwrap();
    let turns = receiver.wait_for(1);
    assert_eq!(
        turns[0]["data"]["attributes"]["usage"],
        json!({"prompt_tokens": 5, "ai_rounds": 1})
    );
    provider.shutdown().unwrap();
    assert_eq!(receiver.accepted().len(), 1);
}

/// Promise, kept: Arguments of tools that are nested deeper than a receiver reads cost no
/// turn: they are told as text.
#[test]
fn what_is_nested_deeper_than_a_receiver_reads_is_told_as_text() {
    let receiver = TesReceiver::start();
    let telemetry = turnspan::builder().tes(tes(&receiver)).build().unwrap();
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let session = telemetry.session("conv-1");
    session.record(&json!({"choices": [{"message": {"tool_calls": [
        {"id": "a", "function": {"name": "deep", "arguments": nested(200)}},
        {"id": "b", "function": {"name": "flat", "arguments": nested(2)}},
    ]}}]}));
    session.record_tool_result("a", &nested(100).into());
    session.record_tool_result("b", &nested(100).parse().unwrap());
    session.emit_chat_turn(turnspan::ChatTurn::new());
    telemetry.flush(PATIENCE).unwrap();
    let events = receiver.accepted();
    let calls = &events[0]["data"]["attributes"]["tool_calls"];
    assert_eq!(calls[0]["args"], nested(200));
    assert_eq!(calls[1]["args"], json!([[]]));
    assert_eq!(calls[0]["result"], nested(100));
    assert_eq!(calls[1]["result"], nested(100));
}

#[tokio::test]
async fn a_model_that_nobody_named_is_absent() {
    let receiver = TesReceiver::start();
    let telemetry = turnspan::builder().tes(tes(&receiver)).build().unwrap();
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    call.response(r#"{"choices": []}"#);
    telemetry.flush(PATIENCE).unwrap();
    let turns = receiver.wait_for(1);
    let attributes = turns[0]["data"]["attributes"].as_object().unwrap();
    assert_eq!(attributes.get("model"), None);
    assert!(attributes.contains_key("usage"));
}
