//! What was made, what arrived, what was lost and why.

mod account;
mod drop_reason;
mod unrecorded;
mod warning;

pub use account::AccountSnapshot;
pub(crate) use account::{Account, Stage};
pub use drop_reason::DropReason;
pub(crate) use unrecorded::place;
pub use warning::Warning;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use unrecorded::Unrecorded;

/// Counters that every part of turnspan shares.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    faults: Counters<{ Fault::ALL.len() }>,
    warnings: Counters<{ Warning::ALL.len() }>,
    unrecognised: AtomicU64,
    unrecorded: Unrecorded,
    /// Lines about the start, which are written once a log may be listening.
    of_the_start: Mutex<Vec<String>>,
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
    /// A request was larger than what is kept of one (8 MiB: images and long
    /// texts are missing), or even read (64 MiB: its parameters are too).
    RequestTruncated,
    /// A request body could not be read as its API's.
    UnreadRequest,
    /// A response or a chunk of it could not be read as its API's.
    UnreadResponse,
    /// A response was larger than what is kept of one (8 MiB, of which images and
    /// long texts are left out first; 256 KiB of words and ids, 1024 choices, blocks, citations and tool calls).
    ResponseTruncated,
    /// Somebody reported 2^48 tokens or more. Such a count is dropped: it is no
    /// count, and sums of it overflow.
    ImplausibleUsage,
    /// Content was offered but no span processor of ours picked it up: a
    /// provider that telemetry uses has no
    /// [`Telemetry::processor`](crate::Telemetry::processor).
    ContentOrphaned,
    /// A call could not be listed as open, as the queue was full; shutting down
    /// will not end it.
    OpenCallUnlisted,
    /// More spans around calls were open than are remembered (65,536): the oldest
    /// was forgotten, and keeps the texts of errors that it has.
    CallerForgotten,
    /// Handling a finished span for a destination panicked; it is lost there.
    PipelinePanicked,
    /// A layer was made for a subscriber that has one of OpenTelemetry already;
    /// see [`Telemetry::layer`](crate::Telemetry::layer).
    LayerIgnored,
    /// A span for OTLP (3 MiB), or what a log record says (192 KiB), was too
    /// large for a Collector that takes 4 MiB at once, and left without content;
    /// or results of tools were cut out of a gathered turn, whose tool calls may
    /// take 512 KiB.
    ContentShed,
    /// An exporter, or a logger provider of yours, panicked: what it had just
    /// got is lost, and it gets what comes next.
    ExporterPanicked,
    /// A task of a destination panicked: what was to leave by it stays where it
    /// is until the end.
    TaskPanicked,
    /// The spool's file could not be used: what was not delivered waits in
    /// memory, and is lost with the process.
    SpoolUnavailable,
    /// The spool's file was damaged; it was set aside and begun anew.
    SpoolDamaged,
    /// The spool could not be written (a full disk, say): those events wait in
    /// memory.
    SpoolFailed,
    /// A call was made in a forked child of the process that made telemetry. It
    /// is not recorded: a child has none of telemetry's threads. Call
    /// [`init`](crate::init) in the child, after the fork.
    Forked,
    /// The spool's file, or what SQLite has beside it, was removed, renamed or
    /// replaced while it was in use: what this process holds was written anew.
    /// (Noticed on Unix alone.)
    SpoolGone,
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
/// telemetry.record("https://example.com/weather", "").timed_out();
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
    /// One set of books for each destination, by its name: `tes` and `lines` count
    /// events, `otlp` spans, `logs` records, `metrics` exports. Exporters of yours
    /// count spans under the names that you gave them
    /// ([`Builder::span_exporter_named`](crate::Builder::span_exporter_named)),
    /// else as `exporter`, `exporter_2` and so on.
    pub destinations: BTreeMap<String, AccountSnapshot>,
    /// How often what went wrong in turnspan itself; empty when all is well.
    pub faults: BTreeMap<Fault, u64>,
    /// Requests through a wrapped client that were no call of a known API:
    /// they passed, and nothing was recorded of them.
    pub unrecognised: u64,
    /// How often the log had a reason to warn of what; it does so once a process
    /// and cause.
    pub warnings: BTreeMap<Warning, u64>,
    /// Those of the `unrecognised` that look like calls, by where they went:
    /// method, host and path, with `{id}` for each id. There are 64 at most; the
    /// others are counted as `_OTHER`.
    pub unrecorded: BTreeMap<String, u64>,
}

