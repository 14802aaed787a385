//! How long the end waits for a receiver of turns.

use super::otlp::tell;
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::closed_port;
use super::support::tes_receiver::TesReceiver;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use turnspan::{FlushError, SpoolSettings, Telemetry};

fn telemetry(url: &str, spool: SpoolSettings) -> Telemetry {
    let tes = tes_at(url, "tes_key").spool(spool);
    turnspan::builder().tes(tes).build().unwrap()
}

fn in_file(folder: &Folder) -> SpoolSettings {
    SpoolSettings::default().path(folder.spool())
}

fn closed() -> String {
    format!("http://127.0.0.1:{}", closed_port())
}

/// How the end went, and how long it took.
fn end(telemetry: &Telemetry, limit: Duration) -> (Result<(), FlushError>, Duration) {
    let begun = Instant::now();
    let ended = telemetry.shutdown(limit);
    (ended, begun.elapsed())
}

#[test]
fn the_end_does_not_wait_for_a_receiver_that_is_down_once_the_file_has_everything() {
    let folder = Folder::of("safe_exit_down");
    let telemetry = telemetry(&closed(), in_file(&folder));
    for _ in 0..20 {
        tell(&telemetry, 10);
    }
    let (ended, took) = end(&telemetry, PATIENCE);
    let error = ended.unwrap_err();
    assert_eq!(error.kept["tes"], 20, "{error}");
    assert!(error.left.is_empty() && error.lost.is_empty(), "{error}");
    assert!(took < PATIENCE / 2, "{took:?}");
}

#[test]
fn what_is_in_memory_alone_is_worth_another_attempt() {
    let telemetry = telemetry(&closed(), SpoolSettings::best_effort());
    tell(&telemetry, 10);
    let limit = Duration::from_millis(400);
    let (ended, took) = end(&telemetry, limit);
    assert_eq!(ended.unwrap_err().left["tes"], 1);
    assert!(took >= limit / 2, "{took:?}");
}

#[test]
fn a_receiver_that_is_not_known_to_be_down_gets_its_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = Folder::of("safe_exit_silent");
    let url = format!("http://{}", silent.local_addr().unwrap());
    let telemetry = telemetry(&url, in_file(&folder));
    tell(&telemetry, 10);
    let limit = Duration::from_millis(400);
    let (ended, took) = end(&telemetry, limit);
    assert_eq!(ended.unwrap_err().kept["tes"], 1);
    assert!(took >= limit / 2, "{took:?}");
}

#[test]
fn a_receiver_that_answers_gets_everything_at_the_end() {
    let receiver = TesReceiver::start();
    let folder = Folder::of("safe_exit_up");
    let telemetry = telemetry(&receiver.url(), in_file(&folder));
    for _ in 0..20 {
        tell(&telemetry, 10);
    }
    let (ended, _) = end(&telemetry, PATIENCE);
    ended.unwrap();
    assert_eq!(receiver.accepted().len(), 20);
}
