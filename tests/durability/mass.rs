//! Calls that end all at once.

use super::alone;
use super::child::{self, books};
use super::tes_receiver::TesReceiver;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};
use turnspan::{Recorder, SpoolSettings, Telemetry, Tes};

/// As many as a busy gateway has open when its provider goes down.
const CALLS: usize = 10_000;

const WORKERS: usize = 4;

const PATIENCE: Duration = Duration::from_secs(300);

fn running(url: &str, spool: &Path) -> Telemetry {
    let settings = SpoolSettings::durable().path(spool).max_bytes(1 << 30);
    let tes = Tes::new(url, "acme", "tes_acme_fakekey").unwrap();
    let tes = tes.batch_size(100).interval(Duration::from_millis(20));
    let builder = turnspan::builder().tes(tes.spool(settings));
    builder.build().unwrap()
}

fn open(telemetry: &Telemetry, number: usize) -> Recorder {
    let messages = json!([child::user(&number.to_string())]);
    let request = json!({"model": "gpt-4o", "stream": true, "messages": messages});
    let url = "https://api.openai.com/v1/chat/completions";
    let mut call = telemetry.record(url, request.to_string());
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": "Hel"}}]});
    call.chunk(format!("data: {chunk}\n\n"));
    call
}

/// Streams that break, most of them.
fn end(call: Recorder, random: &mut fastrand::Rng) {
    match random.u8(..4) {
        0 => drop(call),
        1 => call.timed_out(),
        2 => call.finish(),
        _ => call.failed(&io::Error::from(io::ErrorKind::ConnectionReset)),
    }
}

/// Promise, kept: Of 10,000 streams that break at once none is lost: the queue between
/// callers and the pipeline is bounded by bytes, and its thread wakes up when it fills.
#[test]
fn ten_thousand_calls_that_end_at_once_are_all_kept() {
    let _alone = alone();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mass_end");
    drop(fs::remove_dir_all(&folder));
    let spool = folder.join("spool.db");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let url = format!("http://127.0.0.1:{port}");
    let telemetry = running(&url, &spool);
    let mut calls: Vec<_> = (0..CALLS).map(|number| open(&telemetry, number)).collect();
    let share = CALLS / WORKERS;
    let together = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for seed in 0..WORKERS {
            let share = calls.split_off(calls.len() - share);
            let together = &together;
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed as u64);
                together.wait();
                for call in share {
                    end(call, &mut random);
                }
            });
        }
    });
    let deadline = Instant::now() + PATIENCE;
    while books(&telemetry).queued > 0 {
        assert!(Instant::now() < deadline, "{}", books(&telemetry));
        thread::sleep(Duration::from_millis(5));
    }
    // Nobody takes anything, so the time is used up.
    let ended = telemetry.shutdown(Duration::from_secs(2)).unwrap_err();
    let books = books(&telemetry);
    assert!(books.balances(), "{books}");
    assert_eq!(books.made, CALLS as u64, "{books}");
    assert_eq!(books.dropped_total(), 0, "{books}");
    assert_eq!(ended.kept["tes"], CALLS as u64, "{ended}");
    let receiver = TesReceiver::at(port);
    let next = running(&url, &spool);
    next.flush(PATIENCE).unwrap();
    let said = |event: &serde_json::Value| {
        let text = &event["data"]["attributes"]["user_message"];
        text.as_str().unwrap().parse::<usize>().unwrap()
    };
    let events = receiver.accepted();
    let all: BTreeSet<usize> = events.iter().map(said).collect();
    assert_eq!((events.len(), all.len()), (CALLS, CALLS));
}
