//! The books of one destination.

use super::Counters;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64};

/// The books of one destination, kept while things move.
#[derive(Debug)]
pub(crate) struct Account {
    /// No other account of a telemetry has it.
    name: String,
    made: AtomicU64,
    recovered: AtomicU64,
    delivered: AtomicU64,
    dead_lettered: AtomicU64,
    under_way: [AtomicU64; 3],
    /// Nothing that is queued leaves any more.
    is_closed: AtomicBool,
    dropped: Counters<{ DropReason::ALL.len() }>,
}

/// Where something is that has not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In a queue of the process.
    Queued,
    /// In the spool, until it is acknowledged or refused.
    Spooled,
    /// In a turn that goes on.
    Open,
}

/// Why something never reached its destination: `turnspan.drop.reason` of the
/// metric `turnspan.item.dropped`.
///
/// ```
/// use opentelemetry_sdk::trace::SpanExporter;
/// use turnspan::DropReason;
/// # use opentelemetry_sdk::{error::{OTelSdkError, OTelSdkResult}, trace::SpanData};
///
/// #[derive(Debug)]
/// struct Broken;
/// impl SpanExporter for Broken {
///     async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
///         Err(OTelSdkError::InternalFailure("no disk".to_owned()))
///     }
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let telemetry = turnspan::builder().span_exporter(Broken).build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// assert!(telemetry.flush(std::time::Duration::from_secs(5)).is_err());
/// let dropped = &telemetry.stats().destinations["exporter"].dropped;
/// assert_eq!(dropped[&DropReason::Unreachable], 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue between callers and the pipeline was full: 4096 spans, or
    /// 64 MiB of content.
    QueueFull,
    /// The destination's own buffer was full: of spans `OTEL_BSP_MAX_QUEUE_SIZE`
    /// (default 2048) or 64 MiB, of TES events what
    /// [`SpoolSettings`](crate::SpoolSettings) say, of log records
    /// 2048.
    SpoolFull,
    /// The span could not be turned into an event.
    Unconvertible,
    /// The destination refused for good: TES by a status (4xx, but for 408, 425
    /// and 429) or by errors in its answer, OTLP by a
    /// [partial success](https://opentelemetry.io/docs/specs/otlp/#partial-success).
    Rejected,
    /// The destination answered with a redirect, which is never followed:
    /// the credentials in custom headers would follow it.
    Redirected,
    /// Every attempt failed until the destination was given up, or the exporter
    /// said that it failed, a refusal by status included.
    Unreachable,
    /// It waited in the spool for longer than
    /// [`SpoolSettings::max_age`](crate::SpoolSettings::max_age).
    Expired,
    /// The spool's file was damaged or removed, and it was in it.
    SpoolDamaged,
    /// It was still on its way when telemetry shut down, or came after that.
    Shutdown,
    /// It ended in a forked child of the process, where telemetry is off.
    Forked,
}

