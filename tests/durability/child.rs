//! The child: this program, with a job in its environment.
//!
//! What it tells its parent are lines on standard output, each with a mark, as
//! the test harness has words there too.

use super::job::{Job, Loop, Role};
use super::measure;
use super::provider::openai;
use super::steady;
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use turnspan::{AccountSnapshot, Fault, Telemetry};

pub(crate) const JOB: &str = "TURNSPAN_TEST_JOB";
pub(crate) const MARK: char = '@';

/// Calls that may be on their way to the file at once. They wait for each other,
/// so that a machine that does other things too adds little to the timers.
const UNDER_WAY: u64 = 50;

/// As many as may be without any getting lost.
pub(crate) const MOST_QUEUED: u64 = 1_000;

const WORKERS: u64 = 4;
const PATIENCE: Duration = Duration::from_secs(600);

#[test]
#[ignore = "what the other tests start as a process"]
fn works() {
    let Some(job) = env::var_os(JOB) else { return };
    let job: Job = serde_json::from_str(job.to_str().unwrap()).unwrap();
    match job.role {
        Role::Measure(way) => return measure::run(&job, way),
        #[cfg(target_os = "linux")]
        Role::Wakes(rest) => return super::wakes::run(&job, rest),
        _ => {}
    }
    let telemetry = turnspan::builder().tes(job.tes()).build().unwrap();
    say("ready", &books(&telemetry).recovered.to_string());
    match job.role {
        Role::Calls => load(&telemetry, |worker, pace| {
            calls(&telemetry, &job, worker, pace);
        }),
        Role::Loops => load(&telemetry, |worker, pace| {
            loops(&telemetry, &job, worker, pace);
        }),
        Role::UntilFull => until_full(&telemetry),
        Role::FullAtEnd => full_at_end(&telemetry),
        Role::Steady(calls) => steady::run(&telemetry, &job.name, calls),
        Role::Drain | Role::DrainLoops | Role::Measure(_) | Role::Wakes(_) => drain(&telemetry),
    }
}

/// One line, whole.
pub(crate) fn say(what: &str, value: &str) {
    let line = format!("{MARK}{what} {value}\n");
    // A parent that is gone wants to know no more.
    io::stdout().write_all(line.as_bytes()).ok();
}

pub(crate) fn books(telemetry: &Telemetry) -> AccountSnapshot {
    telemetry.stats().destinations["tes"].clone()
}

/// Microseconds since 1970: the clock that parent and child share.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_micros()).unwrap()
}

/// How many calls have begun, and how many the queue has let go.
#[derive(Debug, Default)]
struct Pace {
    begun: AtomicU64,
    through: AtomicU64,
}

impl Pace {
    fn step(&self) {
        while self.begun.load(Relaxed) >= self.through.load(Relaxed) + UNDER_WAY {
            thread::sleep(Duration::from_micros(100));
        }
        self.begun.fetch_add(1, Relaxed);
    }
}

/// As fast as it goes, until somebody ends the process.
fn load(telemetry: &Telemetry, work: impl Fn(u64, &Pace) + Sync) {
    let pace = Pace::default();
    let (pace, work) = (&pace, &work);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || work(worker, pace));
        }
        let mut told = 0;
        loop {
            let books = books(telemetry);
            assert_eq!(books.dropped_total(), 0, "{books}");
            // What is made is read before what is queued: never too many.
            let through = books.made.saturating_sub(books.recovered + books.queued);
            pace.through.store(through, Relaxed);
            if through > told {
                told = through;
                say("kept", &told.to_string());
            }
            thread::sleep(Duration::from_micros(200));
        }
    });
}

fn calls(telemetry: &Telemetry, job: &Job, worker: u64, pace: &Pace) {
    for number in 0.. {
        pace.step();
        let id = format!("{}-{worker}-{number}", job.name);
        call(telemetry, &json!([user(&id)]), &openai::completion("Hi."));
        say("done", &format!("{id} {}", now()));
    }
}

/// Rounds of a loop that is not left to another process.
pub(crate) const ROUNDS: u64 = 3;

/// One loop of so many is left to another process.
const LEFT: u64 = 25;

