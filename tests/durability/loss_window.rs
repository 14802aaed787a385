//! How much of the last moment a crash costs, and the page that says so.

use super::alone;
use super::job::{Job, Role, Way};
use super::kill::WINDOW;
use super::parent::{Running, command};
use super::tes_receiver::TesReceiver;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What a way is called on the page, and how long its median may be.
const WAYS: [(Way, &str, Duration); 3] = [
    (
        Way::Init,
        "`init()` or `builder()`, a call every few milliseconds",
        Duration::from_millis(60),
    ),
    (
        Way::Busy,
        "the same, one task calling as fast as it can",
        WINDOW,
    ),
    (
        Way::Exporter,
        "`TesExporter` in a batch processor that exports every second",
        Duration::from_millis(1_100),
    ),
];

#[test]
fn what_is_over_is_soon_in_the_file() {
    let _alone = alone();
    let mut page = String::from(PAGE_HEAD);
    for (way, name, most) in WAYS {
        let waits = waits(way);
        println!("{name}: {waits:?}");
        assert!(waits[0] <= most, "{name}: {waits:?}");
        let cells = waits.map(|wait| format!("{} ms", wait.as_millis()));
        writeln!(page, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
    page.push_str(PAGE_TAIL);
    check_page(&page);
}

fn waits(way: Way) -> [Duration; 4] {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("waits_{way:?}"));
    drop(fs::remove_dir_all(&folder));
    let receiver = TesReceiver::start();
    let job = Job {
        role: Role::Measure(way),
        url: receiver.url(),
        spool: folder.join("spool.db"),
        name: String::new(),
        batch: 1,
        open: Vec::new(),
    };
    let mut command = command(&job);
    command
        .env("TES_ENDPOINT", &job.url)
        .env("TES_CLIENT_ID", "acme")
        .env("TES_API_KEY", "tes_acme_fakekey")
        .env("TES_SPOOL_PATH", &job.spool);
    let child = Running::spawn(command);
    let told = child.wait_for("waits");
    child.wait();
    let each = told.split(' ').map(|it| it.parse().unwrap());
    let each: Vec<Duration> = each.map(Duration::from_micros).collect();
    each.try_into().unwrap()
}

/// The times are those of the run that wrote the page; its words must be those
/// that this run would write.
fn check_page(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/loss-window.md");
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        fs::write(&path, page).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace();
        let words = words.filter(|word| word.parse::<u64>().is_err());
        words.map(str::to_owned).collect()
    };
    assert!(
        words(&there) == words(page),
        "docs/loss-window.md is not what came out: run \
         `TURNSPAN_UPDATE=1 cargo test --release --test durability loss_window`",
    );
}

const PAGE_HEAD: &str = "\
# What a crash costs

A call that is over is on its way to the spool's file for a moment: the
pipeline's thread may nap, and events reach the file in groups. What the file
has, the next process delivers; what is on its way when a process is killed is
lost. So long after its end a call is in the file:

| way | half of the calls | 9 of 10 | 99 of 100 | all |
|---|---|---|---|---|
";

const PAGE_TAIL: &str = "
Written by `tests/durability/loss_window.rs`, which makes the calls, looks at the
books every 0.1 ms, and prints these numbers in every run; the page has those
of one run on an ordinary virtual machine with two cores. Timers alone explain
25 ms: 5 for a nap, 20 for a group. Beyond that it is what the disk and the
machine take. One that is too busy to keep up loses what waits in its queue, 64 MiB
at most; `queued` in the books is the number of calls. A batch processor keeps
spans for as long as it was told to, 5 s by default: programs for which that is
too much lose less with `processor()`, which hands on each span as it ends.

A kill (`SIGKILL`, a panic that aborts, the system's own when memory is short)
costs that and nothing else: `tests/durability/kill.rs` kills processes at
random moments and looks for every call that they had told of. When the machine
itself stops, the last groups may be lost with it: SQLite in WAL mode with
`synchronous = NORMAL` leaves it to the system when a group is on the disk, and
stays whole in any case. An event may arrive twice, with the same `event_id`
and the same words: when a process is killed between the answer and the note of
it.
";
