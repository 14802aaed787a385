//! The exporter of spans, with what its receiver answered.

use super::transport::Answers;
use crate::background::trouble::Trouble;
use crate::destination::any_exporter::{AnyExporter, Exporting};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as SdkSpanExporter};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Spans {
    pub(super) exporter: SpanExporter,
    pub(super) answers: Arc<Answers>,
}

impl AnyExporter for Spans {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_> {
        Box::pin(async {
            self.answers.take_trouble();
            SdkSpanExporter::export(&self.exporter, batch).await
        })
    }

    fn rejected(&self) -> u64 {
        self.answers.take_rejected()
    }

    fn trouble(&self) -> Option<Trouble> {
        self.answers.take_trouble()
    }

    fn set_resource(&mut self, resource: &Resource) {
        SdkSpanExporter::set_resource(&mut self.exporter, resource);
    }

    fn force_flush(&self) -> OTelSdkResult {
        SdkSpanExporter::force_flush(&self.exporter)
    }

    fn shutdown(&self) -> OTelSdkResult {
        SdkSpanExporter::shutdown(&self.exporter)
    }
}
