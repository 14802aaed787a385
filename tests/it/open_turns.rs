//! How large an open turn may be, how long it lasts, and who goes on with it.

use super::gathering::{Loop, gathering};
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::seams::Format;
use super::support::tes_receiver::TesReceiver;
use serde_json::{Value, json};
use std::fs;
use turnspan::{Conversation, Fault, SpoolSettings, Telemetry};

/// The id of a round's tool call.
fn id(round: usize) -> String {
    format!("call_{round}")
}

/// Rounds of a loop whose client shows the model the question and the last
/// results; the last round ends it.
fn run(telemetry: &Telemetry, rounds: usize, found: usize, id: fn(usize) -> String) {
    let _entered = Conversation::new("c1").enter();
    let mut calls = Loop::of(Format::OpenAi, "What is in all these files?");
    for round in 0..rounds {
        calls.asks(telemetry, &id(round), &json!({"file": round}));
        calls.found(&id(round), &format!("{round} {}", "x".repeat(found)));
        calls.keep_last(4);
    }
    calls.ends(telemetry, "Nothing new.");
}

fn attributes(receiver: &TesReceiver) -> Vec<Value> {
    let events = receiver.accepted();
    let attributes = events.iter().map(|event| &event["data"]["attributes"]);
    attributes.cloned().collect()
}

/// Promise, kept: An open turn has a bound in bytes: what is essential stays, and what
/// was cut is marked.
/// Figure: 512 KiB
#[test]
fn a_turn_that_is_too_large_keeps_what_is_essential_and_says_what_was_cut() {
    let receiver = TesReceiver::start();
    let telemetry = gathering(tes_at(&receiver.url(), "tes_key"));
    run(&telemetry, 200, 4_000, id);
    telemetry.flush(PATIENCE).unwrap();
    let turns = attributes(&receiver);
    assert_eq!(turns.len(), 1);
    let turn = &turns[0];
    assert_eq!(turn["usage"]["ai_rounds"], 201);
    assert_eq!(turn["usage"]["prompt_tokens"], 201 * 12);
    assert_eq!(turn["user_message"], "What is in all these files?");
    assert_eq!(turn["assistant_response"], "Nothing new.");
    let calls = turn["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 200);
    let mut cut = 0;
    for (round, call) in calls.iter().enumerate() {
        assert_eq!(call["tool"], "read_file");
        assert_eq!(call["args"], json!({"file": round}), "they are small");
        let result = call["result"].as_str().unwrap();
        if result == "...[truncated]" {
            cut += 1;
        } else {
            assert!(result.starts_with(&format!("{round} x")), "{result}");
        }
    }
    let is_cut = |at: usize| calls[at]["result"] == "...[truncated]";
    assert!(!is_cut(0) && is_cut(1) && !is_cut(198) && !is_cut(199));
    assert!((50..100).contains(&cut), "{cut}");
    let size = receiver.requests()[0].body.len();
    assert!(size < 1 << 20, "{size}");
    assert_eq!(telemetry.stats().faults[&Fault::ContentShed], 1);
}

#[test]
fn a_turn_whose_names_alone_are_too_much_ends_and_another_begins() {
    const ROUNDS: usize = 2_800;
    let rounds = u64::try_from(ROUNDS).unwrap() + 1;
    let receiver = TesReceiver::start();
    let telemetry = gathering(tes_at(&receiver.url(), "tes_key").capture_content(false));
    // Longer ones are cut.
    let long = |round| format!("{round:0>254}");
    run(&telemetry, ROUNDS, 1, long);
    telemetry.flush(PATIENCE).unwrap();
    let turns = attributes(&receiver);
    let ends: Vec<&Value> = turns.iter().map(|turn| &turn["closed_by"]).collect();
    assert_eq!(ends, [&json!("size"), &Value::Null]);
    let calls = turns
        .iter()
        .map(|turn| turn["tool_calls"].as_array().unwrap().len());
    assert_eq!(calls.sum::<usize>(), ROUNDS);
    let gathered = turns
        .iter()
        .map(|turn| turn["usage"]["ai_rounds"].as_u64().unwrap());
    assert_eq!(gathered.sum::<u64>(), rounds);
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances() && books.delivered == rounds, "{books}");
}

