//! The books of one destination.

use super::DropReason;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// The books of one destination, kept while things move.
///
/// What is counted is what leaves a stage, and where it goes: such numbers only
/// grow. How many are at a stage is what came less what left, so whoever reads
/// what left before what came gets books that balance, whatever moves meanwhile.
#[derive(Debug)]
pub(crate) struct Account {
    /// No other account of a telemetry has it.
    name: String,
    made: AtomicU64,
    /// By stage.
    recovered: [AtomicU64; STAGES],
    /// By stage, and what became of it there.
    left: [[AtomicU64; WAYS]; STAGES],
    /// What is at each stage, so that nothing leaves it twice.
    at: [AtomicU64; STAGES],
    /// Nothing that is queued leaves any more.
    is_closed: AtomicBool,
}

const STAGES: usize = 3;

/// The next stages, delivery, a dead letter, what was not due after all, and
/// losses by reason.
const WAYS: usize = STAGES + 3 + DropReason::ALL.len();

/// How something leaves a stage.
#[derive(Debug, Clone, Copy)]
enum Way {
    To(Stage),
    Delivered,
    DeadLettered,
    Withdrawn,
    Dropped(DropReason),
}

impl Way {
    fn index(self) -> usize {
        match self {
            Self::To(stage) => stage as usize,
            Self::Delivered => STAGES,
            Self::DeadLettered => STAGES + 1,
            Self::Withdrawn => STAGES + 2,
            Self::Dropped(reason) => STAGES + 3 + reason as usize,
        }
    }
}

/// Where something is that has not come to its end. From each it goes on to
/// later ones alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In a queue of the process.
    Queued,
    /// In a turn that goes on, or that has just ended.
    Open,
    /// In the spool, until it is acknowledged or refused.
    Spooled,
}

