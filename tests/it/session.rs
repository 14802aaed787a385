//! Turns told by hand.

use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::openai;
use super::support::tes_receiver::TesReceiver;
use super::tes_turns::{assert_has, captured, captured_body};
use serde_json::{Value, json};
use std::time::Duration;
use turnspan::{ChatTurn, Conversation, Dialect, Session, Telemetry, Tes, ToolUseEvent};

fn telemetry(receiver: &TesReceiver, change: impl FnOnce(Tes) -> Tes) -> Telemetry {
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey").source("pentatonic-ai-sdk");
    turnspan::builder().tes(change(tes)).build().unwrap()
}

fn events(receiver: &TesReceiver, telemetry: &Telemetry) -> Vec<Value> {
    telemetry.flush(PATIENCE).unwrap();
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances(), "{books}");
    receiver.accepted()
}

fn anthropic_answers() -> [Value; 2] {
    let wants = json!([{"type": "tool_use", "id": "t1", "name": "calc", "input": {"e": "2+2"}}]);
    [
        json!({"model": "claude-x", "content": wants,
            "usage": {"input_tokens": 5, "output_tokens": 1}}),
        json!({"model": "claude-x", "content": [{"type": "text", "text": "4"}],
            "usage": {"input_tokens": 10, "output_tokens": 2}}),
    ]
}

#[test]
fn a_turn_is_what_was_captured() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(&receiver, |tes| tes.max_content_length(10));
    let session = telemetry.session(Conversation::new("conv-123").metadata("userId", "u9"));
    let [first, last] = anthropic_answers();
    assert_eq!(session.record(&first).tool_calls[0].tool, "calc");
    session.record_tool_result("calc", &json!({"v": 4}));
    session.record(&last);
    let usage = session.total_usage();
    assert_eq!((usage.total_tokens(), usage.ai_rounds), (Some(18), 2));
    let said = ChatTurn::new()
        .user_message("2+2?")
        .assistant_response("4")
        .turn_number(3)
        .messages(json!([{"role": "user", "content": "q".repeat(11)}]));
    session.emit_chat_turn(said);
    assert!(session.tool_calls().is_empty());
    let events = events(&receiver, &telemetry);
    assert_eq!(events[0]["data"]["entity_id"], "conv-123");
    let mut expected = captured("py/session_chat_turn.json");
    expected["user_message"] = json!("2+2?");
    expected["messages"][0]["content"] = json!("qqqqqqqqqq...[truncated]");
    let sent = &events[0]["data"]["attributes"];
    assert_has(sent, &expected);
    // Nobody knows them.
    assert!(sent.get("latency_ms").is_none() && sent.get("span_id").is_none());
    let id = sent["event_id"].as_str().unwrap().to_owned();
    session.emit_chat_turn(ChatTurn::new());
    let again = self::events(&receiver, &telemetry);
    let empty = &again[1]["data"]["attributes"];
    assert_ne!(empty["event_id"], json!(id));
    assert_eq!(
        empty["usage"],
        json!({"ai_rounds": 0}),
        "nothing carries over"
    );
}

#[test]
fn tools_and_sessions_are_what_was_captured() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(&receiver, |tes| tes);
    let session = telemetry.session(Conversation::new("conv-123").metadata("k", "v"));
    let used = ToolUseEvent::new("search")
        .args(&json!({"q": "shoes"}))
        .result_summary("5 hits")
        .duration(Duration::from_millis(120))
        .turn_number(2);
    session.emit_tool_use(used);
    telemetry.flush(PATIENCE).unwrap();
    session.emit_session_start();
    let events = events(&receiver, &telemetry);
    assert_eq!(events[0]["eventType"], "TOOL_USE");
    assert_has(
        &events[0]["data"]["attributes"],
        &captured("py/session_tool_use.json"),
    );
    assert_eq!(events[1]["eventType"], "SESSION_START");
    let mut expected = captured("js/session_start.json");
    expected.as_object_mut().unwrap().remove("userId");
    assert_has(&events[1]["data"]["attributes"], &expected);
}

