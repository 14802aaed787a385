//! Tool loops as one turn, tools that ran, and sessions that begin.

use super::support::anthropic;
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::openai;
use super::support::tes_receiver::TesReceiver;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{Conversation, SpoolSettings, Telemetry, Tes, TurnGrouping};

const OPENAI: &str = "https://api.openai.com/v1/chat/completions";
const ANTHROPIC: &str = "https://api.anthropic.com/v1/messages";

fn telemetry(tes: Tes) -> Telemetry {
    turnspan::builder().tes(tes).build().unwrap()
}

fn gathering(receiver: &TesReceiver) -> Tes {
    tes_at(&receiver.url(), "tes_acme_fakekey")
        .source("pentatonic-ai-sdk")
        .turn_grouping(TurnGrouping::Turn)
}

fn call(telemetry: &Telemetry, url: &str, messages: &Value, answer: &Value) {
    let request = json!({"model": "m", "max_tokens": 9, "messages": messages});
    let call = telemetry.record(url, request.to_string());
    call.response(answer.to_string());
}

fn attributes(receiver: &TesReceiver) -> Vec<Value> {
    let events = receiver.accepted();
    let attributes = events.iter().map(|event| &event["data"]["attributes"]);
    attributes.cloned().collect()
}

/// The attributes that were captured of a case.
pub(super) fn captured(case: &str) -> Value {
    captured_body(case)["variables"]["input"]["data"]["attributes"].clone()
}

/// The body of the last request that was captured of a case.
pub(super) fn captured_body(case: &str) -> Value {
    let path = format!(
        "{}/tests/fixtures/seed-wire/{case}",
        env!("CARGO_MANIFEST_DIR")
    );
    let capture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let requests = capture["requests"].as_array().unwrap();
    requests.last().unwrap()["body"].clone()
}

pub(super) fn assert_has(sent: &Value, captured: &Value) {
    for (key, value) in captured.as_object().unwrap() {
        if key == "usage" {
            for (key, value) in value.as_object().unwrap() {
                assert_eq!(&sent["usage"][key], value, "usage.{key}");
            }
            continue;
        }
        assert_eq!(&sent[key], value, "{key}");
    }
}

fn tool_message(id: &str, content: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": content})
}

#[test]
fn a_tool_loop_is_the_turn_that_was_captured() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver));
    let _entered = Conversation::new("conv-101").enter();
    let asked = json!([{"role": "user", "content": "Find me running shoes"}]);
    let first = openai::tool_call("call_1", "search", r#"{"q":"shoes"}"#);
    call(&telemetry, OPENAI, &asked, &first);
    let mut then = asked.as_array().unwrap().clone();
    then.push(first["choices"][0]["message"].clone());
    then.push(tool_message("call_1", "[1,2,3,4,5]"));
    let last = openai::completion("Hello from the fake provider.");
    call(&telemetry, OPENAI, &json!(then), &last);
    telemetry.flush(PATIENCE).unwrap();
    let sent = attributes(&receiver);
    assert_eq!(sent.len(), 1);
    assert_has(&sent[0], &captured("js/openai_tool_loop.json"));
    let books = telemetry.stats().destinations["tes"].clone();
    assert_eq!((books.made, books.delivered, books.open), (2, 2, 0));
}

