//! What a flush could not bring home.

use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Not everything left in time, or something was lost; see
/// [`Telemetry::flush`](crate::Telemetry::flush).
///
/// ```
/// use std::time::Duration;
/// # let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
///
/// let tes = turnspan::Tes::new(&format!("http://{nobody}"), "acme", "tes_key")?
///     .spool(turnspan::SpoolSettings::best_effort());
/// let telemetry = turnspan::builder().tes(tes).build()?;
/// telemetry.record("https://api.openai.com/v1/chat/completions", "{}").timed_out();
/// let error = telemetry.shutdown(Duration::ZERO).unwrap_err();
/// assert_eq!(error.left["tes"], 1);
/// assert_eq!(error.to_string(), "not everything was delivered: tes has 1 left");
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Error)]
#[error("not everything was delivered: {}", self.summary())]
#[non_exhaustive]
pub struct FlushError {
    /// Items still on their way at the deadline, by destination: they are lost
    /// with the process.
    pub left: BTreeMap<String, u64>,
    /// Items still on their way that are in the file of a durable spool, by
    /// destination: this process goes on to send them, or the next.
    pub kept: BTreeMap<String, u64>,
    /// Items refused for good since the last flush that a durable spool keeps
    /// as dead letters, by destination.
    pub dead_lettered: BTreeMap<String, u64>,
    /// Items lost since the last flush, by destination; [`Telemetry::stats`](crate::Telemetry::stats) has the reasons.
    pub lost: BTreeMap<String, u64>,
    /// Exporters whose own flush or end failed, panicked or took too long since
    /// the last flush: what they have taken and keep to themselves may not have
    /// left.
    pub unflushed: BTreeSet<String>,
}

impl FlushError {
    fn summary(&self) -> String {
        let kinds = [
            (&self.left, "left"),
            (&self.kept, "kept in the spool"),
            (&self.dead_lettered, "dead-lettered"),
            (&self.lost, "lost"),
        ];
        let told = kinds.iter().flat_map(|(counts, what)| {
            let of_one = move |(name, count)| format!("{name} has {count} {what}");
            counts.iter().map(of_one)
        });
        let unflushed = self.unflushed.iter();
        let unflushed = unflushed.map(|name| format!("{name} could not be flushed"));
        told.chain(unflushed).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing was lost or refused: spools keep all that is left.
    pub(super) fn is_all_kept(&self) -> bool {
        let kept = self.kept.clone();
        *self
            == Self {
                kept,
                ..Self::default()
            }
    }
}
