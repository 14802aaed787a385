//! OTLP over HTTP: the exporter of opentelemetry-otlp with a client of ours.
//!
//! An explicit client, because with none given the exporter picks one by the
//! Cargo features that any crate of the build has turned on, and an async one
//! without a reactor ends the exporting thread at its first span.

use super::destination::AnyExporter;
use crate::config::{ConfigError, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// Where spans go by OTLP (http/protobuf).
#[derive(Debug, Clone)]
#[must_use]
pub struct Otlp {
    endpoint: Url,
    headers: Vec<(String, Secret)>,
    timeout: Duration,
}

impl Otlp {
    /// A collector's base URL, as `http://localhost:4318`; `/v1/traces` is
    /// added, as the specification asks for `OTEL_EXPORTER_OTLP_ENDPOINT`.
    ///
    /// # Errors
    ///
    /// If `endpoint` is not an http or https URL.
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        Self::traces(&url)
            .map_err(|_| ConfigError::endpoint("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint))
    }

    /// The very URL to post traces to (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn traces(url: &str) -> Result<Self, ConfigError> {
        let endpoint = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| ConfigError::endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url))?;
        Ok(Self {
            endpoint,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
        })
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

    /// The exporter; `client` works on the runtime that drives it.
    pub(crate) fn exporter(
        self,
        client: reqwest::Client,
    ) -> Result<Box<dyn AnyExporter>, ConfigError> {
        let headers: HashMap<String, String> = self
            .headers
            .into_iter()
            .map(|(name, value)| (name, value.expose().to_owned()))
            .collect();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client {
                client,
                timeout: self.timeout,
            })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(self.endpoint.as_str())
            .with_timeout(self.timeout)
            .with_headers(headers)
            .build()
            .map_err(|error| ConfigError::Otlp(error.to_string()))?;
        Ok(Box::new(exporter))
    }
}

#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    timeout: Duration,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(self.timeout);
        let answer = self.client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = Response::new(answer.bytes().await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}