/// The books of one destination.
///
/// `made == delivered + queued + spooled + open + dead_lettered + dropped` at any
/// moment, also while things move. All are counts of items: events, spans,
/// records or exports.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let telemetry =
///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// let account = &telemetry.stats().destinations["exporter"];
/// assert_eq!((account.made, account.delivered), (1, 1));
/// assert!(account.balances() && account.dropped_total() == 0);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSnapshot {
    /// Items that were due to this destination, recovered ones included.
    pub made: u64,
    /// Those of them that an earlier process had left in the spool.
    pub recovered: u64,
    /// Items that it acknowledged.
    pub delivered: u64,
    /// Items on their way that are nowhere but in the process.
    pub queued: u64,
    /// Items in the spool: they wait to be sent, or are being sent.
    pub spooled: u64,
    /// Items gathered in turns that go on, or that have just ended.
    pub open: u64,
    /// Items that were refused for good and are kept in the spool's file with
    /// the reason.
    pub dead_lettered: u64,
    /// Items lost, by reason; a reason that never was is not there.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl Account {
    pub(crate) fn new(name: impl Into<String>) -> Arc<Self> {
        let zeros = || std::array::from_fn(|_| AtomicU64::new(0));
        Arc::new(Self {
            name: name.into(),
            made: AtomicU64::new(0),
            recovered: zeros(),
            left: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            at: zeros(),
            is_closed: AtomicBool::new(false),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// One item is made and on its way.
    pub(crate) fn enqueue(&self) {
        self.made.fetch_add(1, SeqCst);
        add(&self.at, Stage::Queued as usize, 1);
        if self.is_closed.load(SeqCst) {
            self.lose(Stage::Queued, DropReason::Shutdown, 1);
        }
    }

    /// `count` items are not due after all, or another process has them in its
    /// books: they count no longer.
    pub(crate) fn withdraw(&self, from: Stage, count: u64) {
        self.leave(from, Way::Withdrawn, count);
    }

    /// What is queued is lost, and so is what comes from now on.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        let left = self.at(Stage::Queued);
        self.lose(Stage::Queued, DropReason::Shutdown, left);
    }

    /// `count` items of an earlier process are at a stage.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "there is no file")
    )]
    pub(crate) fn recover(&self, stage: Stage, count: u64) {
        add(&self.recovered, stage as usize, count);
        add(&self.at, stage as usize, count);
    }

    /// `count` items go on, to a later stage.
    pub(crate) fn advance(&self, from: Stage, to: Stage, count: u64) {
        let count = self.leave(from, Way::To(to), count);
        add(&self.at, to as usize, count);
    }

    /// `count` items have arrived.
    pub(crate) fn deliver(&self, from: Stage, count: u64) {
        self.leave(from, Way::Delivered, count);
    }

    /// `count` items were refused and are kept.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "there is no file")
    )]
    pub(crate) fn bury(&self, from: Stage, count: u64) {
        self.leave(from, Way::DeadLettered, count);
    }

    /// `count` items are lost.
    pub(crate) fn lose(&self, from: Stage, reason: DropReason, count: u64) {
        self.leave(from, Way::Dropped(reason), count);
    }

    /// How many items are at a stage.
    pub(crate) fn at(&self, stage: Stage) -> u64 {
        read(&self.at, stage as usize)
    }

    /// How many items have not come to their end.
    pub(crate) fn under_way(&self) -> u64 {
        self.at.iter().map(|at| at.load(SeqCst)).sum()
    }

    pub(crate) fn dropped(&self) -> u64 {
        let dropped = |reason| self.all_left(Way::Dropped(reason));
        DropReason::ALL.into_iter().map(dropped).sum()
    }

    /// Losses that whoever flushes is told of: not those of a signal that is off,
    /// which was said when it was turned off.
    pub(crate) fn told_losses(&self) -> u64 {
        let unsupported = self.all_left(Way::Dropped(DropReason::Unsupported));
        self.dropped().saturating_sub(unsupported)
    }

    pub(crate) fn dead_lettered(&self) -> u64 {
        self.all_left(Way::DeadLettered)
    }

    /// The books of one moment. They are read against the way that things go:
    /// what left a stage before what came to it, so that never more has left.
    pub(crate) fn snapshot(&self) -> AccountSnapshot {
        let left_at = |stage| self.left_at(stage);
        let spooled = left_at(Stage::Spooled);
        let open = left_at(Stage::Open);
        let queued = left_at(Stage::Queued);
        let recovered = |stage| read(&self.recovered, stage as usize);
        let recovered = [Stage::Spooled, Stage::Open].map(recovered);
        let made = self.made.load(SeqCst);
        let all = |way: Way| -> u64 {
            let stages = [&spooled, &open, &queued];
            stages.iter().filter_map(|left| left.get(way.index())).sum()
        };
        let still_there = |came: u64, left: &[u64; WAYS]| came.saturating_sub(left.iter().sum());
        let [in_spool, in_turns] = recovered;
        let dropped = DropReason::ALL.into_iter();
        let dropped = dropped.map(|reason| (reason, all(Way::Dropped(reason))));
        AccountSnapshot {
            made: (made + in_spool + in_turns).saturating_sub(all(Way::Withdrawn)),
            recovered: in_spool + in_turns,
            delivered: all(Way::Delivered),
            queued: still_there(made, &queued),
            open: still_there(in_turns + all(Way::To(Stage::Open)), &open),
            spooled: still_there(in_spool + all(Way::To(Stage::Spooled)), &spooled),
            dead_lettered: all(Way::DeadLettered),
            dropped: dropped.filter(|(_, count)| *count > 0).collect(),
        }
    }

    fn left_at(&self, stage: Stage) -> [u64; WAYS] {
        std::array::from_fn(|way| {
            let left = self.left.get(stage as usize);
            left.map_or(0, |left| read(left, way))
        })
    }

    fn all_left(&self, way: Way) -> u64 {
        self.left.iter().map(|left| read(left, way.index())).sum()
    }

    /// How many of `count` items were still there. What was given up at the
    /// end may yet arrive, and is not counted twice.
    fn leave(&self, stage: Stage, way: Way, count: u64) -> u64 {
        let Some((at, left)) = self
            .at
            .get(stage as usize)
            .zip(self.left.get(stage as usize))
        else {
            return 0;
        };
        let less = |there: u64| Some(there.saturating_sub(count));
        let before = at.fetch_update(SeqCst, SeqCst, less);
        let count = before.unwrap_or_default().min(count);
        add(left, way.index(), count);
        count
    }
}

