//! Events that wait in a file outlive the process that made them.

use super::support::folder::Folder;
use super::support::harness::{Harness, PATIENCE, ask};
use super::support::provider::{Reply, closed_port, openai};
use super::support::tes_receiver::{Answer, TesReceiver};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use turnspan::{AccountSnapshot, DropReason, Fault, SpoolSettings, Tes, WhenFull};

fn tes(url: &str, settings: SpoolSettings) -> Tes {
    Tes::new(url, "acme", "tes_acme_fakekey")
        .unwrap()
        .spool(settings)
}

fn harness(url: &str, settings: SpoolSettings) -> Harness {
    Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        builder.tes(tes(url, settings))
    })
}

fn durable(folder: &Folder) -> SpoolSettings {
    SpoolSettings::durable().path(folder.spool())
}

async fn call(harness: &Harness, times: usize) {
    let ai = harness.ai();
    for _ in 0..times {
        ai.chat().create(ask("Hello!")).await.unwrap();
    }
}

fn account(harness: &Harness) -> AccountSnapshot {
    let account = harness.telemetry.stats().destinations["tes"].clone();
    assert!(account.balances(), "{account}");
    account
}

fn ids(receiver: &TesReceiver) -> Vec<String> {
    let id = |event: &serde_json::Value| {
        let id = &event["data"]["attributes"]["event_id"];
        id.as_str().unwrap().to_owned()
    };
    receiver.accepted().iter().map(id).collect()
}

#[tokio::test]
async fn what_a_dead_receiver_did_not_take_the_next_process_delivers() {
    let folder = Folder::of("spool_next_process");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let first = harness(&url, durable(&folder));
    call(&first, 5).await;
    let error = first
        .telemetry
        .shutdown(Duration::from_millis(300))
        .unwrap_err();
    assert_eq!(error.kept["tes"], 5);
    assert!(error.left.is_empty(), "{error}");
    let books = account(&first);
    assert_eq!((books.made, books.spooled), (5, 5));

    let receiver = TesReceiver::at(port);
    let second = harness(&url, durable(&folder));
    second.telemetry.flush(PATIENCE).unwrap();
    let books = account(&second);
    assert_eq!((books.made, books.recovered, books.delivered), (5, 5, 5));
    let ids = ids(&receiver);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 5);
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn nothing_is_left_of_what_was_delivered() {
    let folder = Folder::of("spool_nothing_left");
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url(), durable(&folder));
    call(&harness, 20).await;
    harness.telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(account(&harness).delivered, 20);
    let names = folder.names();
    assert_eq!(
        names,
        ["spool.db", "spool.db-lock"].map(str::to_owned).into()
    );
    let file = fs::read(folder.spool()).unwrap();
    let said = b"Hello!";
    assert!(!file.windows(said.len()).any(|window| window == said));
}

#[tokio::test]
async fn nothing_is_left_of_processes_that_ended_with_nothing() {
    let folder = Folder::of("spool_ended_with_nothing");
    let receiver = TesReceiver::start();
    let settings = || durable(&folder);
    drop(harness(&receiver.url(), settings()));
    let file = rusqlite::Connection::open(folder.spool()).unwrap();
    let known = "0123456789abcdef0123456789abcdef";
    file.execute("INSERT INTO holder (lease) VALUES (?1)", [known])
        .unwrap();
    drop(file);
    // The second one was killed before anybody knew of it.
    for lease in [known, "f123456789abcdef0123456789abcdef"] {
        let name = format!("spool.db-lease-{lease}");
        fs::write(folder.path().join(name), "").unwrap();
    }
    drop(harness(&receiver.url(), settings()));
    assert_eq!(
        folder.names(),
        ["spool.db", "spool.db-lock"].map(str::to_owned).into()
    );
}

/// Promise, kept: a flush while calls go on ends when what was there before
/// has arrived.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_ends_though_calls_go_on() {
    let folder = Folder::of("calls_go_on");
    for settings in [durable(&folder), SpoolSettings::best_effort()] {
        let slow = Answer::Slow(Duration::from_millis(50));
        let receiver = TesReceiver::scripted(std::iter::repeat_n(slow, 10_000));
        let harness = Arc::new(harness(&receiver.url(), settings));
        call(&harness, 40).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let traffic = tokio::spawn({
            let (harness, is_over) = (Arc::clone(&harness), Arc::clone(&is_over));
            async move {
                while !is_over.load(Relaxed) {
                    call(&harness, 1).await;
                }
            }
        });
        let before = account(&harness).made;
        harness.telemetry.flush(PATIENCE).unwrap();
        let books = account(&harness);
        assert!(books.delivered >= before, "{before} made before: {books}");
        is_over.store(true, Relaxed);
        traffic.await.unwrap();
        receiver.heal();
        harness.telemetry.flush(PATIENCE).unwrap();
    }
}

