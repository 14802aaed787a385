//! OTLP over gRPC, built and driven on our own runtime: tonic needs one, and
//! the caller may have none.

use super::{Client, Otlp, unmade};
use crate::config::ConfigError;
use crate::export::destination::AnyExporter;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
#[cfg(feature = "rustls")]
use opentelemetry_otlp::tonic_types::transport::Certificate;
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter as SdkLogExporter};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, Temporality};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;
use tokio::runtime::Handle;

pub(super) fn spans(
    otlp: &Otlp,
    url: &str,
    client: &Client,
) -> Result<Box<dyn AnyExporter>, ConfigError> {
    let _entered = client.runtime().enter();
    let exporter = configured(SpanExporter::builder().with_tonic(), otlp, url).build();
    Ok(Box::new(exporter.map_err(|error| unmade(&error))?))
}

pub(super) fn metrics(
    otlp: &Otlp,
    url: &str,
    client: &Client,
) -> Result<PeriodicReader<OnRuntime<MetricExporter>>, ConfigError> {
    let _entered = client.runtime().enter();
    let exporter = configured(MetricExporter::builder().with_tonic(), otlp, url).build();
    let exporter = OnRuntime {
        exporter: exporter.map_err(|error| unmade(&error))?,
        runtime: client.runtime().clone(),
    };
    Ok(PeriodicReader::builder(exporter).build())
}

pub(super) fn logs(
    otlp: &Otlp,
    url: &str,
    client: &Client,
) -> Result<OnRuntime<LogExporter>, ConfigError> {
    let _entered = client.runtime().enter();
    let exporter = configured(LogExporter::builder().with_tonic(), otlp, url).build();
    Ok(OnRuntime {
        exporter: exporter.map_err(|error| unmade(&error))?,
        runtime: client.runtime().clone(),
    })
}

fn configured<B: WithExportConfig + WithTonicConfig>(builder: B, otlp: &Otlp, url: &str) -> B {
    let mut builder = builder
        .with_endpoint(url)
        .with_timeout(otlp.timeout)
        .with_metadata(MetadataMap::from_headers(headers(otlp)));
    if otlp.gzip {
        builder = builder.with_compression(Compression::Gzip);
    }
    if url.starts_with("https:") {
        let tls = ClientTlsConfig::new().with_enabled_roots();
        #[cfg(feature = "rustls")]
        let tls = trusting(tls, otlp);
        builder = builder.with_tls_config(tls);
    }
    builder
}

#[cfg(feature = "rustls")]
fn trusting(tls: ClientTlsConfig, otlp: &Otlp) -> ClientTlsConfig {
    match &otlp.certificate {
        Some(certificate) => tls.ca_certificate(Certificate::from_pem(&certificate.0)),
        None => tls,
    }
}

/// Headers that gRPC cannot have are left out.
fn headers(otlp: &Otlp) -> HeaderMap {
    let headers = otlp.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value.expose()).ok()?))
    });
    headers.collect()
}

/// An exporter in the context of our runtime: the SDK drives those of metrics
/// and log records on threads that have none.
#[derive(Debug)]
pub(crate) struct OnRuntime<E> {
    exporter: E,
    runtime: Handle,
}

impl<E> OnRuntime<E> {
    async fn within<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let _entered = self.runtime.enter();
            future.as_mut().poll(cx)
        })
        .await
    }
}

impl PushMetricExporter for OnRuntime<MetricExporter> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.within(self.exporter.export(metrics)).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

impl SdkLogExporter for OnRuntime<LogExporter> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.within(self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
