//! The mutations by which events reach TES, alone and together.

use super::support::harness::{Harness, PATIENCE, ask, tes_at};
use super::support::provider::{Reply, openai};
use super::support::tes_receiver::{Answer, TesReceiver};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use turnspan::{AccountSnapshot, Dialect, DropReason, Tes};

fn harness(tes: Tes) -> Harness {
    Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        builder.tes(tes)
    })
}

async fn say(harness: &Harness, texts: &[&str]) {
    let ai = harness.ai();
    for text in texts {
        ai.chat().create(ask(text)).await.unwrap();
    }
}

fn account(harness: &Harness) -> AccountSnapshot {
    let account = harness.telemetry.stats().destinations["tes"].clone();
    assert!(account.balances(), "{account}");
    account
}

#[tokio::test]
async fn create_module_event_is_sent_as_it_was_captured() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey").user_id("u_1");
    let harness = harness(tes.dialect(Dialect::CreateModuleEvent));
    say(&harness, &["Hello!"]).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let text = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    let captured = include_str!("../fixtures/seed-wire/js-0.7/openai_user.json");
    let captured: Value = serde_json::from_str(captured).unwrap();
    let requests = captured["requests"].as_array().unwrap();
    let captured = &requests.last().unwrap()["body"];
    assert_eq!(body["query"], captured["query"]);
    let (ours, theirs) = (&body["variables"], &captured["variables"]);
    assert_eq!(ours["moduleId"], theirs["moduleId"]);
    assert_eq!(ours["input"]["eventType"], theirs["input"]["eventType"]);
    let attributes = ours["input"]["data"]["attributes"].as_object().unwrap();
    let captured = theirs["input"]["data"]["attributes"].as_object().unwrap();
    // This call has no system prompt.
    for key in captured.keys().filter(|key| *key != "system_prompt") {
        assert!(attributes.contains_key(key), "{key}");
    }
    assert_eq!(attributes["clientId"], captured["clientId"]);
    let order = ["assistant_response", "clientId", "userId", "event_id"];
    let at: Vec<usize> = order
        .iter()
        .map(|key| text.find(&format!("\"{key}\"")).unwrap())
        .collect();
    assert!(at.is_sorted(), "{text}");
    assert_eq!(receiver.accepted().len(), 1);
}

#[tokio::test]
async fn several_events_leave_in_one_request() {
    for dialect in [Dialect::EmitEvent, Dialect::CreateModuleEvent] {
        let receiver = TesReceiver::start();
        let tes = tes_at(&receiver.url(), "tes_acme_fakekey").dialect(dialect);
        let harness = harness(tes.batch_size(10));
        say(&harness, &["Hello!"; 25]).await;
        harness.telemetry.flush(PATIENCE).unwrap();
        assert_eq!(account(&harness).delivered, 25);
        assert_eq!(receiver.accepted().len(), 25);
        let requests = receiver.requests().len();
        assert!((3..=6).contains(&requests), "{requests}");
    }
}

#[tokio::test]
async fn an_event_waits_for_company_until_there_is_enough_or_long_enough() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey");
    let tes = tes.batch_size(3).interval(Duration::from_secs(3600));
    let harness = harness(tes);
    say(&harness, &["Hello!"; 3]).await;
    receiver.wait_for(1);
    assert_eq!(receiver.accepted().len(), 3);

    let tes = tes_at(&receiver.url(), "tes_acme_fakekey");
    let tes = tes.batch_size(3).interval(Duration::from_millis(50));
    let harness = self::harness(tes);
    say(&harness, &["Hello!"]).await;
    receiver.wait_for(2);
}

#[tokio::test]
async fn one_event_of_many_is_refused_alone() {
    let receiver = TesReceiver::start();
    let harness = harness(tes_at(&receiver.url(), "tes_acme_fakekey").batch_size(3));
    say(&harness, &["Hello!", "refuse this", "Hello!"]).await;
    let error = harness.telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost["tes"], 1);
    let books = account(&harness);
    assert_eq!(
        (books.delivered, books.dropped[&DropReason::Rejected]),
        (2, 1)
    );
}

#[tokio::test]
async fn what_is_refused_as_a_whole_is_sent_again_event_by_event() {
    let refusals = [
        Answer::GraphqlError("too many".to_owned()),
        Answer::Status(413),
        Answer::Status(400),
    ];
    for answer in refusals {
        let receiver = TesReceiver::scripted([answer.clone()]);
        let harness = harness(tes_at(&receiver.url(), "tes_acme_fakekey").batch_size(3));
        say(&harness, &["Hello!"; 3]).await;
        harness.telemetry.flush(PATIENCE).unwrap();
        assert_eq!(account(&harness).delivered, 3, "{answer:?}");
        assert_eq!(receiver.requests().len(), 4, "{answer:?}");
        let first = String::from_utf8(receiver.requests()[0].body.to_vec()).unwrap();
        let id = |event: &Value| {
            let id = &event["data"]["attributes"]["event_id"];
            id.as_str().unwrap().to_owned()
        };
        let ids: BTreeSet<String> = receiver.accepted().iter().map(id).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| first.contains(id)), "the same ids");
    }
}