impl Stats {
    pub(crate) fn fault(&self, fault: Fault) {
        self.faults.add(fault as usize, 1);
    }

    /// Does work of ours; a panic in it becomes that fault, and nothing else.
    pub(crate) fn guard<T>(&self, fault: Fault, work: impl FnOnce() -> T) -> Option<T> {
        let done = apart(work);
        if done.is_none() {
            self.fault(fault);
        }
        done
    }

    pub(crate) fn unrecognised(&self) {
        self.unrecognised.fetch_add(1, Relaxed);
    }

    /// Counts a warning; whether it is the first of its kind.
    pub(crate) fn warn(&self, warning: Warning) -> bool {
        self.warnings.add(warning as usize, 1) == 0
    }

    /// Counts a request that looks like a call and is not recorded; whether it is
    /// the first to this place.
    pub(crate) fn unrecorded(&self, place: &str) -> bool {
        self.warn(Warning::Unrecorded);
        self.unrecorded.count(place)
    }

    /// Counts a setting that is ignored, and keeps its line.
    pub(crate) fn setting_ignored(&self, line: String) {
        self.warn(Warning::SettingIgnored);
        self.warn_later(line);
    }

    /// Keeps a line until a log may be listening. At the start alone, as it locks.
    pub(crate) fn warn_later(&self, line: String) {
        let lines = self.of_the_start.lock();
        lines.unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// What was kept, for a thread of ours to write.
    pub(crate) fn take_lines(&self) -> Vec<String> {
        let lines = self.of_the_start.lock();
        std::mem::take(&mut lines.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn snapshot(&self, accounts: &[Arc<Account>]) -> StatsSnapshot {
        StatsSnapshot {
            destinations: accounts
                .iter()
                .map(|account| (account.name().to_owned(), account.snapshot()))
                .collect(),
            faults: self.faults.by(&Fault::ALL),
            unrecognised: self.unrecognised.load(Relaxed),
            warnings: self.warnings.by(&Warning::ALL),
            unrecorded: self.unrecorded.snapshot(),
        }
    }
}

/// Does work in which code of users has a part, as whoever hears our log lines
/// is: a panic in it goes no further.
pub(crate) fn apart<T>(work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    // What a panic carries may panic when it is dropped.
    done.map_err(std::mem::forget).ok()
}

impl Fault {
    const ALL: [Self; 20] = [
        Self::ObserverPanicked,
        Self::ObservationMissed,
        Self::RequestTruncated,
        Self::UnreadRequest,
        Self::UnreadResponse,
        Self::ResponseTruncated,
        Self::ImplausibleUsage,
        Self::ContentOrphaned,
        Self::OpenCallUnlisted,
        Self::CallerForgotten,
        Self::PipelinePanicked,
        Self::LayerIgnored,
        Self::ContentShed,
        Self::ExporterPanicked,
        Self::TaskPanicked,
        Self::SpoolUnavailable,
        Self::SpoolDamaged,
        Self::SpoolFailed,
        Self::Forked,
        Self::SpoolGone,
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
            Self::ImplausibleUsage => "implausible_usage",
            Self::ContentOrphaned => "content_orphaned",
            Self::OpenCallUnlisted => "open_call_unlisted",
            Self::CallerForgotten => "caller_forgotten",
            Self::PipelinePanicked => "pipeline_panicked",
            Self::LayerIgnored => "layer_ignored",
            Self::ContentShed => "content_shed",
            Self::ExporterPanicked => "exporter_panicked",
            Self::TaskPanicked => "task_panicked",
            Self::SpoolUnavailable => "spool_unavailable",
            Self::SpoolDamaged => "spool_damaged",
            Self::SpoolFailed => "spool_failed",
            Self::Forked => "forked",
            Self::SpoolGone => "spool_gone",
        }
    }
}

impl fmt::Display for StatsSnapshot {
    /// A line a destination, then one for each fault, warning and unrecorded place.
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
        for (warning, count) in &self.warnings {
            writeln!(f, "warning {}: {count}", warning.as_str())?;
        }
        for (place, count) in &self.unrecorded {
            writeln!(f, "not recorded, {place}: {count}")?;
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
    /// What was counted before.
    fn add(&self, index: usize, count: u64) -> u64 {
        let counter = self.0.get(index);
        counter.map_or(0, |counter| counter.fetch_add(count, Relaxed))
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
