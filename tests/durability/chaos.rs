//! A receiver that fails in every way costs its callers nothing, and gets
//! everything in the end.

use super::arrivals::Arrivals;
use super::chaos_server::ChaosServer;
use super::failure::{Failure, Refusal};
use super::job::{Job, Role};
use super::parent::{Running, command};
use super::report::Report;
use super::{alone, is_soak, seed, steady};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// They share one file.
const PROCESSES: u64 = 4;

/// What a process may need beyond what it has when it is idle: the bounds of
/// what waits in memory are about as much in the worst of cases.
const MOST_GROWN: u64 = 64 << 10;

/// How much longer the median call may take while the receiver is sick. It has
/// no part in a call; what differs is what else the machine does.
const MOST_SLOWED: f64 = 3.0;

/// What came of a run.
struct Run {
    folder: PathBuf,
    /// Of each process: the median of its calls, and 99 of 100.
    times: Vec<[Duration; 2]>,
    arrivals: Arrivals,
}

fn calls() -> u64 {
    if is_soak() { 25_000 } else { 1_250 }
}

fn children(folder: &Path, server: &ChaosServer) -> Vec<Running> {
    let start = |number| {
        let mut command = command(&Job {
            role: Role::Steady(calls()),
            url: server.url(),
            spool: folder.join("spool.db"),
            name: format!("p{number}"),
            batch: if number % 2 == 0 { 1 } else { 10 },
            open: Vec::new(),
        });
        // What the clients trust.
        command.env("SSL_CERT_FILE", folder.join("certificate.pem"));
        Running::spawn(command)
    };
    (0..PROCESSES).map(start).collect()
}

fn run(report: &mut Report, test: &str, random: fastrand::Rng, is_sick: bool) -> Run {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos_{test}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let server = ChaosServer::start(&folder.join("certificate.pem"), random, 2);
    if !is_sick {
        server.heal();
    }
    let children = children(&folder, &server);
    let times = children
        .iter()
        .map(|child| numbers(&child.wait_for("made")));
    let times = times
        .map(|it| [it[0], it[1]].map(Duration::from_nanos))
        .collect();
    if is_sick {
        wait_until_all_have_failed(&server);
        server.heal();
    }
    for child in children {
        let grown = numbers(&child.wait_for("grown"))[0];
        let books = numbers(&child.wait_for("books"));
        let faults = child.wait_for("faults");
        report.say(format!(
            "{test}: {grown} KiB more than idle; {} made, {} delivered, {} dead; faults: {faults}",
            books[0], books[1], books[2]
        ));
        assert!(grown < MOST_GROWN, "{grown} KiB");
        assert_eq!(books[0], calls());
        child.wait();
    }
    report.say(format!("{test}: failures: {:?}", server.failed()));
    let mut arrivals = Arrivals::default();
    arrivals.take(&server.receiver);
    Run {
        folder,
        times,
        arrivals,
    }
}

fn numbers(said: &str) -> Vec<u64> {
    said.split(' ')
        .map(|number| number.parse().unwrap())
        .collect()
}

fn wait_until_all_have_failed(server: &ChaosServer) {
    let deadline = Instant::now() + Duration::from_secs(600);
    let least = |failure: Failure| {
        if is_soak() && !failure.is_long() {
            5
        } else {
            1
        }
    };
    let has_failed = |failure: &Failure| {
        let failed = server.failed();
        failed
            .get(failure)
            .is_some_and(|count| *count >= least(*failure))
    };
    while !Failure::ALL.iter().all(has_failed) {
        assert!(Instant::now() < deadline, "{:?}", server.failed());
        thread::sleep(Duration::from_millis(50));
    }
}

/// What is kept of those that were refused, and why.
fn dead_letters(folder: &Path) -> BTreeMap<String, String> {
    let file = Connection::open(folder.join("spool.db")).unwrap();
    let mut statement = file
        .prepare("SELECT state, reason, body FROM event")
        .unwrap();
    let rows = statement.query_map([], |row| {
        let state: i64 = row.get(0)?;
        assert_eq!(state, 1, "one that waits still");
        let body: Vec<u8> = row.get(2)?;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let id = body["attributes"]["user_message"].as_str().unwrap();
        Ok((id.to_owned(), row.get(1)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_receiver_that_fails_in_every_way_gets_everything_in_the_end() {
    let _alone = alone();
    let mut report = Report::of("a receiver that fails in every way");
    let mut random = seed(&mut report);
    let well = run(&mut report, "well", random.fork(), false);
    let sick = run(&mut report, "sick", random.fork(), true);
    for run in [&well, &sick] {
        let ids = (0..PROCESSES).flat_map(|process| {
            (0..calls()).map(move |number| steady::id(&format!("p{process}"), number))
        });
        let (refused, taken): (BTreeSet<_>, BTreeSet<_>) =
            ids.partition(|id| Refusal::of(id).is_some());
        let arrived: BTreeSet<_> = run.arrivals.ids().cloned().collect();
        assert!(arrived == taken, "{} of {}", arrived.len(), taken.len());
        let dead = dead_letters(&run.folder);
        assert!(
            dead.keys().eq(&refused),
            "{} of {}",
            dead.len(),
            refused.len()
        );
        for (id, reason) in dead {
            let is_redirect = Refusal::of(&id) == Some(Refusal::Redirect);
            let expected = if is_redirect {
                "redirected"
            } else {
                "rejected"
            };
            assert_eq!(reason, expected, "{id}");
        }
        run.arrivals.assert_ids_are_unique();
    }
    report.say(format!("{} duplicates", sick.arrivals.duplicates()));
    compare(&mut report, &well.times, &sick.times);
    report.keep();
}

fn compare(report: &mut Report, well: &[[Duration; 2]], sick: &[[Duration; 2]]) {
    let sum =
        |times: &[[Duration; 2]], at: usize| -> Duration { times.iter().map(|it| it[at]).sum() };
    let [median, tail] = [0, 1].map(|at| sum(sick, at).div_duration_f64(sum(well, at)));
    report.say(format!(
        "a call, sick/well receiver: median {median:.2}, 99 of 100 {tail:.2}"
    ));
    assert!(median < MOST_SLOWED, "{median:.2}");
}
