//! The exporter of spans, with what its receiver answered.

use super::transport::Answers;
use crate::destination::any_exporter::{AnyExporter, Exporting};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
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
            let exported = SdkSpanExporter::export(&self.exporter, batch).await;
            exported.map_err(|error| match self.answers.take_failure() {
                Some(failure) => OTelSdkError::InternalFailure(failure),
                None => error,
            })
        })
    }

    fn rejected(&self) -> u64 {
        self.answers.take_rejected()
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
