//! `telemetry.layer()` beside whatever a program has in its subscriber.

use super::support::harness::{Harness, Kept, PATIENCE};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use std::io;
use std::sync::{Arc, Mutex};
use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{fmt, registry, reload};
use turnspan::Fault;

/// What a log layer writes to, to be read.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(super) fn writer(&self) -> impl Fn() -> Self + Send + Sync + 'static {
        let log = self.clone();
        move || log.clone()
    }
}

fn harness() -> Harness {
    Harness::start([Reply::json(openai::completion("Hi."))])
}

#[tracing::instrument(skip_all)]
async fn work(harness: &Harness) {
    tracing::info!("working");
    drain(
        Seam::Reqwest
            .call(harness, Format::OpenAi, false)
            .await
            .unwrap(),
    )
    .await;
}

fn assert_nested(spans: &[SpanData]) {
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (work, chat) = (named("work"), named("chat gpt-4o"));
    assert_eq!(chat.parent_span_id, work.span_context.span_id());
}

async fn run(harness: &Harness, subscriber: impl Subscriber + Send + Sync) -> Vec<SpanData> {
    work(harness)
        .with_subscriber(Dispatch::new(subscriber))
        .await;
    harness.spans()
}

#[tokio::test]
async fn a_log_of_any_shape_and_level_may_be_beside_it() {
    let log = Log::default();
    let harness = harness();
    let on_registry = registry()
        .with(
            fmt::layer()
                .with_writer(log.writer())
                .with_filter(LevelFilter::ERROR),
        )
        .with(harness.telemetry.layer());
    assert_nested(&run(&harness, on_registry).await);
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn the_subscriber_of_fmt_takes_it_too() {
    let log = Log::default();
    let harness = harness();
    let of_fmt = fmt().with_writer(log.writer()).finish();
    assert_nested(&run(&harness, of_fmt.with(harness.telemetry.layer())).await);
    assert!(log.text().contains("working"));
    let harness = self::harness();
    let with_more = fmt().with_writer(log.writer()).finish();
    let with_more = with_more.with(fmt::layer().with_writer(log.writer()));
    assert_nested(&run(&harness, with_more.with(harness.telemetry.layer())).await);
}

#[tokio::test]
async fn it_may_be_reloaded_boxed_or_an_option() {
    let harness = harness();
    let (reloaded, _handle) = reload::Layer::new(harness.telemetry.layer());
    assert_nested(&run(&harness, registry().with(reloaded)).await);
    let harness = self::harness();
    let boxed = harness.telemetry.layer().boxed();
    assert_nested(&run(&harness, registry().with(Some(boxed))).await);
}

#[tokio::test]
async fn beside_another_layer_of_opentelemetry_it_stands_back_and_is_counted() {
    let theirs = Kept::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(theirs.clone())
        .build();
    let harness = harness();
    let both = registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs")))
        .with(harness.telemetry.layer());
    let ours = run(&harness, both).await;
    assert_eq!(harness.telemetry.stats().faults[&Fault::LayerIgnored], 1);
    // One tree over both providers.
    let all: Vec<_> = ours.into_iter().chain(theirs.finished()).collect();
    assert_nested(&all);
}

#[tokio::test]
async fn with_telemetry_off_it_is_nothing() {
    let telemetry = turnspan::builder().build().unwrap();
    let log = Log::default();
    let subscriber = fmt().with_writer(log.writer()).finish();
    let subscriber = subscriber.with(telemetry.layer());
    let harness = harness();
    work(&harness)
        .with_subscriber(Dispatch::new(subscriber))
        .await;
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(harness.spans().len(), 1);
    assert!(log.text().contains("working"));
}