/// The books of one destination.
///
/// `made == delivered + queued + spooled + open + dead_lettered + dropped`
/// whenever nothing moves. All are counts of items: events, spans, records or
/// exports.
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
    /// Items gathered in turns that go on.
    pub open: u64,
    /// Items that were refused for good and are kept in the spool's file with
    /// the reason.
    pub dead_lettered: u64,
    /// Items lost, by reason; a reason that never was is not there.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl Account {
    pub(crate) fn new(name: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            made: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            dead_lettered: AtomicU64::new(0),
            under_way: std::array::from_fn(|_| AtomicU64::new(0)),
            is_closed: AtomicBool::new(false),
            dropped: Counters::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// One item is made and on its way.
    pub(crate) fn enqueue(&self) {
        // In this order: who reads first what is made, and then what is queued,
        // never finds more on its way than there is.
        self.stage(Stage::Queued).fetch_add(1, SeqCst);
        self.made.fetch_add(1, SeqCst);
        if self.is_closed.load(SeqCst) {
            self.lose(Stage::Queued, DropReason::Shutdown, 1);
        }
    }

    /// What is queued is lost, and so is what comes from now on.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        let left = self.stage(Stage::Queued).load(SeqCst);
        self.lose(Stage::Queued, DropReason::Shutdown, left);
    }

    /// `count` items of an earlier process are in the spool.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "there is no file")
    )]
    pub(crate) fn recover(&self, stage: Stage, count: u64) {
        self.add(stage, count);
        self.recovered.fetch_add(count, Relaxed);
        self.made.fetch_add(count, Relaxed);
    }

    /// `count` items go on.
    pub(crate) fn advance(&self, from: Stage, to: Stage, count: u64) {
        let count = self.take(from, count);
        self.add(to, count);
    }

    /// `count` items have arrived.
    pub(crate) fn deliver(&self, from: Stage, count: u64) {
        let count = self.take(from, count);
        self.delivered.fetch_add(count, Relaxed);
    }

    /// `count` items were refused and are kept.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "there is no file")
    )]
    pub(crate) fn bury(&self, from: Stage, count: u64) {
        let count = self.take(from, count);
        self.dead_lettered.fetch_add(count, Relaxed);
    }

    /// `count` items are lost.
    pub(crate) fn lose(&self, from: Stage, reason: DropReason, count: u64) {
        let count = self.take(from, count);
        self.dropped.add(reason as usize, count);
    }

    /// How many items are at a stage.
    pub(crate) fn at(&self, stage: Stage) -> u64 {
        self.stage(stage).load(Relaxed)
    }

    /// How many items have not come to their end.
    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.iter().map(|stage| stage.load(Relaxed)).sum()
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.by(&DropReason::ALL).values().sum()
    }

    pub(crate) fn dead_lettered(&self) -> u64 {
        self.dead_lettered.load(Relaxed)
    }

    pub(crate) fn snapshot(&self) -> AccountSnapshot {
        AccountSnapshot {
            made: self.made.load(Relaxed),
            recovered: self.recovered.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            queued: self.at(Stage::Queued),
            spooled: self.at(Stage::Spooled),
            open: self.at(Stage::Open),
            dead_lettered: self.dead_lettered(),
            dropped: self.dropped.by(&DropReason::ALL),
        }
    }

    fn stage(&self, stage: Stage) -> &AtomicU64 {
        let [queued, spooled, open] = &self.under_way;
        match stage {
            Stage::Queued => queued,
            Stage::Spooled => spooled,
            Stage::Open => open,
        }
    }

    fn add(&self, stage: Stage, count: u64) {
        self.stage(stage).fetch_add(count, Relaxed);
    }

    /// How many of `count` items were still there. What was given up at the
    /// end may yet arrive, and is not counted twice.
    fn take(&self, stage: Stage, count: u64) -> u64 {
        let less = |there: u64| Some(there.saturating_sub(count));
        let before = self.stage(stage).fetch_update(Relaxed, Relaxed, less);
        before.unwrap_or_default().min(count)
    }
}

impl AccountSnapshot {
    /// All losses together.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether the books balance. While items move they may not: the counters
    /// are read one after the other.
    pub fn balances(&self) -> bool {
        let under_way = self.queued + self.spooled + self.open;
        self.made == self.delivered + under_way + self.dead_lettered + self.dropped_total()
    }
}

impl DropReason {
    pub(super) const ALL: [Self; 10] = [
        Self::QueueFull,
        Self::SpoolFull,
        Self::Unconvertible,
        Self::Rejected,
        Self::Redirected,
        Self::Unreachable,
        Self::Expired,
        Self::SpoolDamaged,
        Self::Shutdown,
        Self::Forked,
    ];

    /// The reason as one word, as in metrics.
    ///
    /// ```
    /// assert_eq!(turnspan::DropReason::QueueFull.as_str(), "queue_full");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::SpoolFull => "spool_full",
            Self::Unconvertible => "unconvertible",
            Self::Rejected => "rejected",
            Self::Redirected => "redirected",
            Self::Unreachable => "unreachable",
            Self::Expired => "expired",
            Self::SpoolDamaged => "spool_damaged",
            Self::Shutdown => "shutdown",
            Self::Forked => "forked",
        }
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
