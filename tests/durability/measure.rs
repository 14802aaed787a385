//! The child that measures how long a call that is over may still be lost.
//!
//! One task makes the calls and another watches the books: events reach the
//! file in the order in which their calls ended, so that the count of those
//! that are through tells of each when it was.

use super::child::{books, call, say, user};
use super::job::{Job, Way};
use super::provider::openai;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use turnspan::{AccountSnapshot, Telemetry, TesExporter};

const CALLS: u64 = 2_000;

/// Far below the bound of the queue.
const UNDER_WAY: u64 = 1_800;

/// How often the books are looked at: what the numbers are exact to.
const GLANCE: Duration = Duration::from_micros(100);

pub(crate) fn run(job: &Job, way: Way) {
    match way {
        Way::Init => of_telemetry(&turnspan::init().unwrap(), CALLS, a_few_milliseconds),
        Way::Busy => {
            let telemetry = turnspan::builder().tes(job.tes()).build().unwrap();
            of_telemetry(&telemetry, 5 * CALLS, || {});
        }
        Way::Exporter => of_exporter(job),
    }
}

fn a_few_milliseconds() {
    thread::sleep(Duration::from_micros(fastrand::u64(..5_000)));
}

fn of_telemetry(telemetry: &Telemetry, calls: u64, pause: impl Fn()) {
    let answer = openai::completion("Hi.");
    let make = |number: u64| {
        pause();
        call(telemetry, &json!([user(&number.to_string())]), &answer);
    };
    tell(measured(calls, make, || books(telemetry)));
    // What has not arrived by now is of no interest.
    drop(telemetry.shutdown(Duration::from_secs(1)));
}

fn of_exporter(job: &Job) {
    let exporter = Shared(Arc::new(TesExporter::new(job.tes()).unwrap()));
    let delay = BatchConfigBuilder::default().with_scheduled_delay(Duration::from_secs(1));
    let processor = BatchSpanProcessor::builder(exporter.clone());
    let processor = processor.with_batch_config(delay.build()).build();
    let provider = SdkTracerProvider::builder().with_span_processor(processor);
    let provider = provider.build();
    let tracer = provider.tracer("by hand");
    let make = |number: u64| {
        a_few_milliseconds();
        let mut span = tracer.start("chat m");
        span.set_attributes([
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.conversation.id", number.to_string()),
        ]);
        span.end();
    };
    tell(measured(CALLS, make, || exporter.0.stats()));
    drop(provider.shutdown());
}

/// For each call, how long after its end it was in the file.
fn measured(
    calls: u64,
    make: impl Fn(u64),
    books: impl Fn() -> AccountSnapshot + Sync,
) -> Vec<Duration> {
    let through = AtomicU64::new(0);
    let (ends, arrivals) = thread::scope(|scope| {
        let watching = scope.spawn(|| watch(calls, &through, &books));
        let mut ends = Vec::new();
        for number in 0..calls {
            while number >= through.load(Relaxed) + UNDER_WAY {
                assert!(!watching.is_finished());
                thread::sleep(GLANCE);
            }
            make(number);
            ends.push(Instant::now());
        }
        (ends, watching.join().unwrap())
    });
    let waits = ends.iter().zip(&arrivals);
    waits
        .map(|(end, arrived)| arrived.duration_since(*end))
        .collect()
}

/// When each call was seen to be in the file.
fn watch(calls: u64, through: &AtomicU64, books: impl Fn() -> AccountSnapshot) -> Vec<Instant> {
    let mut arrivals = Vec::new();
    while (arrivals.len() as u64) < calls {
        let books = books();
        assert_eq!(books.dropped_total(), 0, "{books}");
        let count = books.made.saturating_sub(books.queued);
        through.store(count, Relaxed);
        arrivals.resize(usize::try_from(count).unwrap(), Instant::now());
        thread::sleep(GLANCE);
    }
    arrivals
}

/// The median, and what 9 of 10, 99 of 100 and all stay below, in microseconds.
fn tell(mut waits: Vec<Duration>) {
    waits.sort_unstable();
    let last = waits.len() - 1;
    let of = |share: usize| waits[last * share / 100].as_micros().to_string();
    let told: Vec<String> = [50, 90, 99, 100].into_iter().map(of).collect();
    say("waits", &told.join(" "));
}

/// An exporter whose books can be read while a processor has it.
#[derive(Debug, Clone)]
struct Shared(Arc<TesExporter>);

impl SpanExporter for Shared {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }
}
