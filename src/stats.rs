//! What was made, what arrived, what was lost and why.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters that every part of turnspan shares.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    faults: Counters<{ Fault::ALL.len() }>,
    unrecognised: AtomicU64,
}

/// The books of one destination: made = delivered + queued + dropped.
#[derive(Debug)]
pub(crate) struct Account {
    name: &'static str,
    made: AtomicU64,
    delivered: AtomicU64,
    queued: AtomicU64,
    dropped: Counters<{ DropReason::ALL.len() }>,
}

/// Why something never reached its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue between callers and the pipeline was full.
    QueueFull,
    /// The destination's own buffer was full.
    SpoolFull,
    /// The span could not be turned into an event.
    Unconvertible,
    /// The destination refused for good (4xx, or errors in its answer).
    Rejected,
    /// The destination answered with a redirect, which is never followed:
    /// the credentials in custom headers would follow it.
    Redirected,
    /// Every attempt failed until the destination was given up.
    Unreachable,
    /// It was still on its way when telemetry shut down.
    Shutdown,
}

/// Something that went wrong inside turnspan and was swallowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// An observer panicked; the call went on without it.
    ObserverPanicked,
    /// Two parts of one call observed at once; one of them was passed over.
    ObservationMissed,
    /// A request was larger than what is kept of one, or even read.
    RequestTruncated,
    /// A request body could not be read as its API's.
    UnreadRequest,
    /// A response or a chunk of it could not be read as its API's.
    UnreadResponse,
    /// A response was larger than what is kept of one.
    ResponseTruncated,
    /// Content was offered but no span processor of ours picked it up.
    ContentOrphaned,
    /// A call could not be listed as open; shutting down will not end it.
    OpenCallUnlisted,
    /// Handling a finished span panicked; it stays queued until the end.
    PipelinePanicked,
    /// A layer was made for a subscriber that has one of OpenTelemetry already.
    LayerIgnored,
    /// A span was too large for any Collector and left without its content.
    ContentShed,
}

/// A reading of the counters, as [`Telemetry::stats`](crate::Telemetry::stats) gives it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsSnapshot {
    /// One set of books a destination, by its name: `tes` counts events, `otlp`
    /// and `exporter` spans, `logs` records, `metrics` exports.
    pub destinations: BTreeMap<&'static str, AccountSnapshot>,
    /// Faults of turnspan itself; empty when all is well.
    pub faults: BTreeMap<Fault, u64>,
    /// Requests through a wrapped client that were no call of a known API:
    /// they passed, and nothing was recorded of them.
    pub unrecognised: u64,
}

/// The books of one destination.
///
/// `made == delivered + queued + dropped` whenever nothing moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSnapshot {
    /// Items that were due to this destination.
    pub made: u64,
    /// Items that it acknowledged.
    pub delivered: u64,
    /// Items on their way.
    pub queued: u64,
    /// Items lost, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl Stats {
    pub(crate) fn fault(&self, fault: Fault) {
        self.faults.add(fault as usize, 1);
    }

    pub(crate) fn unrecognised(&self) {
        self.unrecognised.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self, accounts: &[Arc<Account>]) -> StatsSnapshot {
        StatsSnapshot {
            destinations: accounts.iter().map(|a| (a.name, a.snapshot())).collect(),
            faults: self.faults.by(&Fault::ALL),
            unrecognised: self.unrecognised.load(Relaxed),
        }
    }
}

impl Account {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            name,
            made: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            dropped: Counters::default(),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// One item is made and on its way.
    pub(crate) fn enqueue(&self) {
        self.queued.fetch_add(1, Relaxed);
        self.made.fetch_add(1, Relaxed);
    }

    /// `count` items on their way have arrived.
    pub(crate) fn deliver(&self, count: u64) {
        let count = self.take_queued(count);
        self.delivered.fetch_add(count, Relaxed);
    }