#[test]
fn a_session_without_an_id_has_one_that_can_be_read() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(&receiver, |tes| tes);
    let session = telemetry.session(Conversation::anonymous());
    session.emit_session_start();
    let events = events(&receiver, &telemetry);
    assert_eq!(events[0]["data"]["entity_id"], session.id());
    assert_eq!(session.id().len(), 36);
}

#[test]
fn without_content_a_turn_by_hand_has_none() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(&receiver, |tes| tes.capture_content(false));
    let session = telemetry.session("c");
    session.record(&anthropic_answers()[0]);
    session.record_tool_result("t1", &json!("secret"));
    let said = ChatTurn::new()
        .user_message("secret")
        .assistant_response("secret")
        .system_prompt("secret")
        .messages(json!(["secret"]));
    session.emit_chat_turn(said);
    let used = ToolUseEvent::new("t")
        .args(&json!("secret"))
        .result_summary("secret");
    session.emit_tool_use(used);
    let events = events(&receiver, &telemetry);
    assert_eq!(events.len(), 2);
    assert!(!json!(events).to_string().contains("secret"));
}

#[test]
fn what_a_wrapped_client_told_is_not_told_again() {
    let receiver = TesReceiver::start();
    let telemetry = telemetry(&receiver, |tes| tes);
    let answer = openai::completion("Hi.");
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    call.response(answer.to_string());
    let session = telemetry.session("c");
    session.record(&answer);
    session.emit_chat_turn(ChatTurn::new());
    assert_eq!(events(&receiver, &telemetry).len(), 1);
    // With an answer that has no id, and that nobody may have seen.
    session.record(&answer);
    session.record(&json!({"response": "Hi.", "usage": {"prompt_tokens": 1}}));
    session.emit_chat_turn(ChatTurn::new());
    assert_eq!(events(&receiver, &telemetry).len(), 2);
    // An answer of a client that nobody watches.
    let mut other = answer;
    other["id"] = json!("chatcmpl-other");
    session.record(&other);
    session.emit_chat_turn(ChatTurn::new());
    assert_eq!(events(&receiver, &telemetry).len(), 3);
}

#[test]
fn where_turns_go_nowhere_a_session_is_silent() {
    let telemetry = turnspan::builder().build().unwrap();
    let session = telemetry.session("c");
    session.record(&anthropic_answers()[0]);
    session.emit_chat_turn(ChatTurn::new());
    assert_eq!(session.total_usage().ai_rounds, 0);
    assert!(telemetry.stats().destinations.is_empty());
}

#[test]
fn nulls_and_nonsense_are_answers_without_anything() {
    let telemetry = turnspan::builder().build().unwrap();
    let session = telemetry.session("c");
    for answer in [
        json!({"choices": [{"message": null}], "usage": {"prompt_tokens": null}}),
        json!({"choices": [{"message": {"tool_calls": [{"function": null}]}}]}),
        json!(null),
    ] {
        assert_eq!(session.record(&answer).usage.input_tokens, None);
    }
    assert_eq!(session.total_usage().ai_rounds, 3);
    assert_eq!(session.total_usage().total_tokens(), None);
}

/// One captured case: how it was set, what was told, and what differs on
/// purpose.
struct Case {
    capture: &'static str,
    tes: fn(Tes) -> Tes,
    conversation: Conversation,
    tell: fn(&Session),
    differs: fn(&mut Value),
}

/// What nobody reported is absent here, and null or 0 there.
fn without_unknowns(attributes: &mut Value) {
    let fields = attributes.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    if let Some(usage) = fields.get_mut("usage").and_then(Value::as_object_mut) {
        usage.retain(|key, value| key == "ai_rounds" || value != 0);
    }
}

