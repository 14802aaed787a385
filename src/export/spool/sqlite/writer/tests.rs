use super::*;
use crate::export::spool::Told;
use crate::stats::Account;
use bytes::Bytes;

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
            let body = Bytes::from(vec![b'x'; bytes]);
            self.shared.told.account.enqueue();
            self.shared.held.fetch_add(1, Relaxed);
            self.shared.uncommitted.fetch_add(weigh(&body), Relaxed);
            self.writer().take_in(NewEvent {
                made_at,
                body,
                items: 1,
                closes: None,
            });
        }
        self.writer().commit();
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
        let swept = bench.writer().swept.1;
        bench.writer().swept.1 = by_the_old(swept);
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
fn rows_whose_numbers_begin_anew_are_read_too() {
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