#[tokio::test]
async fn more_than_is_read_ahead_arrives_once() {
    let folder = Folder::of("spool_many");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let first = harness(&url, durable(&folder));
    call(&first, 700).await;
    let error = first.telemetry.flush(Duration::from_secs(1)).unwrap_err();
    assert_eq!(error.kept["tes"], 700);
    let receiver = TesReceiver::at(port);
    first.telemetry.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(account(&first).delivered, 700);
    let ids = ids(&receiver);
    assert_eq!(ids.len(), 700);
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>().len(), 700);
}

#[tokio::test]
async fn refusals_for_good_are_kept_as_dead_letters() {
    let folder = Folder::of("spool_dead_letters");
    let receiver = TesReceiver::scripted([Answer::GraphqlError("no".to_owned())]);
    let harness = harness(&receiver.url(), durable(&folder));
    call(&harness, 1).await;
    let error = harness.telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.dead_lettered["tes"], 1);
    assert!(error.lost.is_empty(), "{error}");
    assert_eq!(account(&harness).dead_lettered, 1);
    harness.telemetry.flush(PATIENCE).unwrap();
}

#[tokio::test]
async fn a_full_spool_drops_the_oldest_or_the_newest_and_counts() {
    for policy in [WhenFull::DropOldest, WhenFull::DropNewest] {
        let folder = Folder::of(&format!("spool_full_{policy:?}"));
        let port = closed_port();
        let url = format!("http://127.0.0.1:{port}");
        let settings = durable(&folder).max_bytes(120 << 10).when_full(policy);
        let harness = harness(&url, settings);
        let ai = harness.ai();
        for turn in 0..200 {
            let text = format!("{turn:03} {}", "x".repeat(1000));
            ai.chat().create(ask(&text)).await.unwrap();
        }
        harness
            .telemetry
            .flush(Duration::from_millis(500))
            .unwrap_err();
        let books = account(&harness);
        let dropped = books.dropped[&DropReason::SpoolFull];
        assert_eq!(books.spooled + dropped, 200, "{policy:?}");
        assert!((20..120).contains(&books.spooled), "{policy:?}: {books}");
        let receiver = TesReceiver::at(port);
        harness.telemetry.flush(Duration::from_secs(60)).unwrap();
        let said = receiver.accepted();
        let has = |turn: &str| {
            said.iter().any(|event| {
                let text = event["data"]["attributes"]["user_message"].as_str();
                text.is_some_and(|text| text.starts_with(turn))
            })
        };
        let expected = match policy {
            WhenFull::DropOldest => (false, true),
            _ => (true, false),
        };
        assert_eq!((has("010"), has("199")), expected, "{policy:?}");
        assert!(fs::metadata(folder.spool()).unwrap().len() <= 160 << 10);
    }
}

#[tokio::test]
async fn what_waited_too_long_is_dropped_by_the_next_process() {
    let folder = Folder::of("spool_expired");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let first = harness(&url, durable(&folder));
    call(&first, 3).await;
    first
        .telemetry
        .shutdown(Duration::from_millis(300))
        .unwrap_err();
    let receiver = TesReceiver::at(port);
    let second = harness(&url, durable(&folder).max_age(Duration::ZERO));
    second.telemetry.flush(PATIENCE).unwrap_err();
    let books = account(&second);
    assert_eq!(books.dropped[&DropReason::Expired], 3);
    assert!(receiver.accepted().is_empty());
}

#[tokio::test]
async fn rows_belong_to_an_endpoint_and_a_client() {
    let folder = Folder::of("spool_owners");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let first = harness(&url, durable(&folder));
    call(&first, 2).await;
    first
        .telemetry
        .shutdown(Duration::from_millis(300))
        .unwrap_err();
    let receiver = TesReceiver::at(port);
    let other = Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        let other = Tes::new(&url, "globex", "tes_globex_key").unwrap();
        builder.tes(other.spool(durable(&folder)))
    });
    other.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&other).made, 0);
    let same = Harness::with([Reply::json(openai::completion("Hi."))], |builder| {
        let rotated = Tes::new(&url, "acme", "tes_acme_rotatedkey").unwrap();
        builder.tes(rotated.spool(durable(&folder)))
    });
    same.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&same).recovered, 2);
    for request in receiver.requests() {
        assert_eq!(request.headers["x-client-id"], "acme");
        assert_eq!(
            request.headers["authorization"],
            "Bearer tes_acme_rotatedkey"
        );
    }
}

