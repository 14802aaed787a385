//! Exporters of any kind, behind one pointer.

use crate::background::trouble::Trouble;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

/// An export under way.
pub(crate) type Exporting<'a> = Pin<Box<dyn Future<Output = OTelSdkResult> + Send + 'a>>;

/// An exporter behind a pointer: `SpanExporter` itself is not object safe.
pub(crate) trait AnyExporter: Debug + Send + Sync {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_>;

    /// How many spans of the last export that went well were refused.
    fn rejected(&self) -> u64 {
        0
    }

    /// Why the last export failed, where the exporter knows more than its error
    /// says.
    fn trouble(&self) -> Option<Trouble> {
        None
    }

    fn set_resource(&mut self, resource: &Resource);

    /// May block, as `shutdown` may.
    fn force_flush(&self) -> OTelSdkResult;
    fn shutdown(&self) -> OTelSdkResult;
}

impl<E: SpanExporter> AnyExporter for E {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_> {
        Box::pin(SpanExporter::export(self, batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }

    fn force_flush(&self) -> OTelSdkResult {
        SpanExporter::force_flush(self)
    }

    fn shutdown(&self) -> OTelSdkResult {
        SpanExporter::shutdown(self)
    }
}
