use super::*;
use crate::spool::{Told, WhenFull};
use crate::stats::Account;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::sync::mpsc::channel;

const DAYS: Duration = Duration::from_secs(8 * 24 * 60 * 60);

pub(super) fn owner() -> Owner {
    Owner {
        endpoint: "e".to_owned(),
        client_id: "c".to_owned(),
    }
}

/// A writer without a thread, in a folder that goes with it.
pub(super) struct Bench {
    writer: Option<Writer>,
    pub(super) shared: Arc<Shared>,
    pub(super) folder: PathBuf,
}

impl Bench {
    pub(super) fn with(settings: SpoolSettings) -> Self {
        let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        let owner = owner();
        let shared = Arc::new(Shared::new(Told {
            account: Account::new("tes"),
            ready: Arc::default(),
            stats: Arc::default(),
        }));
        let path = folder.join("spool.db");
        let writer = Writer::open(&path, settings, &owner, Arc::clone(&shared)).unwrap();
        Self {
            writer: Some(writer),
            shared,
            folder,
        }
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().unwrap()
    }

    /// Commits so many events of so many bytes.
    fn push(&mut self, count: usize, bytes: usize, made_at: SystemTime) {
        for _ in 0..count {
            let event = self.new_event(bytes);
            self.writer().take_in(NewEvent { made_at, ..event });
        }
        self.writer().commit();
    }

    /// One on its way to the file.
    fn new_event(&self, bytes: usize) -> NewEvent {
        let body = Bytes::from(vec![b'x'; bytes]);
        self.shared.told.account.enqueue();
        self.shared.uncommitted.fetch_add(weigh(&body), Relaxed);
        NewEvent {
            made_at: SystemTime::now(),
            body,
            items: 1,
            closes: None,
        }
    }

    fn settle(&mut self, event: &SpooledEvent) {
        let is_in_file = self.shared.ready.settled(event);
        self.shared.settle(event, &Fate::Delivered, is_in_file);
        let row = event.row.filter(|_| is_in_file);
        let event = SpooledEvent {
            row,
            ..event.clone()
        };
        self.writer().take_out(&event, Fate::Delivered);
    }