#[test]
fn results_of_parallel_calls_of_one_tool_go_where_they_belong() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver));
    let asked = json!({"role": "user", "content": "Find"});
    let first = openai::tool_calls(&[
        ("call_1", "search", r#"{"q":"shoes"}"#),
        ("call_2", "search", r#"{"q":"socks"}"#),
    ]);
    call(&telemetry, OPENAI, &json!([asked]), &first);
    let then = json!([
        asked,
        first["choices"][0]["message"],
        tool_message("call_2", "RESULT FOR CALL 2"),
        tool_message("call_1", "RESULT FOR CALL 1"),
    ]);
    call(&telemetry, OPENAI, &then, &openai::completion("Found."));
    telemetry.flush(PATIENCE).unwrap();
    let mut expected = captured("py/openai_parallel_same_tool.json")["tool_calls"].clone();
    // The capture shows them swapped.
    expected[0]["result"] = json!("RESULT FOR CALL 1");
    expected[1]["result"] = json!("RESULT FOR CALL 2");
    assert_eq!(attributes(&receiver)[0]["tool_calls"], expected);
}

#[test]
fn an_anthropic_loop_has_its_results_and_its_question() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver));
    let _entered = Conversation::new("conv-a").enter();
    let asked = json!({"role": "user", "content": "Find me running shoes"});
    let wants =
        json!([{"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"q": "shoes"}}]);
    let first = anthropic::with_content(&wants, "tool_use");
    call(&telemetry, ANTHROPIC, &json!([asked]), &first);
    let found = json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}]});
    let then = json!([asked, {"role": "assistant", "content": wants}, found]);
    call(
        &telemetry,
        ANTHROPIC,
        &then,
        &anthropic::message("Hello from fake Claude."),
    );
    telemetry.flush(PATIENCE).unwrap();
    let mut expected = captured("js/anthropic_tool_loop.json");
    // The SDKs neither read the result nor keep the question.
    expected["tool_calls"][0]["result"] = json!("found");
    expected["user_message"] = json!("Find me running shoes");
    assert_has(&attributes(&receiver)[0], &expected);
}

#[test]
fn without_content_a_loop_has_neither_arguments_nor_results() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver).capture_content(false));
    let first = openai::tool_call("call_1", "search", r#"{"q":"secret"}"#);
    let asked = json!({"role": "user", "content": "secret"});
    call(&telemetry, OPENAI, &json!([asked]), &first);
    let wants = &first["choices"][0]["message"];
    let then = json!([asked, wants, tool_message("call_1", "secret tool output")]);
    call(&telemetry, OPENAI, &then, &openai::completion("secret"));
    telemetry.flush(PATIENCE).unwrap();
    let sent = attributes(&receiver);
    assert_eq!(
        sent[0]["tool_calls"],
        json!([{"tool": "search", "round": 0}])
    );
    assert_eq!(sent[0]["usage"]["ai_rounds"], 2);
    let body = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
    assert!(!body.contains("secret"), "{body}");
}

#[test]
fn concurrent_loops_of_one_conversation_do_not_mix() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver));
    let _entered = Conversation::new("c").enter();
    let id = |number: usize| format!("call_{number}");
    let asked = |number: usize| json!({"role": "user", "content": number.to_string()});
    for number in 0..40 {
        let wants = openai::tool_call(&id(number), "search", "{}");
        call(&telemetry, OPENAI, &json!([asked(number)]), &wants);
    }
    for number in (0..40).rev() {
        let then = json!([
            asked(number),
            tool_message(&id(number), &number.to_string())
        ]);
        call(
            &telemetry,
            OPENAI,
            &then,
            &openai::completion(&number.to_string()),
        );
    }
    telemetry.flush(PATIENCE).unwrap();
    let sent = attributes(&receiver);
    assert_eq!(sent.len(), 40);
    for turn in &sent {
        assert_eq!(turn["usage"]["prompt_tokens"], 24);
        assert_eq!(turn["user_message"], turn["assistant_response"]);
        let found = turn["tool_calls"][0]["result"].to_string();
        assert_eq!(turn["user_message"], json!(found));
    }
}

#[test]
fn a_loop_that_is_never_answered_is_sent_marked() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(gathering(&receiver).turn_max_age(Duration::from_millis(50)));
    let wants = openai::tool_call("call_1", "search", "{}");
    call(&telemetry, OPENAI, &json!([]), &wants);
    receiver.wait_for(1);
    assert_eq!(attributes(&receiver)[0]["closed_by"], "age");

    let receiver = TesReceiver::start();
    let telemetry = self::telemetry(gathering(&receiver));
    call(&telemetry, OPENAI, &json!([]), &wants);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(telemetry.stats().destinations["tes"].open, 1);
    telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(attributes(&receiver)[0]["closed_by"], "shutdown");
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances() && books.delivered == 1, "{books}");
}

