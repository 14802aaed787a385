//! Whatever fails, and wherever a call or telemetry is let go of: the books
//! balance, and every call is one span and one turn that arrives or is counted.
//!
//! A world is one telemetry, its provider and its receivers, all of which fail
//! at random, and some calls through random seams. What a world does follows
//! from its seed; how threads interleave does not.

mod call;
mod receivers;

use super::report::{Report, is_soak, seed};
use super::support::folder::Folder;
use super::support::harness::{Harness, PATIENCE};
use super::support::provider::lock;
use super::support::tes_receiver::TesReceiver;
use call::Call;
use receivers::{Exporter, Temper};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use turnspan::{AccountSnapshot, DropReason, SpoolSettings, Telemetry, Tes};

/// Calls of a world.
const CALLS: u64 = 25;

/// Worlds beside one another: most of their time they wait.
const WORKERS: usize = 8;

/// Promise, kept: Whatever fails (the provider, TES, an exporter), through every seam and
/// wherever a call or telemetry is let go of, the books balance, every call is one span and
/// one turn, and what is called delivered has arrived, once.
/// Figure: 2,000 calls of fixed seeds in every run, 200,000 of fresh ones by `just soak`
/// (docs/soak.md).
#[test]
fn whatever_fails_every_call_is_one_span_and_one_turn_that_arrives_or_is_counted() {
    let mut report = Report::of("random faults");
    let (mut seeds, worlds) = if is_soak() {
        let calls = std::env::var_os("TURNSPAN_SOAK_CALLS");
        let calls = calls.map_or(200_000, |calls| calls.to_str().unwrap().parse().unwrap());
        (seed(&mut report), calls / CALLS)
    } else {
        (fastrand::Rng::with_seed(12), 2_000 / CALLS)
    };
    let seeds: Vec<u64> = (0..worlds).map(|_| seeds.u64(..)).collect();
    let sums = Mutex::new(Sums::default());
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(seed) =
                    seeds.get(usize::try_from(next.fetch_add(1, Relaxed)).unwrap())
                {
                    let sum = World::new(*seed).run();
                    lock(&sums).add(sum);
                }
            });
        }
    });
    let sums = lock(&sums);
    assert_eq!(sums.calls, worlds * CALLS);
    sums.tell(&mut report);
    drop(sums);
    report.keep();
}

/// What came of worlds.
#[derive(Debug, Default)]
struct Sums {
    calls: u64,
    /// By receiver.
    delivered: BTreeMap<&'static str, u64>,
    dropped: BTreeMap<DropReason, u64>,
    dead_lettered: u64,
    kept: u64,
    again: u64,
    kinds: BTreeSet<Call>,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        for (name, count) in other.delivered {
            *self.delivered.entry(name).or_default() += count;
        }
        for (reason, count) in other.dropped {
            *self.dropped.entry(reason).or_default() += count;
        }
        self.dead_lettered += other.dead_lettered;
        self.kept += other.kept;
        self.again += other.again;
        self.kinds.extend(other.kinds);
    }

    fn lost(&mut self, books: &AccountSnapshot) {
        for (reason, count) in &books.dropped {
            *self.dropped.entry(*reason).or_default() += count;
        }
    }

    fn tell(&self, report: &mut Report) {
        let dropped = self
            .dropped
            .iter()
            .map(|(reason, count)| (reason.as_str(), count));
        let dropped: BTreeMap<_, _> = dropped.collect();
        report.say(format!(
            "{} calls in {} ways; delivered: {:?}; kept for the next process: {}; dead letters: {}; \
             dropped: {dropped:?}; arrived more than once: {}",
            self.calls,
            self.kinds.len(),
            self.delivered,
            self.kept,
            self.dead_lettered,
            self.again,
        ));
    }
}

