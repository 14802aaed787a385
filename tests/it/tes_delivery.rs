//! Turns arrive, or are counted with the reason why not.

use super::support::harness::{Harness, PATIENCE, ask, tes_at};
use super::support::provider::{Provider, Reply, openai};
use super::support::tes_receiver::{Answer, TesReceiver};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use turnspan::{AccountSnapshot, DropReason, Tes};

fn tes(url: &str) -> Tes {
    tes_at(url, "tes_acme_fakekey")
}

fn harness(url: &str) -> Harness {
    Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        builder.tes(tes(url))
    })
}

async fn call(harness: &Harness, times: usize) {
    let ai = harness.ai();
    for _ in 0..times {
        ai.chat().create(ask("Hello!")).await.unwrap();
    }
}

/// The books of TES; they must balance.
fn account(harness: &Harness) -> AccountSnapshot {
    let account = harness.telemetry.stats().destinations["tes"].clone();
    assert!(account.balances(), "{account}");
    account
}

fn dropped(reason: DropReason, count: u64) -> BTreeMap<DropReason, u64> {
    BTreeMap::from([(reason, count)])
}

#[tokio::test]
async fn every_turn_arrives_once() {
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url());
    call(&harness, 20).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let account = account(&harness);
    assert_eq!(
        (account.made, account.delivered, account.queued),
        (20, 20, 0)
    );
    let mut ids: Vec<String> = receiver
        .accepted()
        .iter()
        .map(|turn| {
            turn["data"]["attributes"]["event_id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

#[tokio::test]
async fn failures_that_pass_are_tried_again_with_the_same_event() {
    let answers = [
        Answer::Status(500),
        Answer::Status(503),
        Answer::Close,
        // What it would have said of the event nobody knows.
        Answer::HalfRefusal,
        Answer::StatusWithHeader(429, "retry-after", "0".to_owned()),
    ];
    for answer in answers {
        let receiver = TesReceiver::scripted([answer.clone()]);
        let harness = harness(&receiver.url());
        call(&harness, 1).await;
        harness.telemetry.flush(PATIENCE).unwrap();
        assert_eq!(account(&harness).delivered, 1, "{answer:?}");
        let requests = receiver.requests();
        assert_eq!(requests.len(), 2, "{answer:?}");
        assert_eq!(requests[0].body, requests[1].body);
        assert!(!requests[0].accepted && requests[1].accepted);
    }
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let wait = Answer::StatusWithHeader(429, "retry-after", "1".to_owned());
    let receiver = TesReceiver::scripted([wait]);
    let harness = harness(&receiver.url());
    let begun = Instant::now();
    call(&harness, 1).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(account(&harness).delivered, 1);
}

#[tokio::test]
async fn refusals_for_good_are_dropped_with_their_reason_and_flush_says_so() {
    let cases = [
        (Answer::Status(401), DropReason::Rejected),
        (Answer::Status(400), DropReason::Rejected),
        (Answer::GraphqlError("no".to_owned()), DropReason::Rejected),
        (Answer::NotSuccessful("no".to_owned()), DropReason::Rejected),
    ];
    for (answer, reason) in cases {
        let receiver = TesReceiver::scripted([answer.clone()]);
        let harness = harness(&receiver.url());
        call(&harness, 1).await;
        let error = harness.telemetry.flush(PATIENCE).unwrap_err();
        assert_eq!(error.lost["tes"], 1, "{answer:?}");
        assert_eq!(account(&harness).dropped, dropped(reason, 1), "{answer:?}");
        assert_eq!(receiver.requests().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Provider::start([Reply::status(200)]);
    let receiver = TesReceiver::scripted([Answer::Redirect(elsewhere.url())]);
    let harness = harness(&receiver.url());
    call(&harness, 1).await;
    harness.telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(
        account(&harness).dropped,
        dropped(DropReason::Redirected, 1)
    );
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_success_without_json_is_not_sent_again() {
    let receiver = TesReceiver::scripted([Answer::NotJson]);
    let harness = harness(&receiver.url());
    call(&harness, 1).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&harness).delivered, 1);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_dead_receiver_holds_nobody_up_and_flush_tells_what_is_left() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let harness = harness(&format!("http://{closed}"));
    call(&harness, 5).await;
    let error = harness
        .telemetry
        .flush(Duration::from_millis(200))
        .unwrap_err();
    assert_eq!(error.left["tes"], 5);
    assert_eq!(
        error.to_string(),
        "not everything was delivered: tes has 5 left"
    );
    let account = account(&harness);
    assert_eq!((account.made, account.spooled), (5, 5));
}

#[tokio::test]
async fn what_is_left_at_the_end_is_dropped_and_counted() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let harness = harness(&format!("http://{closed}"));
    call(&harness, 5).await;
    harness
        .telemetry
        .shutdown(Duration::from_millis(200))
        .unwrap_err();
    let account = account(&harness);
    assert_eq!(account.dropped, dropped(DropReason::Shutdown, 5));
    assert_eq!(account.queued, 0);
}

#[tokio::test]
async fn calls_after_the_end_work_and_their_turns_are_counted_as_lost() {
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url());
    let ai = harness.ai();
    harness.telemetry.shutdown(PATIENCE).unwrap();
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(account(&harness).dropped, dropped(DropReason::Shutdown, 1));
}

#[tokio::test]
async fn a_slow_receiver_does_not_slow_the_caller() {
    let slow = std::iter::repeat_n(Answer::Slow(Duration::from_millis(300)), 4);
    let receiver = TesReceiver::scripted(slow);
    let harness = harness(&receiver.url());
    call(&harness, 4).await;
    // All four calls have returned before the first turn was accepted.
    assert_eq!(receiver.accepted().len(), 0);
    harness.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&harness).delivered, 4);
}

#[tokio::test]
async fn a_receiver_that_fails_is_asked_by_one_request_at_a_time() {
    let receiver = TesReceiver::scripted(vec![Answer::Status(503); 1000]);
    let harness = harness(&receiver.url());
    call(&harness, 60).await;
    harness.telemetry.flush(Duration::from_secs(2)).unwrap_err();
    // Four at the beginning, then one after each pause, and pauses grow: without
    // them 60 events would ask hundreds of times.
    let asked = receiver.requests().len();
    assert!((2..=30).contains(&asked), "{asked}");
    assert_eq!(account(&harness).spooled, 60);
}

/// How long so many events take to a receiver that answers so.
fn time_for(events: usize, answers: impl IntoIterator<Item = Answer>) -> Duration {
    let receiver = TesReceiver::scripted(answers);
    let telemetry = turnspan::builder()
        .tes(tes(&receiver.url()))
        .build()
        .unwrap();
    let begun = Instant::now();
    for _ in 0..events {
        let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
        call.response(openai::completion("Hi.").to_string());
    }
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), events);
    begun.elapsed()
}

/// Promise, kept: A receiver that fails one request in four at random gets at least half of
/// the events per second that it gets when it fails none.
#[test]
fn a_receiver_that_fails_one_request_in_four_gets_half_as_many_events_a_second() {
    const EVENTS: usize = 300;
    let slow = || Answer::Slow(Duration::from_millis(10));
    let well = time_for(EVENTS, std::iter::repeat_n(slow(), EVENTS));
    let mut random = fastrand::Rng::with_seed(1);
    let sick = (0..2 * EVENTS).map(|_| match random.u8(..4) {
        0 => Answer::Status(503),
        _ => slow(),
    });
    let sick = time_for(EVENTS, sick);
    println!("{EVENTS} events: {well:?}, with failures {sick:?}");
    assert!(sick < 2 * well, "{sick:?}, and {well:?} without failures");
}
