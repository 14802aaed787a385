//! Why things get lost.

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
/// assert_eq!(dropped[&DropReason::ExporterFailed], 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue between callers and the pipeline was full: 64 MiB of spans and
    /// of what was said in them.
    QueueFull,
    /// The destination's own buffer was full: of spans `OTEL_BSP_MAX_QUEUE_SIZE`
    /// (default 2048) or 64 MiB, of TES events what
    /// [`SpoolSettings`](crate::SpoolSettings) say, of log records
    /// 2048.
    SpoolFull,
    /// It could not be turned into what this destination gets.
    Unconvertible,
    /// The destination refused for good: by a status (4xx, but for 408, 425 and
    /// 429; over gRPC one after which nothing is tried again), TES also by errors
    /// in its answer, OTLP by a
    /// [partial success](https://opentelemetry.io/docs/specs/otlp/#partial-success).
    Rejected,
    /// The destination answered with a redirect, which is never followed:
    /// the credentials in custom headers would follow it.
    Redirected,
    /// Every attempt failed until the time limit: no connection, no answer, a
    /// receiver that is busy (408, 425, 429, 5xx), or a web page instead of an
    /// answer.
    Unreachable,
    /// The receiver takes traces and answers that it does not know metrics, or
    /// log records (404, 405, 501, `UNIMPLEMENTED`): that signal is off until the
    /// program ends.
    Unsupported,
    /// An exporter or a logger provider of yours returned an error, or panicked.
    ExporterFailed,
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

impl DropReason {
    pub(super) const ALL: [Self; 12] = [
        Self::QueueFull,
        Self::SpoolFull,
        Self::Unconvertible,
        Self::Rejected,
        Self::Redirected,
        Self::Unreachable,
        Self::Unsupported,
        Self::ExporterFailed,
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
            Self::Unsupported => "unsupported",
            Self::ExporterFailed => "exporter_failed",
            Self::Expired => "expired",
            Self::SpoolDamaged => "spool_damaged",
            Self::Shutdown => "shutdown",
            Self::Forked => "forked",
        }
    }
}