#[tokio::test]
async fn what_nobody_comes_for_any_more_gets_too_old_all_the_same() {
    let folder = Folder::of("spool_orphans");
    let receiver = TesReceiver::start();
    let gone = harness(
        &format!("http://127.0.0.1:{}", closed_port()),
        durable(&folder),
    );
    call(&gone, 2).await;
    let given_up = gone.telemetry.shutdown(Duration::from_millis(300));
    given_up.unwrap_err();
    // Of another endpoint: not its own, and not yet too old.
    let young = harness(&receiver.url(), durable(&folder));
    young.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&young).made, 0);
    young.telemetry.shutdown(PATIENCE).unwrap();
    let old = harness(&receiver.url(), durable(&folder).max_age(Duration::ZERO));
    old.telemetry.flush(PATIENCE).unwrap_err();
    let books = account(&old);
    assert_eq!(
        (books.recovered, books.dropped[&DropReason::Expired]),
        (2, 2)
    );
    assert!(receiver.accepted().is_empty());
}

#[tokio::test]
async fn a_process_that_lives_keeps_its_rows() {
    let folder = Folder::of("spool_alive");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let first = harness(&url, durable(&folder));
    call(&first, 3).await;
    first
        .telemetry
        .flush(Duration::from_millis(300))
        .unwrap_err();
    let second = harness(&url, durable(&folder));
    call(&second, 2).await;
    second
        .telemetry
        .flush(Duration::from_millis(300))
        .unwrap_err();
    let books = account(&second);
    assert_eq!((books.recovered, books.spooled), (0, 2));
    let receiver = TesReceiver::at(port);
    first.telemetry.flush(PATIENCE).unwrap();
    second.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(ids(&receiver).into_iter().collect::<BTreeSet<_>>().len(), 5);
    assert_eq!(receiver.accepted().len(), 5);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_said() {
    let folder = Folder::of("spool_damaged");
    let nowhere = format!("http://127.0.0.1:{}", closed_port());
    drop(harness(&nowhere, durable(&folder)));
    fs::write(
        folder.spool(),
        "this is no database, and long enough to be taken for one",
    )
    .unwrap();
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url(), durable(&folder));
    call(&harness, 2).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let stats = harness.telemetry.stats();
    assert_eq!(stats.faults[&Fault::SpoolDamaged], 1);
    assert_eq!(account(&harness).delivered, 2);
    let is_aside = |name: &String| name.starts_with("spool.db-damaged-");
    assert_eq!(
        folder.names().iter().filter(|name| is_aside(name)).count(),
        1
    );
}

