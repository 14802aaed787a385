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
    /// (default 2048) or 64 MiB, of TES events 10 000 or 64 MiB, of log records
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
    /// It was still on its way when telemetry shut down, or came after that.
    Shutdown,
}

/// Something that went wrong inside turnspan and was swallowed:
/// `turnspan.fault.type` of the metric `turnspan.fault`. The call itself went
/// on as if nobody had watched.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// use turnspan::Fault;
///
/// let telemetry =
///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
/// let call = telemetry.record("https://api.openai.com/v1/chat/completions", "no JSON");
/// call.timed_out();
/// assert_eq!(telemetry.stats().faults[&Fault::UnreadRequest], 1);
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// An observer panicked; the call went on without it.
    ObserverPanicked,
    /// Two parts of one call observed at once; one of them was passed over.
    ObservationMissed,
    /// A request was larger than what is kept of one (8 MiB: its content is
    /// missing), or even read (32 MiB: its parameters are too).
    RequestTruncated,
    /// A request body could not be read as its API's.
    UnreadRequest,
    /// A response or a chunk of it could not be read as its API's.
    UnreadResponse,
    /// A response was larger than what is kept of one (8 MiB).
    ResponseTruncated,
    /// Content was offered but no span processor of ours picked it up: a
    /// provider that telemetry uses has no
    /// [`Telemetry::processor`](crate::Telemetry::processor).
    ContentOrphaned,
    /// A call could not be listed as open, as the queue was full; shutting down
    /// will not end it.
    OpenCallUnlisted,
    /// Handling a finished span panicked; it stays queued until the end.
    PipelinePanicked,
    /// A layer was made for a subscriber that has one of OpenTelemetry already;
    /// see [`Telemetry::layer`](crate::Telemetry::layer).
    LayerIgnored,
    /// A span for OTLP (3 MiB), or what a log record says (192 KiB), was too
    /// large for a Collector that takes 4 MiB at once, and left without content.
    ContentShed,
}

/// A reading of the counters since the start, as
/// [`Telemetry::stats`](crate::Telemetry::stats) gives it. With `{}` it is a
/// line a destination, and one a fault; the same numbers are metrics.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let telemetry =
///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// telemetry.record("https://api.openai.com/v1/models", "").timed_out();
/// telemetry.flush(std::time::Duration::from_secs(5))?;
/// assert_eq!(
///     telemetry.stats().to_string(),
///     "exporter: 1 made = 1 delivered + 0 queued + 0 dropped\nof no known API: 1\n",
/// );
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsSnapshot {
    /// One set of books a destination, by its name: `tes` counts events, `otlp`
    /// and `exporter` (`exporter_2` and so on) spans, `logs` records, `metrics`
    /// exports.
    pub destinations: BTreeMap<&'static str, AccountSnapshot>,
    /// How often what went wrong in turnspan itself; empty when all is well.
    pub faults: BTreeMap<Fault, u64>,
    /// Requests through a wrapped client that were no call of a known API:
    /// they passed, and nothing was recorded of them.
    pub unrecognised: u64,
}

/// The books of one destination.
///
/// `made == delivered + queued + dropped` whenever nothing moves. All are
/// counts of items: events, spans, records or exports.
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
    /// Items that were due to this destination.
    pub made: u64,
    /// Items that it acknowledged.
    pub delivered: u64,
    /// Items on their way.
    pub queued: u64,
    /// Items lost, by reason; a reason that never was is not there.
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

    /// Whether the books balance. While items move they may not: the counters
    /// are read one after the other.
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

    /// The fault as one word, as in metrics.
    ///
    /// ```
    /// assert_eq!(turnspan::Fault::LayerIgnored.as_str(), "layer_ignored");
    /// ```
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
