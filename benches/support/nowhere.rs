//! Where things end up without a cost.

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use turnspan::{Builder, SpoolSettings, Tes, TurnGrouping};

/// Takes spans and does nothing with them.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// Spans go nowhere.
pub(crate) fn spans() -> Builder {
    turnspan::builder().span_exporter(Nowhere)
}

/// A TES where nobody listens, whose events wait in memory.
pub(crate) fn tes(grouping: TurnGrouping) -> Tes {
    let tes = Tes::new("http://127.0.0.1:1", "acme", "tes_key").unwrap();
    tes.turn_grouping(grouping)
        .spool(SpoolSettings::best_effort())
}

/// Meters that are read as seldom as OpenTelemetry has it.
pub(crate) fn meters() -> SdkMeterProvider {
    let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
    SdkMeterProvider::builder().with_reader(reader).build()
}
