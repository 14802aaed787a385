//! The layer that turns `#[instrument]` spans into OpenTelemetry spans.

mod gen_ai_span;
mod typed;

use crate::config::ConfigError;
use gen_ai_span::GenAiTracer;
use opentelemetry_sdk::trace::SdkTracer;
use std::io;
use std::io::IsTerminal as _;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The lean form of tracing-opentelemetry's layer: no code locations, no
/// threads, no idle times, and a level filter of its own, so that a `RUST_LOG`
/// that quiets the log does not take the traces with it.
pub(crate) fn layer<S>(tracer: Option<SdkTracer>) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(GenAiTracer::new(tracer))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_filter(LevelFilter::INFO)
    })
}

/// Sets the program's subscriber: our layer, and log lines on standard error
/// as `filter` (the value of `RUST_LOG`) says.
pub(crate) fn install(tracer: Option<SdkTracer>, filter: Option<&str>) -> Result<(), ConfigError> {
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_filter(log_filter(filter)?);
    tracing_subscriber::registry()
        .with(layer(tracer))
        .with(log)
        .try_init()
        .map_err(|_| ConfigError::SubscriberSet)
}

fn log_filter(filter: Option<&str>) -> Result<Targets, ConfigError> {
    filter
        .unwrap_or("warn,turnspan=info")
        .parse()
        .map_err(|_| ConfigError::invalid("RUST_LOG", "must be target=level pairs behind commas"))
}
