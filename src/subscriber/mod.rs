//! The layer that turns `#[instrument]` spans into OpenTelemetry spans.

mod gen_ai_span;
mod known;
mod surviving;
mod typed;
mod within;

use crate::config::ConfigError;
use crate::conventions::Conventions;
use crate::conversation::Conversation;
use crate::operation::Outlet;
use gen_ai_span::GenAiTracer;
use opentelemetry_sdk::trace::SdkTracer;
use std::any::type_name;
use std::io;
use std::io::IsTerminal as _;
use std::sync::Arc;
use surviving::Surviving;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What makes the spans of `tracing`, and where what does not travel on them
/// goes.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) tracer: SdkTracer,
    pub(crate) outlet: Arc<dyn Outlet>,
    /// Whose functions these are, as far as nobody else says it.
    pub(crate) conversation: Option<Conversation>,
    /// How things are called.
    pub(crate) conventions: Conventions,
}

type BoxedLayer<S> = Box<dyn Layer<S> + Send + Sync>;

/// The lean form of tracing-opentelemetry's layer: no code locations, no
/// threads, no idle times, and a level filter of its own, so that a `RUST_LOG`
/// that quiets the log does not take the traces with it.
///
/// What it is to be part of shows in the type, as far as nobody has boxed it:
/// a second layer of this kind would panic at the first span, so there is none
/// then, and a filter would in a subscriber that `tracing_subscriber::fmt()`
/// made.
pub(crate) fn layer<S>(source: Option<Source>) -> Option<BoxedLayer<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let source = source.filter(|_| !has_layer::<S>())?;
    let tracer = GenAiTracer::new(source);
    Some(if type_name::<S>().contains("fmt::Subscriber<") {
        // It has a level of its own, for all its layers.
        Box::new(lean(tracer))
    } else {
        // The first sees no span. By it `OpenTelemetrySpanExt` finds the spans of
        // the second, which is wrapped, and so is not found itself.
        let door = lean(tracer.clone()).with_filter(LevelFilter::OFF);
        let layer = Surviving(lean(tracer)).with_filter(LevelFilter::INFO);
        Box::new(door.and_then(layer))
    })
}

fn lean<S>(tracer: GenAiTracer<SdkTracer>) -> OpenTelemetryLayer<S, GenAiTracer<SdkTracer>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
}

/// Whether a subscriber has an OpenTelemetry layer already.
pub(crate) fn has_layer<S>() -> bool {
    type_name::<S>().contains("OpenTelemetryLayer")
}

/// Sets the program's subscriber: our layer, and log lines on standard error
/// as `filter` (the value of `RUST_LOG`) says.
pub(crate) fn install(
    source: Option<Source>,
    filter: Option<&str>,
    no_color: bool,
) -> Result<(), ConfigError> {
    let (log_filter, bad_directives) = log_filter(filter);
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !no_color)
        .with_filter(log_filter);
    tracing_subscriber::registry()
        .with(layer(source))
        .with(log)
        .try_init()
        .map_err(|_| ConfigError::SubscriberSet)?;
    for directive in bad_directives {
        tracing::warn!(target: "turnspan", "RUST_LOG: `{directive}` is no target=level and is passed over");
    }
    Ok(())
}

/// What can be used of the directives, and what cannot: a log filter is no
/// reason for a program not to start.
fn log_filter(filter: Option<&str>) -> (Targets, Vec<&str>) {
    let filter = filter.unwrap_or("warn,turnspan=info");
    let directives = filter.split(',').filter(|it| !it.trim().is_empty());
    let is_good =
        |directive: &&str| !directive.contains('[') && directive.parse::<Targets>().is_ok();
    let (good, bad): (Vec<_>, Vec<_>) = directives.partition(is_good);
    // Of directives that are good one by one, all are.
    (good.join(",").parse().unwrap_or_default(), bad)
}

#[cfg(test)]
mod tests {
    use super::log_filter;
    use tracing::Level;

    #[test]
    fn a_bad_directive_costs_itself_alone() {
        let (filter, bad) = log_filter(Some("info,garbage==,debug[x], ,hyper=warn"));
        assert_eq!(bad, ["garbage==", "debug[x]"]);
        assert!(filter.would_enable("mine", &Level::INFO));
        assert!(!filter.would_enable("hyper", &Level::INFO));
    }

    #[test]
    fn by_default_warnings_and_what_we_say_are_shown() {
        let (filter, _) = log_filter(None);
        assert!(filter.would_enable("turnspan", &Level::INFO));
        assert!(!filter.would_enable("mine", &Level::INFO));
    }
}