#[test]
fn the_next_process_goes_on_with_an_open_turn() {
    let folder = Folder::of("open_turns");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let tes = || {
        let tes = Tes::new(&format!("http://127.0.0.1:{port}"), "acme", "tes_key").unwrap();
        tes.turn_grouping(TurnGrouping::Turn)
            .spool(SpoolSettings::durable().path(folder.spool()))
    };
    let first = telemetry(tes());
    let asked = json!({"role": "user", "content": "Find"});
    let wants = openai::tool_call("call_1", "search", "{}");
    call(&first, OPENAI, &json!([asked]), &wants);
    // Nothing is to be sent yet; what is open is in the file then.
    first.flush(PATIENCE).unwrap();
    folder.copy_to("open_turns_after_crash");
    let crashed = Folder::named("open_turns_after_crash");
    drop(first);

    let receiver = TesReceiver::at(port);
    let second = telemetry(tes().spool(SpoolSettings::durable().path(crashed.spool())));
    assert_eq!(second.stats().destinations["tes"].open, 1);
    let then = json!([asked, tool_message("call_1", "shoes")]);
    call(&second, OPENAI, &then, &openai::completion("Found."));
    second.flush(PATIENCE).unwrap();
    let sent = attributes(&receiver);
    assert_eq!(sent[0]["usage"]["ai_rounds"], 2);
    assert_eq!(sent[0]["tool_calls"][0]["result"], "shoes");
    assert_eq!(sent[0]["user_message"], "Find");
    let books = second.stats().destinations["tes"].clone();
    assert!(books.balances(), "{books}");
    assert_eq!((books.made, books.recovered, books.delivered), (2, 1, 2));
}

#[tracing::instrument(skip_all, fields(
    gen_ai.operation.name = "execute_tool",
    gen_ai.tool.name = "search",
    gen_ai.tool.call.arguments = r#"{"q":"shoes"}"#,
    gen_ai.tool.call.result = "5 hits",
))]
fn search() {}

#[test]
fn a_tool_that_ran_is_a_tool_use() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey").source("pentatonic-ai-sdk");
    let telemetry = telemetry(tes);
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let conversation = Conversation::new("conv-123").user("u9").metadata("k", "v");
        let _entered = conversation.enter();
        search();
    });
    telemetry.flush(PATIENCE).unwrap();
    let event = receiver.accepted()[0].clone();
    assert_eq!(event["eventType"], "TOOL_USE");
    assert_eq!(event["data"]["entity_id"], "conv-123");
    let sent = &event["data"]["attributes"];
    let mut expected = captured("py/session_tool_use.json");
    let expected = expected.as_object_mut().unwrap();
    // By hand these two were given.
    expected.remove("turn_number");
    expected.remove("duration_ms");
    assert_has(sent, &json!(expected));
    assert_eq!(sent["userId"], "u9");
    assert!(sent["duration_ms"].is_u64());
}

#[test]
fn without_content_a_tool_use_is_a_name_and_a_time() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(tes_at(&receiver.url(), "tes_key").capture_content(false));
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, search);
    telemetry.flush(PATIENCE).unwrap();
    let sent = &attributes(&receiver)[0];
    assert_eq!(sent["tool"], "search");
    assert!(sent.get("args").is_none() && sent.get("result_summary").is_none());
}

#[test]
fn sessions_begin_and_turns_are_counted_if_that_is_set() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_key");
    let telemetry = telemetry(tes.session_start(true).turn_numbers(true));
    let conversation = Conversation::new("conv-123").user("u9").metadata("k", "v");
    let _entered = conversation.enter();
    for _ in 0..2 {
        call(&telemetry, OPENAI, &json!([]), &openai::completion("Hi."));
    }
    telemetry.flush(PATIENCE).unwrap();
    let mut events = receiver.accepted();
    events.sort_by_key(|event| event["eventType"].to_string());
    let kinds: Vec<&Value> = events.iter().map(|event| &event["eventType"]).collect();
    assert_eq!(kinds, ["CHAT_TURN", "CHAT_TURN", "SESSION_START"]);
    let of = |at: usize| &events[at]["data"]["attributes"];
    let mut numbers = [&of(0)["turn_number"], &of(1)["turn_number"]].map(Value::to_string);
    numbers.sort_unstable();
    assert_eq!(numbers, ["1", "2"]);
    let mut expected = captured("js/session_start.json");
    expected["source"] = json!("turnspan");
    assert_has(of(2), &expected);
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances() && books.made == 3, "{books}");
}