struct World {
    seed: u64,
    random: fastrand::Rng,
    temper: Temper,
    is_durable: bool,
    /// Whether all is well before telemetry ends.
    is_healed: bool,
    batch: usize,
    receiver: TesReceiver,
    exporter: Exporter,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let temper = Temper::any(&mut random);
        Self {
            seed,
            temper,
            is_durable: random.bool(),
            is_healed: random.bool(),
            batch: random.choice([1, 1, 3, 20]).unwrap(),
            receiver: TesReceiver::scripted(temper.answers(&mut random)),
            exporter: Exporter::any(&mut random),
            random,
        }
    }

    fn tes(&self, folder: &Folder) -> Tes {
        let spool = if self.is_durable {
            SpoolSettings::durable().path(folder.spool())
        } else {
            SpoolSettings::best_effort()
        };
        let tes = Tes::new(&self.receiver.url(), "acme", "tes_acme_fakekey").unwrap();
        let tes = tes
            .batch_size(self.batch)
            .interval(Duration::from_millis(5));
        tes.spool(spool)
    }

    fn run(mut self) -> Sums {
        let folder = Folder::of(&format!("world_{}", self.seed));
        let tes = self.tes(&folder);
        let exporter = self.exporter.clone();
        let harness = Harness::with([], |builder| {
            builder.tes(tes).span_exporter_named("flaky", exporter)
        });
        let mut sums = Sums {
            calls: CALLS,
            ..Sums::default()
        };
        self.make_calls(&harness, &mut sums);
        let books = self.books(&harness.telemetry, "tes");
        assert_eq!(books.made, CALLS, "world {}: {books}", self.seed);
        self.check_spans(&harness, &mut sums);
        drop(harness);
        let next = self.is_durable.then(|| self.next_process(&folder, &books));
        self.check_turns(&books, next.as_ref(), &mut sums);
        sums
    }

    /// Telemetry ends before the last calls are made, and while some are open.
    fn make_calls(&mut self, harness: &Harness, sums: &mut Sums) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let mut open = Vec::new();
            let after_the_end = self.random.u64(0..3);
            for number in 0..CALLS {
                if number == CALLS - after_the_end {
                    self.end(&harness.telemetry);
                }
                let call = Call::any(&mut self.random);
                open.extend(call.make(harness).await);
                sums.kinds.insert(call);
                if self.random.u8(..8) == 0 {
                    // It may fail, and has its deadline.
                    drop(
                        harness
                            .telemetry
                            .flush(Duration::from_millis(self.random.u64(..20))),
                    );
                }
                for name in ["tes", "flaky", "exporter"] {
                    self.books(&harness.telemetry, name);
                }
            }
            self.end(&harness.telemetry);
            drop(open);
        });
    }

    fn end(&mut self, telemetry: &Telemetry) {
        if self.is_healed {
            self.receiver.heal();
            self.exporter.heal();
            if let Err(left) = telemetry.flush(PATIENCE) {
                assert!(left.left.is_empty(), "world {}: {left}", self.seed);
            }
            drop(telemetry.shutdown(PATIENCE));
        } else {
            let patience = Duration::from_millis(self.random.u64(50..300));
            drop(telemetry.shutdown(patience));
        }
    }

    /// They balance at any moment.
    fn books(&self, telemetry: &Telemetry, name: &str) -> AccountSnapshot {
        let books = telemetry.stats().destinations[name].clone();
        assert!(books.balances(), "world {}, {name}: {books}", self.seed);
        books
    }

    /// Every call is a span, and each span is where the books say.
    fn check_spans(&self, harness: &Harness, sums: &mut Sums) {
        let exported = [
            ("exporter", harness.exported()),
            ("flaky", self.exporter.exported()),
        ];
        for (name, spans) in exported {
            let books = self.books(&harness.telemetry, name);
            let ids: HashSet<_> = spans.iter().map(|it| it.span_context.span_id()).collect();
            let seed = self.seed;
            assert_eq!(books.made, CALLS, "world {seed}, {name}: {books}");
            assert_eq!(books.queued, 0, "world {seed}, {name}: {books}");
            assert_eq!(
                ids.len(),
                spans.len(),
                "world {seed}, {name}: one is there twice"
            );
            assert_eq!(
                books.delivered,
                ids.len() as u64,
                "world {seed}, {name}: {books}"
            );
            *sums.delivered.entry(name).or_default() += books.delivered;
            sums.lost(&books);
        }
    }

    /// The next process delivers what this one has kept, and nothing fails.
    fn next_process(&self, folder: &Folder, before: &AccountSnapshot) -> AccountSnapshot {
        self.receiver.heal();
        let next = turnspan::builder().tes(self.tes(folder)).build().unwrap();
        next.flush(PATIENCE).unwrap();
        next.shutdown(PATIENCE).unwrap();
        let books = self.books(&next, "tes");
        assert_eq!(
            books.recovered, before.spooled,
            "world {}: {books}",
            self.seed
        );
        assert_eq!(
            books.delivered, books.recovered,
            "world {}: {books}",
            self.seed
        );
        books
    }

    /// What is called delivered has arrived, and of what has not been called so
    /// only that which was given up, or whose answer never came.
    fn check_turns(
        &self,
        books: &AccountSnapshot,
        next: Option<&AccountSnapshot>,
        sums: &mut Sums,
    ) {
        let accepted = self.receiver.accepted();
        let id = |event: &serde_json::Value| event["data"]["attributes"]["event_id"].to_string();
        let ids: BTreeSet<String> = accepted.iter().map(id).collect();
        let delivered = books.delivered + next.map_or(0, |next| next.delivered);
        let arrived = ids.len() as u64;
        let given_up = books
            .dropped
            .get(&DropReason::Shutdown)
            .copied()
            .unwrap_or_default();
        let seed = self.seed;
        assert_eq!((books.queued, books.open), (0, 0), "world {seed}: {books}");
        assert!(
            (delivered..=delivered + given_up).contains(&arrived),
            "world {seed}: {arrived} arrived, {books}, {:?}",
            self.temper,
        );
        if self.is_durable {
            assert_eq!(
                delivered, arrived,
                "world {seed}: {books}, {:?}",
                self.temper
            );
        } else {
            assert_eq!(books.spooled, 0, "world {seed}: {books}");
        }
        *sums.delivered.entry("tes").or_default() += delivered;
        sums.kept += books.spooled;
        sums.dead_lettered += books.dead_lettered;
        sums.again += accepted.len() as u64 - arrived;
        sums.lost(books);
    }
}