fn four() -> Value {
    json!({"model": "gpt-4o", "choices": [{"message": {"content": "4"}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2}})
}

fn case(
    capture: &'static str,
    tes: fn(Tes) -> Tes,
    conversation: Conversation,
    tell: fn(&Session),
) -> Case {
    Case {
        capture,
        tes,
        conversation,
        tell,
        differs: without_unknowns,
    }
}

fn conversation() -> Conversation {
    Conversation::new("conv-123").metadata("k", "v")
}

fn module(tes: Tes) -> Tes {
    tes.dialect(Dialect::CreateModuleEvent)
}

fn searched(session: &Session) {
    let used = ToolUseEvent::new("search")
        .args(&json!({"q": "shoes"}))
        .result_summary("5 hits");
    session.emit_tool_use(used.duration(Duration::from_millis(120)).turn_number(2));
}

fn searched_at_length(session: &Session) {
    let used = ToolUseEvent::new("search").args(&json!({"q": "z".repeat(50)}));
    session.emit_tool_use(used.result_summary("r".repeat(50)));
}

fn reckoned(session: &Session) {
    session.record(&four());
    let said = ChatTurn::new().user_message("What is 2+2?");
    session.emit_chat_turn(said.assistant_response("4").turn_number(3));
}

fn cases() -> Vec<Case> {
    let named = |session: &Session| session.emit_tool_use(ToolUseEvent::new("search"));
    let nothing = |session: &Session| session.emit_chat_turn(ChatTurn::new());
    let begun = Session::emit_session_start;
    let of_u9 = conversation().user("u9");
    let short = |tes: Tes| tes.max_content_length(8);
    let theirs = |tes: Tes| tes.user_id("u9");
    let as_is = |tes: Tes| tes;
    vec![
        case("py/session_tool_use.json", as_is, conversation(), searched),
        case("js/session_tool_use.json", as_is, of_u9.clone(), searched),
        case(
            "js/session_tool_use_min.json",
            theirs,
            conversation(),
            named,
        ),
        Case {
            differs: |attributes| {
                without_unknowns(attributes);
                // The SDKs do not cut arguments.
                attributes["args"]["q"] = json!("zzzzzzzz...[truncated]");
            },
            ..case(
                "py/session_tool_use_long.json",
                short,
                "c".into(),
                searched_at_length,
            )
        },
        case("py/session_chat_turn_min.json", as_is, "c".into(), nothing),
        case("js/session_start.json", as_is, of_u9.clone(), begun),
        case("py/manual_sink_500.json", as_is, "c".into(), begun),
        case("js-0.7/session_start.json", module, of_u9.clone(), begun),
        case(
            "js-0.7/session_tool_use_min.json",
            module,
            of_u9.clone(),
            named,
        ),
        case("js-0.7/session_chat_turn.json", module, of_u9, reckoned),
    ]
}

#[test]
fn what_the_sdks_were_told_by_hand_gives_their_bodies() {
    for case in cases() {
        let receiver = TesReceiver::start();
        let telemetry = telemetry(&receiver, case.tes);
        (case.tell)(&telemetry.session(case.conversation));
        telemetry.flush(PATIENCE).unwrap();
        let text = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
        let mut expected = captured_body(case.capture);
        let ours: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(ours["query"], expected["query"], "{}", case.capture);
        let theirs = &mut expected["variables"];
        assert_eq!(
            ours["variables"]["moduleId"], theirs["moduleId"],
            "{}",
            case.capture
        );
        let (ours, theirs) = (&ours["variables"]["input"], &mut theirs["input"]);
        assert_eq!(ours["eventType"], theirs["eventType"], "{}", case.capture);
        assert_eq!(ours["entityType"], theirs["entityType"], "{}", case.capture);
        assert_eq!(
            ours["data"]["entity_id"], theirs["data"]["entity_id"],
            "{}",
            case.capture
        );
        let theirs = &mut theirs["data"]["attributes"];
        (case.differs)(theirs);
        let ours = &ours["data"]["attributes"];
        for (key, value) in theirs.as_object().unwrap() {
            assert_eq!(&ours[key], value, "{}: {key}", case.capture);
        }
    }
}

#[test]
fn debug_of_a_session_says_nothing_of_what_was_said() {
    let telemetry = turnspan::builder().build().unwrap();
    let session = telemetry.session("conv-1");
    session.record(&openai::completion("canary"));
    let shown = format!("{session:?}");
    assert!(
        shown.contains("conv-1") && !shown.contains("canary"),
        "{shown}"
    );
}