fn add(counters: &[AtomicU64], index: usize, count: u64) {
    if let Some(counter) = counters.get(index) {
        counter.fetch_add(count, SeqCst);
    }
}

fn read(counters: &[AtomicU64], index: usize) -> u64 {
    counters
        .get(index)
        .map_or(0, |counter| counter.load(SeqCst))
}

impl AccountSnapshot {
    /// All losses together.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether the books balance, as they do at any moment.
    pub fn balances(&self) -> bool {
        let under_way = self.queued + self.spooled + self.open;
        self.made == self.delivered + under_way + self.dead_lettered + self.dropped_total()
    }
}

impl fmt::Display for AccountSnapshot {
    /// One line; what only spools have is left out where there is none of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} made", self.made)?;
        if self.recovered > 0 {
            write!(f, " ({} recovered)", self.recovered)?;
        }
        write!(
            f,
            " = {} delivered + {} queued",
            self.delivered, self.queued
        )?;
        let of_spools = [
            (self.spooled, "spooled"),
            (self.open, "open"),
            (self.dead_lettered, "dead-lettered"),
        ];
        for (count, name) in of_spools.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, " + {count} {name}")?;
        }
        write!(f, " + {} dropped", self.dropped_total())?;
        for (reason, count) in &self.dropped {
            write!(f, " ({} {count})", reason.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// What becomes of an item, on the ways that there are.
    fn move_about(account: &Account, random: &mut fastrand::Rng) {
        let count = random.u64(1..4);
        match random.u8(..12) {
            0..4 => account.enqueue(),
            4 => account.advance(Stage::Queued, Stage::Spooled, count),
            5 => account.advance(Stage::Queued, Stage::Open, count),
            6 => account.advance(Stage::Open, Stage::Spooled, count),
            7 => account.deliver(Stage::Queued, count),
            8 => account.deliver(Stage::Spooled, count),
            9 => account.bury(Stage::Spooled, count),
            10 => account.recover(Stage::Spooled, count),
            _ => {
                let stages = [Stage::Queued, Stage::Spooled, Stage::Open];
                let reason = DropReason::ALL[random.usize(..DropReason::ALL.len())];
                account.lose(random.choice(stages).unwrap(), reason, count);
            }
        }
    }

    /// Promise, kept: The books balance at any moment, also while things move.
    /// Figure: 100,000 looks while three threads move things.
    #[test]
    fn the_books_balance_at_any_moment() {
        let account = Account::new("tes");
        let moving = Arc::new(());
        thread::scope(|scope| {
            for seed in 0..3 {
                let (account, moving) = (&account, Arc::downgrade(&moving));
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(seed);
                    while moving.strong_count() > 0 {
                        move_about(account, &mut random);
                    }
                });
            }
            // Let go of when all looks were taken, or one was wrong.
            let moving = moving;
            let mut last = AccountSnapshot::default();
            for _ in 0..100_000 {
                let books = account.snapshot();
                assert!(books.balances(), "{books}");
                assert!(books.made >= last.made && books.delivered >= last.delivered);
                last = books;
            }
            drop(moving);
        });
        account.close();
        let books = account.snapshot();
        assert!(books.balances() && books.queued == 0, "{books}");
    }

    #[test]
    fn what_was_given_up_is_not_counted_again_when_it_arrives() {
        let account = Account::new("tes");
        account.enqueue();
        account.close();
        account.deliver(Stage::Queued, 1);
        account.enqueue();
        let books = account.snapshot();
        assert_eq!(
            (books.made, books.delivered, books.dropped_total()),
            (2, 0, 2)
        );
        assert!(books.balances(), "{books}");
    }
}
