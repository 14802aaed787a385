//! What leaves by OTLP.

/// What leaves by OTLP: names one signal where [`Otlp`](crate::Otlp) sets something for it
/// alone.
///
/// ```
/// use turnspan::{Otlp, OtlpSignal};
///
/// let otlp = Otlp::new("http://localhost:4318")?.without(OtlpSignal::Metrics);
/// let telemetry = turnspan::builder().otlp(otlp).build()?;
/// assert!(telemetry.stats().destinations.keys().eq(&["otlp"]), "spans alone");
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpSignal {
    /// Spans: `otlp` in the books of [`Telemetry::stats`](crate::Telemetry::stats).
    Traces,
    /// Measurements: `metrics` in the books, which count exports.
    Metrics,
    /// Log records: `logs` in the books. There are none unless
    /// [`CaptureMode`](crate::CaptureMode) or
    /// [`Builder::moments_as_logs`](crate::Builder::moments_as_logs) asks for them.
    Logs,
}

impl OtlpSignal {
    pub(crate) const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    /// The variable that says where it goes, apart from the others.
    pub(super) fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            Self::Metrics => "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            Self::Logs => "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        }
    }

    /// As in the paths of the specification.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }
}
