//! What the log warns of.

/// A mistake in how telemetry is used, which costs data and is easy to mend. The
/// log has one line for each, with what to do; [`StatsSnapshot::warnings`] counts
/// them.
///
/// A [`Fault`](crate::Fault) goes wrong inside turnspan; a warning is about the
/// program around it.
///
/// ```
/// use opentelemetry_sdk::trace::InMemorySpanExporter;
/// use turnspan::Warning;
///
/// let telemetry =
///     turnspan::builder().span_exporter(InMemorySpanExporter::default()).build()?;
/// telemetry.record("https://api.openai.com/v1/new-api", "{}").timed_out();
/// assert_eq!(telemetry.stats().warnings[&Warning::Unrecorded], 1);
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
///
/// [`StatsSnapshot::warnings`]: crate::StatsSnapshot::warnings
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Warning {
    /// A request to a known provider, or to a path of a known API, was not
    /// recorded: [`StatsSnapshot::unrecorded`](crate::StatsSnapshot::unrecorded)
    /// lists where they went. Name the provider of a host of your own with
    /// `TURNSPAN_PROVIDER_HOSTS`; record other calls by hand.
    Unrecorded,
    /// [`Telemetry::wrap`](crate::Telemetry::wrap) replaced the HTTP client of an
    /// `async_openai::Client`. Make the client with `Telemetry::openai`, or pass
    /// its HTTP client to [`Wrap::http`](crate::Wrap::http).
    TransportReplaced,
    /// A call was made after telemetry had ended. Keep the guard for as long as
    /// its clients and layers are used, for example in an `Arc`.
    GuardDropped,
    /// A variable was ignored: its name is unknown, or its value is not
    /// supported.
    SettingIgnored,
    /// A stream ended without token counts, because its request did not ask for
    /// them. Set `stream_options.include_usage`.
    UsageNotRequested,
    /// Spans of functions and of their calls are made by two tracer providers, and
    /// leave apart. Call [`Telemetry::use_provider`](crate::Telemetry::use_provider)
    /// with yours.
    TwoProviders,
}

impl Warning {
    pub(super) const ALL: [Self; 6] = [
        Self::Unrecorded,
        Self::TransportReplaced,
        Self::GuardDropped,
        Self::SettingIgnored,
        Self::UsageNotRequested,
        Self::TwoProviders,
    ];

    /// The warning as one word.
    ///
    /// ```
    /// assert_eq!(turnspan::Warning::GuardDropped.as_str(), "guard_dropped");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unrecorded => "unrecorded",
            Self::TransportReplaced => "transport_replaced",
            Self::GuardDropped => "guard_dropped",
            Self::SettingIgnored => "setting_ignored",
            Self::UsageNotRequested => "usage_not_requested",
            Self::TwoProviders => "two_providers",
        }
    }
}
