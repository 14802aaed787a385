//! Threads of ours wake up when something has changed, and no more often.
//!
//! A child counts how often its threads gave up the processor of their own
//! will, as Linux does; nothing else runs in it.

use super::alone;
use super::child::{self, books, say};
use super::job::{Job, Rest, Role};
use super::parent::Running;
use super::provider::openai;
use super::tes_receiver::TesReceiver;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use turnspan::{SpoolSettings, Telemetry, Tes};

/// Calls of one child, one after the other in about a second.
const CALLS: u64 = 200;

const PATIENCE: Duration = Duration::from_secs(60);

/// How long is looked at what is idle.
const IDLE: Duration = Duration::from_secs(2);

/// By thread: how often it woke up.
type Wakes = BTreeMap<String, u64>;

pub(crate) fn run(job: &Job, rest: Rest) {
    let telemetry = turnspan::builder().tes(tes(job, rest)).build().unwrap();
    // What threads do at their beginning is not looked at.
    call(&telemetry);
    if rest == Rest::Idle {
        drop(telemetry.flush(PATIENCE));
        // They come to rest a moment after what they did.
        thread::sleep(IDLE / 8);
    } else {
        thread::sleep(IDLE);
    }
    let before = wakes();
    match rest {
        Rest::Idle => {
            call(&telemetry);
            thread::sleep(IDLE);
        }
        Rest::Batching | Rest::Down => {
            for _ in 0..CALLS {
                call(&telemetry);
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    let woken: Vec<String> = wakes()
        .into_iter()
        .map(|(name, count)| format!("{name}={}", count - before.get(&name).unwrap_or(&0)))
        .collect();
    say("wakes", &woken.join(" "));
    say("books", &books(&telemetry).to_string());
    drop(telemetry.shutdown(Duration::from_millis(100)));
}

fn tes(job: &Job, rest: Rest) -> Tes {
    let tes = Tes::new(&job.url, "acme", "tes_acme_fakekey").unwrap();
    match rest {
        Rest::Idle => tes.spool(SpoolSettings::durable().path(&job.spool)),
        Rest::Batching => tes
            .batch_size(10_000)
            .interval(Duration::from_secs(600))
            .spool(SpoolSettings::best_effort()),
        Rest::Down => tes.spool(SpoolSettings::best_effort()),
    }
}

fn call(telemetry: &Telemetry) {
    let messages = json!([child::user("Hello!")]);
    child::call(telemetry, &messages, &openai::completion("Hi."));
}

/// Of our threads, by name.
fn wakes() -> Wakes {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let mut wakes = Wakes::new();
    for task in tasks {
        let Ok(status) = fs::read_to_string(task.unwrap().path().join("status")) else {
            continue;
        };
        let field = |name: &str| {
            let mut lines = status.lines();
            lines
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let name = field("Name:").unwrap();
        if let Some(name) = name.strip_prefix("turnspan-") {
            let count: u64 = field("voluntary_ctxt_switches:").unwrap().parse().unwrap();
            *wakes.entry(name.to_owned()).or_default() += count;
        }
    }
    wakes
}

fn woken(rest: Rest, url: &str) -> Wakes {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wakes_{rest:?}"));
    drop(fs::remove_dir_all(&folder));
    let child = Running::start(&Job {
        role: Role::Wakes(rest),
        url: url.to_owned(),
        spool: folder.join("spool.db"),
        name: String::new(),
        batch: 1,
        open: Vec::new(),
    });
    let said = child.wait_for("wakes");
    println!("{rest:?}: {said}; {}", child.wait_for("books"));
    child.wait();
    let each = said.split(' ').map(|it| it.split_once('=').unwrap());
    each.map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect()
}

/// A name of a thread is cut by the system.
fn of(wakes: &Wakes, name: &str) -> u64 {
    wakes
        .iter()
        .filter(|(it, _)| name.starts_with(*it))
        .map(|(_, count)| count)
        .sum()
}

/// Promise, cost: After a call every thread sleeps until something changes; none naps again
/// and again.
/// Figure: two wake-ups of the pipeline and six of the spool for a call.
#[test]
fn after_a_call_nothing_wakes_up_again_and_again() {
    let _alone = alone();
    let receiver = TesReceiver::start();
    let wakes = woken(Rest::Idle, &receiver.url());
    // A call is two changes: that it begins, and that it ends.
    assert!(of(&wakes, "pipeline") <= 2, "{wakes:?}");
    // Its event comes, is committed, is read, delivered, and deleted.
    assert!(of(&wakes, "spool") <= 6, "{wakes:?}");
}

/// Promise, cost: An event that waits for others to leave with wakes no thread of the
/// network.
#[test]
fn what_waits_for_others_wakes_nobody() {
    let _alone = alone();
    let receiver = TesReceiver::start();
    let wakes = woken(Rest::Batching, &receiver.url());
    assert!(of(&wakes, "export") <= CALLS / 20, "{wakes:?}");
    assert!(of(&wakes, "pipeline") <= 2 * CALLS, "{wakes:?}");
}

/// Promise, cost: While TES is down new events wake no thread of the network.
#[test]
fn while_a_receiver_is_down_events_wake_nobody() {
    let _alone = alone();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let started = Instant::now();
    let wakes = woken(Rest::Down, &url);
    // It is asked ever more rarely whether it is there again.
    assert!(
        of(&wakes, "export") <= CALLS / 5,
        "{wakes:?} in {:?}",
        started.elapsed()
    );
}