    /// Takes all that can be had, as one who delivers does.
    fn take_all(&mut self) -> Vec<SpooledEvent> {
        let mut taken = Vec::new();
        loop {
            match self.shared.ready.take() {
                (Some(event), _) => taken.push(event),
                (None, false) => return taken,
                (None, true) => {}
            }
            self.writer().refill();
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let books = self.shared.told.account.snapshot();
        self.writer.take().unwrap().close();
        std::fs::remove_dir_all(&self.folder).unwrap();
        assert!(books.balances(), "{books}");
    }
}

/// Whether it was made in the last minute, by the clock as it is.
fn is_of_now(event: &SpooledEvent) -> bool {
    let waited = SystemTime::now().duration_since(event.made_at);
    waited.is_ok_and(|waited| waited < Duration::from_secs(60))
}

#[test]
fn a_clock_that_was_set_makes_no_event_old_or_young() {
    for was_ahead in [true, false] {
        let mut bench = Bench::with(SpoolSettings::durable());
        let by_the_old = |time: SystemTime| if was_ahead { time + DAYS } else { time - DAYS };
        let timed = bench.writer().timed.1;
        bench.writer().timed.1 = by_the_old(timed);
        bench.push(1, 9, by_the_old(SystemTime::now()));
        bench.push(1, 9, SystemTime::now());
        bench.writer().sweep();
        let taken = bench.take_all();
        assert_eq!(taken.len(), 2, "was ahead: {was_ahead}");
        assert!(taken.iter().all(is_of_now), "{taken:?}");
        // And the same in the file.
        let in_file = bench.writer().store.load(0, 9, 1 << 20).unwrap();
        assert!(
            in_file.len() == 2 && in_file.iter().all(is_of_now),
            "{in_file:?}"
        );
    }
}

#[test]
fn an_event_that_can_never_fit_costs_itself_alone() {
    let mut bench = Bench::with(SpoolSettings::durable().max_bytes(400 << 10));
    bench.push(10, 9, SystemTime::now());
    for too_large in [500 << 10, 390 << 10] {
        bench.push(1, too_large, SystemTime::now());
    }
    assert_eq!(bench.take_all().len(), 10);
    let books = bench.shared.told.account.snapshot();
    assert_eq!(books.dropped[&DropReason::SpoolFull], 2);
}

#[test]
fn what_waited_in_memory_takes_no_more_room_in_the_file_than_there_is() {
    const BOUND: u64 = 400 << 10;
    for policy in [WhenFull::DropOldest, WhenFull::DropNewest] {
        let settings = SpoolSettings::durable().max_bytes(BOUND);
        let mut bench = Bench::with(settings.when_full(policy));
        bench.push(5, 9, SystemTime::now());
        let pending: Vec<_> = (0..100).map(|_| bench.new_event(10 << 10)).collect();
        bench.writer().keep_in_memory(pending);
        bench.writer().rescue();
        let used = bench.writer().store.begin().unwrap().used_bytes().unwrap();
        assert!(used <= BOUND, "{used}");
        let taken = u64::try_from(bench.take_all().len()).unwrap();
        let books = bench.shared.told.account.snapshot();
        let lost = books.dropped[&DropReason::SpoolFull];
        assert_eq!((taken + lost, bench.shared.kept_events()), (105, taken));
    }
}

#[test]
fn rows_that_follow_those_that_somebody_deleted_are_read_too() {
    let mut bench = Bench::with(SpoolSettings::durable());
    // More than is read ahead; then the file is empty, whatever emptied it.
    bench.push(1_000, 9, SystemTime::now());
    bench.shared.ready.evict(1_000);
    let writing = bench.writer().store.begin().unwrap();
    let numbers: Vec<i64> = (0..=1_000).collect();
    writing.delete(&numbers).unwrap();
    writing.commit().unwrap();
    bench.shared.lose(
        Stage::Spooled,
        DropReason::SpoolFull,
        Tally {
            events: 1_000,
            items: 1_000,
        },
    );
    bench.push(3, 9, SystemTime::now());
    assert_eq!(bench.take_all().len(), 3);
}

/// Promise, kept: A process that others took for gone goes on as another holder, and
/// what they have taken over is theirs alone.
#[test]
fn a_process_that_was_taken_for_gone_goes_on_as_another_holder() {
    let mut bench = Bench::with(SpoolSettings::durable());
    bench.push(600, 9, SystemTime::now());
    for entry in std::fs::read_dir(&bench.folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().contains("-lease-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let path = bench.folder.join("spool.db");
    let (mut other, _) = Store::open(&path, &owner(), 0).unwrap();
    let (adopted, over) = other.adopt(Duration::MAX);
    over.unwrap();
    assert_eq!(adopted.rows.len(), 600);
    bench.push(2, 9, SystemTime::now());
    bench.writer().sweep();
    bench.push(3, 9, SystemTime::now());
    let (adopted, over) = other.adopt(Duration::MAX);
    over.unwrap();
    assert!(adopted.rows.is_empty(), "{adopted:?}");
    assert_eq!(bench.shared.kept_events(), 5);
    assert_eq!(bench.take_all().len(), 5);
    let books = bench.shared.told.account.snapshot();
    assert_eq!((books.made, books.spooled), (5, 5), "{books}");
    other.close();
}

/// Promise, kept: Where a clock was set, and the file takes nothing, no event becomes too old by
/// that.
#[test]
fn a_clock_that_was_set_while_the_file_is_busy_makes_nothing_old() {
    let mut bench = Bench::with(SpoolSettings::durable());
    bench.push(1, 9, SystemTime::now() - DAYS);
    bench.writer().timed.1 = SystemTime::now() - DAYS;
    let path = bench.folder.join("spool.db");
    let mut busy = rusqlite::Connection::open(path).unwrap();
    let theirs = rusqlite::TransactionBehavior::Immediate;
    let theirs = busy.transaction_with_behavior(theirs).unwrap();
    let shifts = bench.writer().mend_clock();
    assert!(!shifts);
    theirs.commit().unwrap();
    bench.writer().sweep();
    let taken = bench.take_all();
    assert!(taken.len() == 1 && taken.iter().all(is_of_now), "{taken:?}");
}

/// What is pushed, lent, put back and settled in any order: a flush is over when
/// all that was there when it was asked for is settled, and no later. Where the
/// file is removed meanwhile, what is lent may be waited for too.
#[test]
fn a_flush_is_over_when_what_was_there_has_settled() {
    for seed in 0..40 {
        let random = &mut fastrand::Rng::with_seed(seed);
        let mut bench = Bench::with(SpoolSettings::durable());
        let (mut lent, mut made, mut settled) = (Vec::new(), 0_usize, BTreeSet::new());
        let (mut flushes, mut is_in_place) = (Vec::new(), true);
        for _ in 0..400 {
            match random.u8(..16) {
                0..7 => {
                    let event = bench.new_event(9);
                    let body = Bytes::from(format!("{made:09}"));
                    bench.writer().take_in(NewEvent { body, ..event });
                    made += 1;
                }
                7..10 => lent.extend(bench.shared.ready.take().0),
                10 if !lent.is_empty() => {
                    let event = lent.swap_remove(random.usize(..lent.len()));
                    bench.shared.ready.put_back(event);
                }
                11..14 if !lent.is_empty() => {
                    let event = lent.swap_remove(random.usize(..lent.len()));
                    settled.insert(number(&event));
                    bench.settle(&event);
                }
                14 => {
                    let (done, over) = channel();
                    bench.shared.flushes.fetch_add(1, Relaxed);
                    bench.writer().flush(done);
                    flushes.push((made, over));
                }
                15 if seed % 2 == 0 && random.u8(..8) == 0 => {
                    is_in_place = false;
                    let path = bench.folder.join("spool.db");
                    std::fs::remove_file(path).unwrap();
                    bench.writer().sweep();
                }
                _ => bench.writer().commit(),
            }
            bench.writer().tell_flushed();
            flushes.retain(|(asked, over)| {
                let is_over = (0..*asked).all(|number| settled.contains(&number));
                let is_told = over.try_recv().is_ok();
                assert!(is_over || !is_told, "seed {seed}: told too early");
                assert!(is_told || !is_over || !is_in_place, "seed {seed}: not told");
                !is_told
            });
        }
        bench.writer().commit();
        lent.extend(bench.take_all());
        for event in &lent {
            bench.settle(event);
        }
        bench.writer().tell_flushed();
        let is_told = |(_, over): &(_, Receiver<()>)| over.try_recv().is_ok();
        assert!(flushes.iter().all(is_told), "seed {seed}: never told");
    }
}

fn number(event: &SpooledEvent) -> usize {
    std::str::from_utf8(&event.body).unwrap().parse().unwrap()
}