fn loops(telemetry: &Telemetry, job: &Job, worker: u64, pace: &Pace) {
    let left = job.open.iter().enumerate();
    let mine = left.filter(|(at, _)| *at as u64 % WORKERS == worker);
    for (_, open) in mine {
        rounds(telemetry, open, ROUNDS, pace);
    }
    for number in 0.. {
        let id = format!("{}-{worker}-{number}", job.name);
        let until = match number % LEFT {
            1 => 1,
            2 => 2,
            _ => ROUNDS,
        };
        rounds(telemetry, &Loop { id, rounds: 0 }, until, pace);
    }
}

/// Goes on with a loop until it has so many rounds.
fn rounds(telemetry: &Telemetry, open: &Loop, until: u64, pace: &Pace) {
    let id = &open.id;
    for round in open.rounds..until {
        pace.step();
        let mut messages = vec![user(id)];
        for earlier in 0..round {
            let asked = format!("{id}.{earlier}");
            let wants = openai::tool_call(&asked, "search", "{}");
            messages.push(wants["choices"][0]["message"].clone());
            messages.push(json!({"role": "tool", "tool_call_id": asked, "content": asked}));
        }
        let answer = match round + 1 {
            ROUNDS => openai::completion("Found."),
            _ => openai::tool_call(&format!("{id}.{round}"), "search", "{}"),
        };
        call(telemetry, &Value::Array(messages), &answer);
        say("done", &format!("{id} {}", now()));
    }
}

pub(crate) fn user(id: &str) -> Value {
    json!({"role": "user", "content": id})
}

pub(crate) fn call(telemetry: &Telemetry, messages: &Value, answer: &Value) {
    let request = json!({"model": "gpt-4o", "messages": messages}).to_string();
    let url = "https://api.openai.com/v1/chat/completions";
    telemetry.record(url, request).response(answer.to_string());
}

fn drain(telemetry: &Telemetry) {
    let flushed = telemetry.flush(PATIENCE);
    let ended = telemetry.shutdown(PATIENCE);
    let books = books(telemetry);
    assert!(flushed.is_ok() && ended.is_ok(), "{books}");
    assert!(books.balances(), "{books}");
    assert_eq!(books.delivered, books.made, "{books}");
    say("books", &books.to_string());
}

/// Makes calls until the disk takes no more, and then so many.
fn fill(telemetry: &Telemetry, more: u64) -> u64 {
    let answer = openai::completion(&"word ".repeat(100));
    let mut made = 0_u64;
    let mut make = || {
        call(telemetry, &json!([user(&made.to_string())]), &answer);
        made += 1;
        while books(telemetry).queued > MOST_QUEUED {
            thread::yield_now();
        }
    };
    while !telemetry.stats().faults.contains_key(&Fault::SpoolFailed) {
        make();
    }
    (0..more).for_each(|_| make());
    made
}

/// Tells what a flush and the end say, and what the books do then.
fn full_at_end(telemetry: &Telemetry) {
    let made = fill(telemetry, 500);
    while books(telemetry).queued > 0 {
        thread::yield_now();
    }
    let of = |counts: &std::collections::BTreeMap<_, u64>| counts.get("tes").copied();
    let flushed = telemetry.flush(Duration::from_millis(300)).unwrap_err();
    let number = |count: Option<u64>| count.unwrap_or_default();
    say(
        "flushed",
        &format!(
            "{} {}",
            number(of(&flushed.kept)),
            number(of(&flushed.left))
        ),
    );
    let ended = telemetry.shutdown(Duration::from_millis(300)).unwrap_err();
    let books = books(telemetry);
    assert!(books.balances() && books.made == made, "{books}");
    assert!(ended.lost.is_empty(), "{ended}");
    say(
        "ended",
        &format!(
            "{} {} {} {}",
            number(of(&ended.kept)),
            number(of(&ended.left)),
            books.spooled,
            books.dropped_total()
        ),
    );
}

/// Stands still when the disk has room again and took notice of it.
fn until_full(telemetry: &Telemetry) {
    fill(telemetry, 0);
    // What is on its way fails too.
    while books(telemetry).queued > 0 {
        thread::yield_now();
    }
    say("full", &books(telemetry).made.to_string());
    while !may_write_much() {
        thread::sleep(Duration::from_millis(5));
    }
    let last = books(telemetry).made.to_string();
    call(telemetry, &json!([user(&last)]), &openai::completion("Hi."));
    say("room", "");
    loop {
        thread::park();
    }
}

fn may_write_much() -> bool {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max file size"));
    line.unwrap().trim_start().starts_with("unlimited")
}