    /// `count` items on their way are lost.
    pub(crate) fn drop_queued(&self, reason: DropReason, count: u64) {
        let count = self.take_queued(count);
        self.dropped.add(reason as usize, count);
    }

    /// How many of `count` items were still on their way. What was given up at
    /// the end may yet arrive, and is not counted twice.
    fn take_queued(&self, count: u64) -> u64 {
        let less = |queued: u64| Some(queued.saturating_sub(count));
        let before = self.queued.fetch_update(Relaxed, Relaxed, less);
        before.unwrap_or_default().min(count)
    }

    pub(crate) fn queued(&self) -> u64 {
        self.queued.load(Relaxed)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.by(&DropReason::ALL).values().sum()
    }

    pub(crate) fn snapshot(&self) -> AccountSnapshot {
        AccountSnapshot {
            made: self.made.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            queued: self.queued.load(Relaxed),
            dropped: self.dropped.by(&DropReason::ALL),
        }
    }
}

impl AccountSnapshot {
    /// All losses together.
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether the books balance.
    pub fn balances(&self) -> bool {
        self.made == self.delivered + self.queued + self.dropped_total()
    }
}

impl DropReason {
    const ALL: [Self; 7] = [
        Self::QueueFull,
        Self::SpoolFull,
        Self::Unconvertible,
        Self::Rejected,
        Self::Redirected,
        Self::Unreachable,
        Self::Shutdown,
    ];

    /// The reason as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::SpoolFull => "spool_full",
            Self::Unconvertible => "unconvertible",
            Self::Rejected => "rejected",
            Self::Redirected => "redirected",
            Self::Unreachable => "unreachable",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Fault {
    const ALL: [Self; 11] = [
        Self::ObserverPanicked,
        Self::ObservationMissed,
        Self::RequestTruncated,
        Self::UnreadRequest,
        Self::UnreadResponse,
        Self::ResponseTruncated,
        Self::ContentOrphaned,
        Self::OpenCallUnlisted,
        Self::PipelinePanicked,
        Self::LayerIgnored,
        Self::ContentShed,
    ];

    /// The fault as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ObserverPanicked => "observer_panicked",
            Self::ObservationMissed => "observation_missed",
            Self::RequestTruncated => "request_truncated",
            Self::UnreadRequest => "unread_request",
            Self::UnreadResponse => "unread_response",
            Self::ResponseTruncated => "response_truncated",
            Self::ContentOrphaned => "content_orphaned",
            Self::OpenCallUnlisted => "open_call_unlisted",
            Self::PipelinePanicked => "pipeline_panicked",
            Self::LayerIgnored => "layer_ignored",
            Self::ContentShed => "content_shed",
        }
    }
}

impl fmt::Display for StatsSnapshot {
    /// A line a destination, then one for faults if there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, account) in &self.destinations {
            writeln!(f, "{name}: {account}")?;
        }
        for (fault, count) in &self.faults {
            writeln!(f, "fault {}: {count}", fault.as_str())?;
        }
        if self.unrecognised > 0 {
            writeln!(f, "of no known API: {}", self.unrecognised)?;
        }
        Ok(())
    }
}

impl fmt::Display for AccountSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} made = {} delivered + {} queued + {} dropped",
            self.made,
            self.delivered,
            self.queued,
            self.dropped_total(),
        )?;
        for (reason, count) in &self.dropped {
            write!(f, " ({} {count})", reason.as_str())?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Counters<const N: usize>([AtomicU64; N]);

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl<const N: usize> Counters<N> {
    fn add(&self, index: usize, count: u64) {
        if let Some(counter) = self.0.get(index) {
            counter.fetch_add(count, Relaxed);
        }
    }

    /// The counters that are not 0, under their names.
    fn by<K: Copy + Ord>(&self, names: &[K; N]) -> BTreeMap<K, u64> {
        names
            .iter()
            .zip(&self.0)
            .map(|(name, counter)| (*name, counter.load(Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}
