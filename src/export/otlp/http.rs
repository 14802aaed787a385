//! OTLP over HTTP: the exporters of opentelemetry-otlp with a client of ours.
//!
//! An explicit client, because with none given an exporter picks one by the
//! Cargo features that any crate of the build has turned on, and an async one
//! without a reactor ends the exporting thread at its first span.

use super::{Otlp, unmade};
use crate::config::ConfigError;
use crate::export::destination::{AnyExporter, Exporting};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    Compression, LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig,
    WithHttpConfig,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::PeriodicReader;
use opentelemetry_sdk::trace::SpanData;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost::Message as _;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::runtime::Handle;

/// The exporter of spans, and how many a receiver that took a batch refused.
#[derive(Debug)]
struct Spans {
    exporter: SpanExporter,
    rejected: Arc<AtomicU64>,
}

pub(super) fn spans(
    otlp: &Otlp,
    url: &str,
    client: &Client,
) -> Result<Box<dyn AnyExporter>, ConfigError> {
    let rejected = Arc::default();
    let client = Client {
        timeout: otlp.timeout,
        rejected: Some(Arc::clone(&rejected)),
        ..client.clone()
    };
    let exporter = SpanExporter::builder().with_http();
    let exporter = configured(exporter, otlp, url, client).build();
    let exporter = exporter.map_err(|error| unmade(&error))?;
    Ok(Box::new(Spans { exporter, rejected }))
}

pub(super) fn metrics(
    otlp: &Otlp,
    url: &str,
    client: &Client,
) -> Result<PeriodicReader<MetricExporter>, ConfigError> {
    let client = Client {
        timeout: otlp.timeout,
        ..client.clone()
    };
    let exporter = MetricExporter::builder().with_http();
    let exporter = configured(exporter, otlp, url, client).build();
    let exporter = exporter.map_err(|error| unmade(&error))?;
    Ok(PeriodicReader::builder(exporter).build())
}

pub(super) fn logs(otlp: &Otlp, url: &str, client: &Client) -> Result<LogExporter, ConfigError> {
    let client = Client {
        timeout: otlp.timeout,
        ..client.clone()
    };
    let exporter = LogExporter::builder().with_http();
    let exporter = configured(exporter, otlp, url, client).build();
    exporter.map_err(|error| unmade(&error))
}

fn configured<B: WithExportConfig + WithHttpConfig>(
    builder: B,
    otlp: &Otlp,
    url: &str,
    client: Client,
) -> B {
    let headers = otlp.headers.iter();
    let headers: HashMap<String, String> = headers
        // The exporter decodes what it is given, as if it came from a variable.
        .map(|(name, value)| {
            let value = utf8_percent_encode(value.expose(), NON_ALPHANUMERIC);
            (name.clone(), value.to_string())
        })
        .collect();
    let builder = builder
        .with_http_client(client)
        .with_protocol(match otlp.protocol {
            #[cfg(feature = "otlp-json")]
            super::OtlpProtocol::HttpJson => Protocol::HttpJson,
            _ => Protocol::HttpBinary,
        })
        .with_endpoint(url)
        .with_timeout(otlp.timeout)
        .with_headers(headers);
    if otlp.gzip {
        builder.with_compression(Compression::Gzip)
    } else {
        builder
    }
}

impl AnyExporter for Spans {
    fn export(&self, batch: Vec<SpanData>) -> Exporting<'_> {
        Box::pin(opentelemetry_sdk::trace::SpanExporter::export(
            &self.exporter,
            batch,
        ))
    }

    fn rejected(&self) -> u64 {
        self.rejected.swap(0, Relaxed)
    }

    fn set_resource(&mut self, resource: &Resource) {
        opentelemetry_sdk::trace::SpanExporter::set_resource(&mut self.exporter, resource);
    }

    fn force_flush(&self) -> OTelSdkResult {
        opentelemetry_sdk::trace::SpanExporter::force_flush(&self.exporter)
    }

    fn shutdown(&self) -> OTelSdkResult {
        opentelemetry_sdk::trace::SpanExporter::shutdown(&self.exporter)
    }
}

/// Sends on our own runtime, whichever thread asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    runtime: Handle,
    timeout: Duration,
    rejected: Option<Arc<AtomicU64>>,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, runtime: Handle) -> Self {
        Self {
            http,
            runtime,
            timeout: Duration::ZERO,
            rejected: None,
        }
    }

    #[cfg(feature = "otlp-grpc")]
    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// A receiver may take a batch and refuse some of it.
    fn note_rejected(&self, answer: &Response<Bytes>) {
        let Some(rejected) = &self.rejected else {
            return;
        };
        let answer = ExportTraceServiceResponse::decode(answer.body().as_ref());
        let partial = answer.ok().and_then(|answer| answer.partial_success);
        let count = partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok());
        rejected.fetch_add(count.unwrap_or_default(), Relaxed);
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(self.timeout);
        let sent = self.runtime.spawn(send(self.http.clone(), request));
        let answer = sent.await??;
        if answer.status().is_success() {
            self.note_rejected(&answer);
        }
        Ok(answer)
    }
}

async fn send(
    http: reqwest::Client,
    request: reqwest::Request,
) -> Result<Response<Bytes>, HttpError> {
    let answer = http.execute(request).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
