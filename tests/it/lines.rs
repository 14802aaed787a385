//! Turns as JSON lines in a file.

use super::support::child;
use super::support::folder::Folder;
use super::support::harness::{Harness, PATIENCE, ask};
use super::support::provider::{Reply, openai};
use super::support::tes_receiver::TesReceiver;
use opentelemetry_sdk::trace::Sampler;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use turnspan::{
    AccountSnapshot, Builder, ChatTurn, Lines, Redaction, SpoolSettings, Telemetry, Tes, Turn,
    UserIds, builder,
};

const URL: &str = "https://api.openai.com/v1/chat/completions";

impl Folder {
    /// A file in the folder, which is made.
    fn file(&self, name: &str) -> PathBuf {
        let path = self.missing(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// A file in a folder that is not there.
    fn missing(&self, name: &str) -> PathBuf {
        self.spool().with_file_name("lines").join(name)
    }
}

fn best_effort(path: &Path) -> Lines {
    Lines::new(path).spool(SpoolSettings::best_effort())
}

fn durable(folder: &Folder) -> SpoolSettings {
    SpoolSettings::durable().path(folder.spool())
}

fn call(telemetry: &Telemetry, question: &str) {
    let request = serde_json::json!({
        "model": "m", "messages": [{"role": "user", "content": question}],
    });
    let call = telemetry.record(URL, request.to_string());
    call.response(openai::completion("Hi.").to_string());
}

fn lines_of(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn books(telemetry: &Telemetry, name: &str) -> AccountSnapshot {
    let books = telemetry.stats().destinations[name].clone();
    assert!(books.balances(), "{name}: {books}");
    books
}

#[tokio::test]
async fn a_turn_is_a_line_that_can_be_read_back() {
    let folder = Folder::of("lines_turn");
    let path = folder.file("turns.jsonl");
    let reply = [
        Reply::json(openai::completion("Hi.")),
        Reply::json(openai::completion("Hi.")),
    ];
    let harness = Harness::with(reply, |builder| builder.lines(best_effort(&path)));
    let before = SystemTime::now();
    for question in ["Hello!", "And?\nWhat else?"] {
        harness
            .same_ai()
            .chat()
            .create(ask(question))
            .await
            .unwrap();
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    let lines = lines_of(&path);
    let questions: Vec<&Value> = lines.iter().map(|line| &line["user_message"]).collect();
    assert_eq!(questions, ["Hello!", "And?\nWhat else?"]);
    let span = harness.spans().remove(0).span_context;
    let line = &lines[0];
    assert_eq!(line["type"], "turn");
    assert_eq!(line["trace_id"], span.trace_id().to_string());
    assert_eq!(line["event_id"].as_str().unwrap().len(), 36);
    let time = line["time"].as_str().unwrap();
    assert!(
        time.starts_with("20") && time.contains('T') && time.ends_with('Z'),
        "{time}"
    );
    assert!(
        line.get("error").is_none(),
        "what nobody knows is absent: {line}"
    );
    let turn: Turn = serde_json::from_value(line.clone()).unwrap();
    assert_eq!(turn.assistant_response.as_deref(), Some("Hi."));
    assert!(turn.started_at >= before);
    let books = books(&harness.telemetry, "lines");
    assert_eq!((books.made, books.delivered), (2, 2));
}

#[cfg(unix)]
#[test]
fn a_file_is_made_for_the_user_alone_and_one_that_is_there_is_added_to() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::of("lines_mode");
    let (new, old) = (folder.file("new.jsonl"), folder.file("old.jsonl"));
    fs::write(&old, "{\"type\":\"other\"}\n").unwrap();
    let builder = builder()
        .lines(best_effort(&new))
        .lines_named("old", best_effort(&old));
    let telemetry = builder.build().unwrap();
    call(&telemetry, "Hello!");
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(
        fs::metadata(&new).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let types: Vec<Value> = lines_of(&old)
        .iter()
        .map(|line| line["type"].clone())
        .collect();
    assert_eq!(types, ["other", "turn"]);
}

/// Promise, leaves: Each service of turns has rules of its own for what was said, for user ids and
/// for what is redacted.
#[test]
fn services_of_turns_share_a_spool_and_nothing_else() {
    let folder = Folder::of("lines_beside_tes");
    let (whole, bare) = (folder.file("whole.jsonl"), folder.file("bare.jsonl"));
    let receiver = TesReceiver::start();
    let tes = Tes::new(&receiver.url(), "acme", "tes_acme_fakekey").unwrap();
    let whole_lines = Lines::new(&whole).redact(Redaction::personal_data());
    let bare_lines = Lines::new(&bare)
        .capture_content(false)
        .user_ids(UserIds::omitted());
    let telemetry = builder()
        .tes(tes.spool(durable(&folder)))
        .lines(whole_lines.spool(durable(&folder)))
        .lines_named("bare", bare_lines.spool(durable(&folder)))
        .build()
        .unwrap();
    let conversation = turnspan::Conversation::new("conv-1").user("u_1").enter();
    for _ in 0..20 {
        call(&telemetry, "I am ann@example.com.");
    }
    drop(conversation);
    telemetry.shutdown(PATIENCE).unwrap();
    for name in ["tes", "lines", "bare"] {
        let books = books(&telemetry, name);
        assert_eq!((books.made, books.delivered), (20, 20), "{name}");
    }
    let attributes = |event: &Value| event["data"]["attributes"].clone();
    let sent: Vec<Value> = receiver.accepted().iter().map(attributes).collect();
    let (whole, bare) = (lines_of(&whole), lines_of(&bare));
    assert_eq!([sent.len(), whole.len(), bare.len()], [20, 20, 20]);
    assert_eq!(sent[0]["user_message"], "I am ann@example.com.");
    assert_eq!(whole[0]["user_message"], "I am [EMAIL].");
    assert_eq!(bare[0].get("user_message"), None);
    assert_eq!([&sent[0]["userId"], &whole[0]["user_id"]], ["u_1", "u_1"]);
    assert_eq!(bare[0].get("user_id"), None);
    let id_of = |line: &Value| line["event_id"].clone();
    assert_eq!(
        id_of(&sent[0]),
        id_of(&whole[0]),
        "an event is known everywhere"
    );
}

/// Promise, kept: A file that cannot be written loses no turn: it waits in the spool, a flush says
/// so, and it is written when it can be.
#[test]
fn a_path_that_cannot_be_written_loses_nothing_and_says_so() {
    let folder = Folder::of("lines_missing");
    let path = folder.missing("turns.jsonl");
    let lines = Lines::new(&path).spool(durable(&folder));
    let telemetry = builder().lines(lines).build().unwrap();
    for _ in 0..3 {
        call(&telemetry, "Hello!");
    }
    let error = telemetry.flush(Duration::from_millis(300)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not everything was delivered: lines has 3 kept in the spool"
    );
    assert_eq!(books(&telemetry, "lines").spooled, 3);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(lines_of(&path).len(), 3);
    assert_eq!(books(&telemetry, "lines").delivered, 3);
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn a_process_that_dies() {
    let folder = Folder::named(&child::case());
    let lines = Lines::new(folder.missing("turns.jsonl")).spool(durable(&folder));
    let telemetry = builder().lines(lines).build().unwrap();
    call(&telemetry, "Hello!");
    let error = telemetry.flush(Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.kept["lines"], 1);
    std::process::abort();
}

/// Promise, kept: What a process could not write before it died, the next one writes.
#[test]
fn what_a_process_did_not_write_before_it_died_the_next_one_writes() {
    let folder = Folder::of("lines_next_process");
    let ended = child::run("lines::a_process_that_dies", "lines_next_process");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !ended.status.success() && !said.contains("panicked"),
        "{said}"
    );
    let path = folder.file("turns.jsonl");
    let telemetry = builder()
        .lines(Lines::new(&path).spool(durable(&folder)))
        .build()
        .unwrap();
    telemetry.flush(PATIENCE).unwrap();
    let books = books(&telemetry, "lines");
    assert_eq!((books.recovered, books.delivered), (1, 1));
    assert_eq!(lines_of(&path)[0]["user_message"], "Hello!");
}

#[test]
fn a_line_waits_for_its_own_file_and_for_no_other() {
    let folder = Folder::of("lines_owner");
    let missing = folder.missing("turns.jsonl");
    let first = builder()
        .lines(Lines::new(&missing).spool(durable(&folder)))
        .build()
        .unwrap();
    call(&first, "Hello!");
    drop(first.shutdown(Duration::from_millis(300)));
    let other = folder.spool().with_file_name("other.jsonl");
    let second = builder()
        .lines(Lines::new(&other).spool(durable(&folder)))
        .build()
        .unwrap();
    second.flush(PATIENCE).unwrap();
    assert_eq!(books(&second, "lines").made, 0);
    assert!(!other.exists());
}

#[test]
fn turns_that_nobody_sampled_tools_and_what_is_reported_by_hand_are_lines_too() {
    let folder = Folder::of("lines_kinds");
    let path = folder.file("turns.jsonl");
    let telemetry = builder()
        .sampler(Sampler::AlwaysOff)
        .lines(best_effort(&path))
        .build()
        .unwrap();
    call(&telemetry, "Hello!");
    let session = telemetry.session("conv-1");
    session.emit_session_start();
    session.emit_tool_use(turnspan::ToolUseEvent::new("search"));
    session.emit_chat_turn(ChatTurn::new().user_message("By hand."));
    telemetry.flush(PATIENCE).unwrap();
    let lines = lines_of(&path);
    let types: Vec<&Value> = lines.iter().map(|line| &line["type"]).collect();
    assert_eq!(types, ["turn", "session_start", "tool_use", "turn"]);
    assert_eq!(lines[2]["tool"], "search");
    let of_session = lines[1..].iter().all(|line| line["session_id"] == "conv-1");
    assert!(of_session && lines[3]["user_message"] == "By hand.");
}

#[test]
fn a_tool_loop_may_be_one_line() {
    let folder = Folder::of("lines_loop");
    let path = folder.file("turns.jsonl");
    let lines = best_effort(&path).turn_grouping(turnspan::TurnGrouping::Turn);
    let telemetry = builder().lines(lines).build().unwrap();
    let asks = r#"{"choices":[{"finish_reason":"tool_calls","message":{"tool_calls":[
        {"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]}}]}"#;
    let question = r#"{"role":"user","content":"How much?"}"#;
    let request = format!(r#"{{"model":"m","messages":[{question}]}}"#);
    telemetry.record(URL, request).response(asks);
    let asked = r#"{"role":"assistant","tool_calls":[
        {"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]}"#;
    let found = r#"{"role":"tool","tool_call_id":"c1","content":"4"}"#;
    let request = format!(r#"{{"model":"m","messages":[{question},{asked},{found}]}}"#);
    let conversation = turnspan::Conversation::new("conv-1").enter();
    telemetry
        .record(URL, request)
        .response(openai::completion("4").to_string());
    drop(conversation);
    telemetry.shutdown(PATIENCE).unwrap();
    let lines = lines_of(&path);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["ai_rounds"], 2);
}

/// Telemetry as a file of settings says, and then the builder.
fn as_told(folder: &Folder, text: &str, then: impl FnOnce(Builder) -> Builder) -> Telemetry {
    let file = folder.file("turnspan.toml");
    fs::write(&file, text).unwrap();
    then(builder().file(&file).unwrap()).build().unwrap()
}

#[test]
fn the_path_may_be_set_by_a_variable_and_the_builder_overrides_it() {
    let folder = Folder::of("lines_setting");
    let (set, other) = (folder.file("set.jsonl"), folder.file("other.jsonl"));
    let (path, spool) = (set.display(), folder.spool());
    let spool = spool.display();
    let text = format!("TURNSPAN_LINES_PATH = '{path}'\nTES_SPOOL_PATH = '{spool}'");
    let telemetry = as_told(&folder, &text, |builder| builder);
    call(&telemetry, "Hello!");
    telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(lines_of(&set).len(), 1);
    assert!(folder.spool().exists(), "it waits where events of TES do");
    let telemetry = as_told(&folder, &text, |builder| builder.lines(best_effort(&other)));
    call(&telemetry, "Hello!");
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(lines_of(&other).len(), 1);
    assert_eq!(lines_of(&set).len(), 1, "the later call counts");
}

#[test]
fn a_path_that_names_no_file_is_an_error_at_the_start() {
    let error = builder().lines(Lines::new("/")).build().unwrap_err();
    assert_eq!(error.to_string(), "TURNSPAN_LINES_PATH names no file: `/`");
}

#[test]
fn every_service_of_turns_has_a_name_of_its_own() {
    let folder = Folder::of("lines_names");
    let lines = |name: &str| best_effort(&folder.file(name));
    let telemetry = builder()
        .lines(lines("a"))
        .lines_named("otlp", lines("b"))
        .lines_named("audit", lines("c"))
        .lines_named("audit", lines("d"))
        .span_exporter_named(
            "audit",
            opentelemetry_sdk::trace::InMemorySpanExporter::default(),
        )
        .build()
        .unwrap();
    let names = telemetry.stats().destinations.into_keys();
    assert!(names.eq(["audit", "audit_2", "lines", "otlp_2"]));
}
