//! An answer that pauses goes on in the next request, and is one turn with it.

use super::gathering::gathering;
use super::support::anthropic;
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::closed_port;
use super::support::tes_receiver::TesReceiver;
use serde_json::{Value, json};
use turnspan::{Conversation, SpoolSettings, Telemetry};

/// A piece of an answer: words, and a search of the provider's.
fn piece(number: usize) -> Value {
    let id = format!("srvtoolu_{number}");
    json!([
        {"type": "text", "text": format!("Piece {number}, ")},
        {"type": "text", "text": "and more."},
        {"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": "shoes"}},
    ])
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn assistant(content: &Value) -> Value {
    json!({"role": "assistant", "content": content})
}

fn call(telemetry: &Telemetry, messages: &[Value], content: &Value, stop_reason: &str) {
    let request =
        json!({"model": "m", "max_tokens": 9, "system": "Be kind.", "messages": messages});
    let call = telemetry.record("https://api.anthropic.com/v1/messages", request.to_string());
    call.response(anthropic::with_content(content, stop_reason).to_string());
}

fn end(telemetry: &Telemetry, messages: &[Value]) {
    call(
        telemetry,
        messages,
        &json!([{"type": "text", "text": "The end."}]),
        "end_turn",
    );
}

/// The turns that came: how many calls each took, and what it answered.
fn turns(telemetry: &Telemetry, receiver: &TesReceiver) -> Vec<(u64, String)> {
    telemetry.shutdown(PATIENCE).unwrap();
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances(), "{books}");
    let events = receiver.accepted();
    let turns = events.iter().map(|event| &event["data"]["attributes"]);
    turns
        .map(|turn| {
            let rounds = turn["usage"]["ai_rounds"].as_u64().unwrap();
            let answer = turn["assistant_response"].as_str().unwrap_or_default();
            (rounds, answer.to_owned())
        })
        .collect()
}

fn started() -> (TesReceiver, Telemetry) {
    let receiver = TesReceiver::start();
    let telemetry = gathering(tes_at(&receiver.url(), "tes_key"));
    (receiver, telemetry)
}

#[test]
fn pieces_are_one_turn_whether_a_client_sends_them_apart_or_as_one_message() {
    let one = |pieces: &[Value]| {
        let blocks = pieces.iter().flat_map(|it| it.as_array().unwrap()).cloned();
        vec![assistant(&blocks.collect::<Value>())]
    };
    let apart = |pieces: &[Value]| pieces.iter().map(assistant).collect::<Vec<_>>();
    let pieces = [piece(0), piece(1), piece(2)];
    for is_one in [true, false] {
        let way = |pieces: &[Value]| if is_one { one(pieces) } else { apart(pieces) };
        let (receiver, telemetry) = started();
        for number in 0..pieces.len() {
            let said = [vec![user("Find shoes.")], way(&pieces[..number])].concat();
            call(&telemetry, &said, &pieces[number], "pause_turn");
        }
        end(
            &telemetry,
            &[vec![user("Find shoes.")], way(&pieces)].concat(),
        );
        let turns = turns(&telemetry, &receiver);
        assert_eq!(turns.len(), 1, "{turns:?}");
        let (rounds, answer) = &turns[0];
        assert_eq!(*rounds, 4);
        assert_eq!(
            answer,
            "Piece 0, and more.\nPiece 1, and more.\nPiece 2, and more.\nThe end."
        );
    }
}

#[test]
fn only_a_request_that_ends_with_the_answer_goes_on_with_it() {
    let asked = user("Find shoes.");
    let answer = assistant(&piece(0));
    for (said, what) in [
        (vec![asked.clone()], "the question alone"),
        (
            vec![asked.clone(), answer.clone(), user("And hats.")],
            "a new question",
        ),
        (vec![asked.clone(), assistant(&piece(1))], "another answer"),
        (vec![user("Find hats."), answer.clone()], "another question"),
        (
            vec![user("Before."), assistant(&json!("Yes.")), asked, answer],
            "a longer history",
        ),
    ] {
        let (receiver, telemetry) = started();
        let _entered = Conversation::new("c1").enter();
        call(&telemetry, &[user("Find shoes.")], &piece(0), "pause_turn");
        end(&telemetry, &said);
        let rounds: Vec<_> = turns(&telemetry, &receiver)
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(rounds, [1, 1], "{what}");
    }
}

#[test]
fn nobody_goes_on_with_the_answer_of_another() {
    let (receiver, telemetry) = started();
    let asked = user("Find shoes.");
    for name in ["ann", "bob"] {
        let _entered = Conversation::anonymous().user(name).enter();
        call(
            &telemetry,
            std::slice::from_ref(&asked),
            &piece(0),
            "pause_turn",
        );
    }
    let _entered = Conversation::anonymous().user("eve").enter();
    end(&telemetry, &[asked.clone(), assistant(&piece(0))]);
    let _entered = Conversation::anonymous().user("bob").enter();
    end(&telemetry, &[asked, assistant(&piece(0))]);
    let rounds: Vec<_> = turns(&telemetry, &receiver)
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(rounds, [1, 2, 1]);
}

/// A tool of the caller's is asked for behind a pause, and the pause is over.
#[test]
fn a_pause_and_a_tool_of_the_callers_follow_one_another() {
    let (receiver, telemetry) = started();
    let asked = user("Find shoes.");
    let wants = json!([{"type": "tool_use", "id": "toolu_1", "name": "buy", "input": {"size": 9}}]);
    let found = json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "bought"}]});
    call(
        &telemetry,
        std::slice::from_ref(&asked),
        &piece(0),
        "pause_turn",
    );
    let resumed = [asked.clone(), assistant(&piece(0))];
    call(&telemetry, &resumed, &wants, "tool_use");
    end(
        &telemetry,
        &[asked, assistant(&piece(0)), assistant(&wants), found],
    );
    let turns = turns(&telemetry, &receiver);
    assert_eq!(turns, [(3, "The end.".to_owned())]);
}

#[test]
fn the_next_process_goes_on_with_what_a_crash_left_and_the_file_says_nothing() {
    let folder = Folder::named("paused_answer");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let tes = |folder: &Folder| {
        tes_at(&url, "tes_key")
            .capture_content(false)
            .spool(SpoolSettings::durable().path(folder.spool()))
    };
    let first = gathering(tes(&folder));
    call(&first, &[user("Find sesame.")], &piece(0), "pause_turn");
    let resumed = [user("Find sesame."), assistant(&piece(0))];
    call(&first, &resumed, &piece(1), "pause_turn");
    first.flush(PATIENCE).unwrap();
    folder.copy_to("paused_answer_after_crash");
    let crashed = Folder::named("paused_answer_after_crash");
    drop(first);
    let file = String::from_utf8_lossy(&crashed.bytes()).into_owned();
    assert!(!file.contains("sesame") && !file.contains("Piece"));

    let receiver = TesReceiver::at(port);
    let second = gathering(tes(&crashed));
    end(
        &second,
        &[
            user("Find sesame."),
            assistant(&piece(0)),
            assistant(&piece(1)),
        ],
    );
    assert_eq!(turns(&second, &receiver), [(3, String::new())]);
}
