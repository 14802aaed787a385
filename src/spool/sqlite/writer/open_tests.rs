use super::tests::{Bench, owner};
use super::*;
use crate::turn::{Added, History, OpenTurns, Record, ToolResult, ToolUse, Turn};
use bytes::Bytes;
use rusqlite::Connection;

/// What the tool of a round found, in bytes.
const FOUND: usize = 4_000;

/// Rounds of one loop.
struct Loop {
    turns: OpenTurns,
    round: usize,
}

impl Loop {
    fn new() -> Self {
        Self {
            turns: OpenTurns::new(true),
            round: 0,
        }
    }

    /// What the next round records.
    fn record(&mut self) -> Record {
        let last = self.round.checked_sub(1);
        let results = last.into_iter().map(|last| ToolResult {
            id: Some(format!("call_{last}")),
            result: Some(format!("\"{}\"", "x".repeat(FOUND - 2))),
        });
        let turn = Turn {
            session_id: "c1".to_owned(),
            user_message: Some("What is in all these files?".to_owned()),
            tool_calls: vec![ToolUse {
                tool: "read_file".to_owned(),
                args: Some(format!("{{\"path\":\"file {}\"}}", self.round)),
                id: Some(format!("call_{}", self.round)),
                ..ToolUse::default()
            }],
            tool_results: results.collect(),
            ..Turn::default()
        };
        self.round += 1;
        match self.turns.add(turn, History::default()) {
            Added::Open(record) => record.unwrap(),
            Added::Closed(..) => panic!("round {} is the last", self.round),
        }
    }
}

fn held(record: Record) -> Held {
    Held {
        key: record.key,
        after: record.after,
        items: record.rounds,
        body: record.body.into(),
    }
}

impl Bench {
    fn hold(&mut self, record: Record) {
        let held = held(record);
        let weight = weigh(&held.body);
        self.shared.uncommitted.fetch_add(weight, Relaxed);
        self.shared.unsaved.fetch_add(1, Relaxed);
        self.writer().hold(held);
    }

    /// The event of a turn that was open.
    fn close(&mut self, key: u64) {
        self.shared.told.account.enqueue();
        let account = &self.shared.told.account;
        account.advance(Stage::Queued, Stage::Open, 1);
        self.shared.uncommitted.fetch_add(2, Relaxed);
        self.writer().take_in(NewEvent {
            made_at: SystemTime::now(),
            body: Bytes::from_static(b"{}"),
            items: 1,
            closes: Some(key),
        });
    }

    /// A reader that lets no part of the log be written over: at the end it has
    /// all that was written.
    fn watch(&self) -> Connection {
        let file = Connection::open(self.folder.join("spool.db")).unwrap();
        file.execute_batch("BEGIN").unwrap();
        assert_eq!(count(&file, "open_turn"), 0);
        file
    }

    fn log(&self) -> usize {
        let log = self.folder.join("spool.db-wal");
        usize::try_from(std::fs::metadata(log).unwrap().len()).unwrap()
    }

    /// What the next process finds of the one turn that is open: its rounds, and
    /// how many items the file counts.
    fn left(&self) -> (u64, u64) {
        let store = Store::open(&self.folder.join("spool.db"), &owner(), 0);
        let (mut other, _) = store.unwrap();
        let writing = other.begin().unwrap();
        let holder = "SELECT holder FROM open_turn";
        let holder = writing.transaction.query_row(holder, [], |row| row.get(0));
        let mut left = writing.adopt_open_from(holder.unwrap()).unwrap();
        // It is not kept.
        drop(writing);
        other.close();
        let left = left.pop().unwrap();
        let mut turns = OpenTurns::new(true);
        let steps = left.steps.iter().map(|step| &**step);
        (turns.resume(&left.whole, steps), left.items)
    }
}