#[tokio::test]
async fn a_database_of_somebody_elses_stays_as_it_is() {
    let folder = Folder::of("spool_foreign");
    fs::create_dir_all(folder.spool().parent().unwrap()).unwrap();
    let theirs = rusqlite::Connection::open(folder.spool()).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(theirs);
    let before = fs::read(folder.spool()).unwrap();
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url(), durable(&folder));
    call(&harness, 2).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let stats = harness.telemetry.stats();
    assert_eq!(stats.faults[&Fault::SpoolUnavailable], 1);
    assert_eq!(account(&harness).delivered, 2);
    assert_eq!(fs::read(folder.spool()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_breaks_while_it_is_used_is_begun_anew() {
    let folder = Folder::of("spool_breaks");
    let receiver = TesReceiver::start();
    let harness = harness(&receiver.url(), durable(&folder));
    call(&harness, 2).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    for name in ["spool.db", "spool.db-wal"] {
        let path = folder.spool().with_file_name(name);
        let length = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![b'?'; usize::try_from(length).unwrap()]).unwrap();
    }
    call(&harness, 20).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    assert_eq!(account(&harness).delivered, 22);
    drop(harness);
    let again = self::harness(&receiver.url(), durable(&folder));
    call(&again, 1).await;
    again.telemetry.flush(PATIENCE).unwrap();
    assert!(
        !again
            .telemetry
            .stats()
            .faults
            .contains_key(&Fault::SpoolUnavailable)
    );
}

/// Whoever closes the file while nobody has a lock on it takes its log away.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_file_is_locked_for_as_long_as_it_is_used() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = Folder::of("spool_locked");
    let url = format!("http://127.0.0.1:{}", closed_port());
    let first = harness(&url, durable(&folder));
    let second = harness(&url, durable(&folder));
    call(&second, 1).await;
    drop(second);
    let inode = fs::metadata(folder.spool()).unwrap().ino();
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let ours = format!(" {} ", std::process::id());
    let is_ours = |lock: &&str| lock.contains(&ours) && lock.contains(&format!(":{inode} "));
    assert_eq!(locks.lines().filter(is_ours).count(), 1, "{locks}");
    drop(first);
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::of("spool_modes");
    let port = closed_port();
    let harness = harness(&format!("http://127.0.0.1:{port}"), durable(&folder));
    call(&harness, 1).await;
    harness
        .telemetry
        .flush(Duration::from_millis(300))
        .unwrap_err();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    for name in folder.names() {
        assert_eq!(mode(&folder.path().join(&name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn where_no_file_can_be_had_events_wait_in_memory() {
    let folder = Folder::of("spool_nowhere");
    let receiver = TesReceiver::start();
    let settings = SpoolSettings::durable().path("/dev/null/spool.db");
    let harness = harness(&receiver.url(), settings);
    call(&harness, 2).await;
    harness.telemetry.flush(PATIENCE).unwrap();
    let stats = harness.telemetry.stats();
    assert_eq!(stats.faults[&Fault::SpoolUnavailable], 1);
    assert_eq!(account(&harness).delivered, 2);
    drop(folder);
}

/// Looks while everything moves: calls, gathered turns, the file, a receiver
/// that refuses some, a span exporter beside it.
#[test]
fn at_any_moment_the_books_balance() {
    let folder = Folder::of("spool_balance");
    let answers = (0..200).map(|number| match number % 4 {
        0 => Answer::GraphqlError("no".to_owned()),
        _ => Answer::Accept,
    });
    let receiver = TesReceiver::scripted(answers);
    let tes = tes(&receiver.url(), durable(&folder)).turn_grouping(turnspan::TurnGrouping::Turn);
    let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let builder = turnspan::builder().tes(tes).span_exporter(exporter);
    let telemetry = builder.build().unwrap();
    let calling = Arc::new(());
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (calling, telemetry) = (Arc::clone(&calling), &telemetry);
            scope.spawn(move || {
                for number in 0..200 {
                    rounds(telemetry, &format!("{worker}-{number}"));
                }
                drop(calling);
            });
        }
        let calling = Arc::downgrade(&{ calling });
        let mut looks = 0_u64;
        while calling.strong_count() > 0 || looks < 100_000 {
            for (name, books) in telemetry.stats().destinations {
                assert!(books.balances(), "{name}: {books}");
            }
            looks += 1;
        }
    });
    drop(telemetry.flush(PATIENCE));
    drop(telemetry.shutdown(PATIENCE));
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances() && books.made == 1200, "{books}");
    assert_eq!((books.queued, books.open), (0, 0), "{books}");
}

/// A call that asks for a tool, and the one that answers it.
fn rounds(telemetry: &turnspan::Telemetry, id: &str) {
    let url = "https://api.openai.com/v1/chat/completions";
    let first = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{id}"}}]}}"#);
    let call = telemetry.record(url, first);
    call.response(openai::tool_call(id, "search", "{}").to_string());
    let tool = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"{id}"}},
        {{"role":"assistant","content":null,"tool_calls":[{{"id":"{id}","type":"function",
        "function":{{"name":"search","arguments":"{{}}"}}}}]}},
        {{"role":"tool","tool_call_id":"{id}","content":"found"}}]}}"#
    );
    let call = telemetry.record(url, tool);
    call.response(openai::completion("Hi.").to_string());
}

#[test]
fn a_row_that_stands_for_more_than_can_be_counted_is_sent_all_the_same() {
    let folder = Folder::of("uncountable");
    let port = closed_port();
    let url = format!("http://127.0.0.1:{port}");
    let build = || {
        let tes = tes(&url, durable(&folder));
        turnspan::builder().tes(tes).build().unwrap()
    };
    let before = build();
    for _ in 0..5 {
        let call = before.record("https://api.openai.com/v1/chat/completions", "{}");
        call.timed_out();
    }
    before.shutdown(PATIENCE / 10).unwrap_err();
    let file = rusqlite::Connection::open(folder.spool()).unwrap();
    let most = "UPDATE event SET items = 9223372036854775807";
    file.execute(most, []).unwrap();
    drop(file);
    let receiver = TesReceiver::at(port);
    let next = build();
    next.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 5);
    let books = &next.stats().destinations["tes"];
    assert!(books.balances() && books.delivered == books.made, "{books}");
}