/// The layout of the first version, and a turn that it left open.
const FIRST_LAYOUT: &str = "
    PRAGMA application_id = 1414746195;
    PRAGMA user_version = 1;
    CREATE TABLE owner (id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, client_id TEXT NOT NULL,
        UNIQUE (endpoint, client_id)) STRICT;
    CREATE TABLE holder (id INTEGER PRIMARY KEY, lease TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE event (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, holder INTEGER,
        state INTEGER NOT NULL, made_at INTEGER NOT NULL, items INTEGER NOT NULL,
        body BLOB NOT NULL, reason TEXT, why TEXT, ended_at INTEGER) STRICT;
    CREATE TABLE open_turn (key INTEGER PRIMARY KEY, owner INTEGER NOT NULL, holder INTEGER,
        items INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
    INSERT INTO owner VALUES (1, ?1, 'acme');
    INSERT INTO holder VALUES (1, '0123456789abcdef0123456789abcdef');
    INSERT INTO open_turn VALUES (7, 1, 1, 2, ?2);";

#[test]
fn a_turn_that_an_older_version_left_open_is_gone_on_with() {
    let folder = Folder::of("open_turns_older");
    fs::create_dir_all(folder.spool().parent().unwrap()).unwrap();
    let receiver = TesReceiver::start();
    let now = std::time::SystemTime::now();
    let call = |round: u64, result: Value| {
        json!({"tool": "read_file", "args": "{}",
        "id": id(usize::try_from(round).unwrap()), "round": round, "result": result})
    };
    let body = json!({
        "turn": {
            "session_id": "c1", "trace_id": "t", "span_id": "s", "provider": "openai",
            "usage": {"input_tokens": 24}, "ai_rounds": 2, "user_message": "Q?", "user_id": "ann",
            "tool_calls": [call(0, json!("\"one\"")), call(1, Value::Null)], "started_at": now,
        },
        "asked": ["call_1"], "last_end": now, "key": 7,
    });
    let endpoint = format!("{}/api/graphql", receiver.url());
    let file = rusqlite::Connection::open(folder.spool()).unwrap();
    for statement in FIRST_LAYOUT.split_inclusive(';') {
        let mut statement = file.prepare(statement).unwrap();
        match statement.parameter_count() {
            0 => drop(statement.raw_execute()),
            1 => drop(statement.execute([&endpoint]).unwrap()),
            _ => drop(
                statement
                    .execute((Option::<i64>::None, body.to_string().as_bytes()))
                    .unwrap(),
            ),
        }
    }
    drop(file);

    let spool = SpoolSettings::durable().path(folder.spool());
    let telemetry = gathering(tes_at(&receiver.url(), "tes_key").spool(spool));
    assert_eq!(telemetry.stats().destinations["tes"].open, 2);
    for user in ["bob", "ann"] {
        let _entered = Conversation::new("c1").user(user).enter();
        let mut calls = Loop::of(Format::OpenAi, "Q?");
        calls.found("call_1", "two");
        calls.ends(&telemetry, "Done.");
    }
    telemetry.shutdown(PATIENCE).unwrap();
    let turns = attributes(&receiver);
    assert_eq!(turns[0]["userId"], "bob");
    assert_eq!(turns[0]["usage"]["ai_rounds"], 1);
    assert_eq!(turns[1]["usage"]["ai_rounds"], 3);
    assert_eq!(turns[1]["usage"]["prompt_tokens"], 36);
    let results = [0, 1].map(|at| turns[1]["tool_calls"][at]["result"].clone());
    assert_eq!(results, ["one", "two"]);
    assert!(telemetry.stats().faults.is_empty());
}