fn count(file: &Connection, table: &str) -> i64 {
    file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

#[test]
fn what_a_loop_writes_is_linear_in_what_it_says() {
    // Rounds of a commit, and how many times what was said the log may have of
    // them, their end included: a page is the least that is written.
    for (group, bound) in [(20, 3), (1, 8)] {
        let mut logs = Vec::new();
        for rounds in [200, 400, 800] {
            let mut bench = Bench::with(SpoolSettings::durable());
            let watched = bench.watch();
            let mut calls = Loop::new();
            let (mut key, mut recorded) = (0, 0);
            for round in 0..rounds {
                let record = calls.record();
                key = record.key;
                recorded += record.body.len();
                bench.hold(record);
                if round % group == 0 {
                    bench.writer().commit();
                }
            }
            bench.close(key);
            bench.writer().commit();
            assert!(recorded < rounds * FOUND * 5 / 4, "{recorded}");
            drop(watched);
            logs.push(bench.log());
            assert!(bench.log() < bound * rounds * FOUND, "{group}: {logs:?}");
        }
        assert!(logs[2] < logs[1] * 5 / 2, "{group}: {logs:?}");
    }
}

#[test]
fn the_next_process_finds_all_rounds_that_were_committed() {
    let mut bench = Bench::with(SpoolSettings::durable());
    let mut calls = Loop::new();
    let mut key = 0;
    for _ in 0..5 {
        let record = calls.record();
        key = record.key;
        bench.hold(record);
        bench.writer().commit();
    }
    assert_eq!(bench.left(), (5, 5));
    // A loop that is over leaves nothing.
    bench.close(key);
    bench.writer().commit();
    let file = Connection::open(bench.folder.join("spool.db")).unwrap();
    for table in ["open_turn", "open_round"] {
        assert_eq!(count(&file, table), 0, "{table}");
    }
}

#[test]
fn a_turn_is_written_anew_when_its_rounds_have_become_many() {
    let mut bench = Bench::with(SpoolSettings::durable());
    let mut calls = Loop::new();
    let mut wholes = 0;
    for _ in 0..1_200 {
        let record = calls.record();
        wholes += usize::from(record.after.is_none());
        bench.hold(record);
    }
    bench.writer().commit();
    assert_eq!(wholes, 2);
    assert_eq!(bench.left(), (1_200, 1_200));
    let file = Connection::open(bench.folder.join("spool.db")).unwrap();
    assert!(count(&file, "open_round") < 400);
}

#[test]
fn a_round_that_was_not_kept_leaves_a_beginning_without_gaps() {
    let mut bench = Bench::with(SpoolSettings::durable());
    let mut calls = Loop::new();
    for round in 0..6 {
        let record = calls.record();
        if round != 3 {
            bench.hold(record);
        }
    }
    bench.writer().commit();
    assert_eq!(bench.left(), (3, 3));
    for record in calls.turns.records().collect::<Vec<_>>() {
        bench.hold(record);
    }
    let next = calls.record();
    bench.hold(next);
    bench.writer().commit();
    assert_eq!(bench.left(), (7, 7));
}

#[test]
fn a_disk_that_takes_nothing_does_not_fill_the_memory() {
    let mut bench = Bench::with(SpoolSettings::durable());
    // Somebody else writes, for longer than anybody waits.
    let other = Connection::open(bench.folder.join("spool.db")).unwrap();
    let writing = bench.writer().store.begin().unwrap();
    writing.transaction.busy_timeout(Duration::ZERO).unwrap();
    drop(writing);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut loops: Vec<Loop> = (0..20).map(|_| Loop::new()).collect();
    let mut rounds = 0;
    while !bench.shared.has_lost_open.load(Relaxed) {
        for calls in &mut loops {
            let record = calls.record();
            bench.hold(record);
        }
        bench.writer().commit();
        rounds += 1;
    }
    let waited = rounds * loops.len() * FOUND;
    assert!((12 << 20..17 << 20).contains(&waited), "{waited}");
    other.execute_batch("ROLLBACK").unwrap();
    for record in loops[0].turns.records().collect::<Vec<_>>() {
        bench.hold(record);
    }
    let next = loops[1].record();
    bench.hold(next);
    bench.writer().commit();
    // Of the other turn no beginning is in the file.
    let rounds = u64::try_from(rounds).unwrap();
    assert_eq!(bench.left(), (rounds, rounds));
}

#[test]
fn a_file_that_is_begun_anew_asks_for_all_that_is_open() {
    let mut bench = Bench::with(SpoolSettings::durable());
    let mut calls = Loop::new();
    let first = calls.record();
    bench.hold(first);
    bench.writer().commit();
    for part in ["spool.db", "spool.db-wal", "spool.db-shm"] {
        std::fs::remove_file(bench.folder.join(part)).unwrap();
    }
    bench.writer().begin_anew("it is gone");
    assert!(bench.shared.has_lost_open.load(Relaxed));
    let next = calls.record();
    bench.hold(next);
    for record in calls.turns.records().collect::<Vec<_>>() {
        bench.hold(record);
    }
    bench.writer().commit();
    assert_eq!(bench.left(), (2, 2));
}
