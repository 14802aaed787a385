//! OTLP over HTTP: the exporters of opentelemetry-otlp with a client of ours.
//!
//! An explicit client, because with none given an exporter picks one by the
//! Cargo features that any crate of the build has turned on, and an async one
//! without a reactor ends the exporting thread at its first span.

use super::destination::AnyExporter;
use crate::config::{ConfigError, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use std::collections::HashMap;
use std::time::Duration;
use tokio::runtime::Handle;
use url::Url;

/// Where spans and metrics go by OTLP (http/protobuf).
#[derive(Debug, Clone)]
#[must_use]
pub struct Otlp {
    pub(crate) traces: Option<Url>,
    pub(crate) metrics: Option<Url>,
    headers: Vec<(String, Secret)>,
    timeout: Duration,
}

impl Otlp {
    /// A collector's base URL, as `http://localhost:4318`, for every signal;
    /// `/v1/traces` and `/v1/metrics` are added, as the specification asks for
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    ///
    /// # Errors
    ///
    /// If `endpoint` is not an http or https URL.
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        const SETTING: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let base = endpoint.trim_end_matches('/');
        let signal = |path| {
            let url = parse(SETTING, &format!("{base}/v1/{path}"));
            url.map_err(|_| ConfigError::endpoint(SETTING, endpoint))
        };
        Ok(Self {
            traces: Some(signal("traces")?),
            metrics: Some(signal("metrics")?),
            ..Self::nowhere()
        })
    }

    /// The very URL to post traces to, and nothing else
    /// (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn traces(url: &str) -> Result<Self, ConfigError> {
        Self::nowhere().traces_endpoint(url)
    }

    /// The very URL to post traces to (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn traces_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        self.traces = Some(parse("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url)?);
        Ok(self)
    }

    /// The very URL to post metrics to (`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn metrics_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        self.metrics = Some(parse("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", url)?);
        Ok(self)
    }

    /// Sends no traces (`OTEL_TRACES_EXPORTER=none`).
    pub fn without_traces(mut self) -> Self {
        self.traces = None;
        self
    }

    /// Sends no metrics (`OTEL_METRICS_EXPORTER=none`).
    pub fn without_metrics(mut self) -> Self {
        self.metrics = None;
        self
    }

    /// A header of every request (`OTEL_EXPORTER_OTLP_HEADERS`). Its value is
    /// treated as a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// The time limit of one export (`OTEL_EXPORTER_OTLP_TIMEOUT`, default 10 s).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn nowhere() -> Self {
        Self {
            traces: None,
            metrics: None,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
        }
    }

    /// The exporter of spans, if they go anywhere.
    pub(crate) fn spans(
        &self,
        client: &Client,
    ) -> Option<Result<Box<dyn AnyExporter>, ConfigError>> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client.within(self.timeout))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(self.traces.as_ref()?.as_str())
            .with_timeout(self.timeout)
            .with_headers(self.exposed())
            .build();
        Some(match exporter {
            Ok(exporter) => Ok(Box::new(exporter)),
            Err(error) => Err(ConfigError::Otlp(error.to_string())),
        })
    }

    /// The exporter of metrics, if they go anywhere. Their temporality is what
    /// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` says.
    pub(crate) fn metrics(&self, client: &Client) -> Option<Result<MetricExporter, ConfigError>> {
        let exporter = MetricExporter::builder()
            .with_http()
            .with_http_client(client.within(self.timeout))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(self.metrics.as_ref()?.as_str())
            .with_timeout(self.timeout)
            .with_headers(self.exposed())
            .build();
        Some(exporter.map_err(|error| ConfigError::Otlp(error.to_string())))
    }

    fn exposed(&self) -> HashMap<String, String> {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| (name.clone(), value.expose().to_owned()))
            .collect()
    }
}

fn parse(setting: &'static str, url: &str) -> Result<Url, ConfigError> {
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let parsed = Url::parse(url).ok().filter(is_http);
    parsed.ok_or_else(|| ConfigError::endpoint(setting, url))
}

/// Sends on our own runtime, whichever thread asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    runtime: Handle,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, runtime: Handle) -> Self {
        Self {
            http,
            runtime,
            timeout: Duration::ZERO,
        }
    }

    fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(self.timeout);
        let sent = self.runtime.spawn(send(self.http.clone(), request));
        sent.await?
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
