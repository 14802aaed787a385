//! OTLP: where spans and metrics go, by which protocol, and their exporters.

#[cfg(feature = "otlp-grpc")]
mod grpc;
mod http;

pub(crate) use http::Client;

use super::destination::AnyExporter;
use super::logs::MAX_BATCH;
use super::own_logs::Accounted;
use crate::config::{ConfigError, Secret};
use crate::stats::Account;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, LogExporter, LoggerProviderBuilder,
};
use opentelemetry_sdk::metrics::MeterProviderBuilder;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How OTLP is spoken (`OTEL_EXPORTER_OTLP_PROTOCOL`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// `http/protobuf`, to port 4318 by convention (the default).
    #[default]
    HttpProtobuf,
    /// `http/json`.
    #[cfg(feature = "otlp-json")]
    HttpJson,
    /// `grpc`, to port 4317 by convention.
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

/// Where spans, metrics and log records go by OTLP.
#[derive(Debug, Clone)]
#[must_use]
pub struct Otlp {
    base: Option<Url>,
    traces: Signal,
    metrics: Signal,
    logs: Signal,
    protocol: OtlpProtocol,
    gzip: bool,
    #[cfg(feature = "rustls")]
    certificate: Option<Certificate>,
    headers: Vec<(String, Secret)>,
    timeout: Duration,
}

/// Where one signal goes.
#[derive(Debug, Clone)]
enum Signal {
    /// Where the base endpoint says, if there is one.
    Base,
    At(Url),
    Nowhere,
}

/// Certificates in PEM.
#[cfg(feature = "rustls")]
#[derive(Clone)]
struct Certificate(Vec<u8>);

impl Otlp {
    /// A collector's base URL for every signal (`OTEL_EXPORTER_OTLP_ENDPOINT`),
    /// as `http://localhost:4318`, or `http://localhost:4317` for gRPC. Over
    /// HTTP `/v1/traces`, `/v1/metrics` and `/v1/logs` are added, as the specification asks.
    ///
    /// # Errors
    ///
    /// If `endpoint` is not an http or https URL.
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            base: Some(parse("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)?),
            ..Self::nowhere()
        })
    }

    /// The very URL to send traces to, and nothing else
    /// (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn traces(url: &str) -> Result<Self, ConfigError> {
        Self::nowhere().traces_endpoint(url)
    }

    /// The very URL to send traces to (`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn traces_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        self.traces = Signal::At(parse("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url)?);
        Ok(self)
    }

    /// The very URL to send metrics to (`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn metrics_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        self.metrics = Signal::At(parse("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", url)?);
        Ok(self)
    }

    /// The very URL to send log records to (`OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`).
    ///
    /// # Errors
    ///
    /// If `url` is not an http or https URL.
    pub fn logs_endpoint(mut self, url: &str) -> Result<Self, ConfigError> {
        self.logs = Signal::At(parse("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", url)?);
        Ok(self)
    }

    /// Sends no traces (`OTEL_TRACES_EXPORTER=none`).
    pub fn without_traces(mut self) -> Self {
        self.traces = Signal::Nowhere;
        self
    }

    /// Sends no metrics (`OTEL_METRICS_EXPORTER=none`).
    pub fn without_metrics(mut self) -> Self {
        self.metrics = Signal::Nowhere;
        self
    }

    /// Sends no log records (`OTEL_LOGS_EXPORTER=none`).
    pub fn without_logs(mut self) -> Self {
        self.logs = Signal::Nowhere;
        self
    }

    /// How OTLP is spoken (`OTEL_EXPORTER_OTLP_PROTOCOL`).
    pub fn protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Compresses what is sent (`OTEL_EXPORTER_OTLP_COMPRESSION=gzip`).
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// Certificates in PEM that are trusted beside those of the system
    /// (`OTEL_EXPORTER_OTLP_CERTIFICATE` names their file).
    ///
    /// # Errors
    ///
    /// If there is no certificate in `pem`.
    #[cfg(feature = "rustls")]
    pub fn certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, ConfigError> {
        let pem = pem.into();
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
        if certificates.is_empty() {
            let problem = "has no certificate in PEM";
            return Err(ConfigError::invalid(
                "OTEL_EXPORTER_OTLP_CERTIFICATE",
                problem,
            ));
        }
        self.certificate = Some(Certificate(pem));
        Ok(self)
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
            base: None,
            traces: Signal::Base,
            metrics: Signal::Base,
            logs: Signal::Base,
            protocol: OtlpProtocol::default(),
            gzip: false,
            #[cfg(feature = "rustls")]
            certificate: None,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
        }
    }

    pub(crate) fn goes_somewhere(&self) -> bool {
        [
            (&self.traces, "traces"),
            (&self.metrics, "metrics"),
            (&self.logs, "logs"),
        ]
        .into_iter()
        .any(|(signal, path)| self.url(signal, path).is_some())
    }

    /// The exporter of spans, if they go anywhere.
    pub(crate) fn spans(
        &self,
        client: &Client,
    ) -> Option<Result<Box<dyn AnyExporter>, ConfigError>> {
        let url = self.url(&self.traces, "traces")?;
        Some(match self.protocol {
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => grpc::spans(self, &url, client),
            _ => http::spans(self, &url, client),
        })
    }

    /// A meter provider with the exporter of metrics, if they go anywhere.
    /// Their temporality is what
    /// `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` says.
    pub(crate) fn meters(
        &self,
        client: &Client,
    ) -> Option<Result<MeterProviderBuilder, ConfigError>> {
        let url = self.url(&self.metrics, "metrics")?;
        let provider = SdkMeterProvider::builder();
        Some(match self.protocol {
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => {
                let reader = grpc::metrics(self, &url, client);
                reader.map(|reader| provider.with_reader(reader))
            }
            _ => {
                let reader = http::metrics(self, &url, client);
                reader.map(|reader| provider.with_reader(reader))
            }
        })
    }

    /// A logger provider with the exporter of log records, if they go anywhere.
    pub(crate) fn loggers(
        &self,
        provider: LoggerProviderBuilder,
        client: &Client,
        account: &Arc<Account>,
    ) -> Option<Result<LoggerProviderBuilder, ConfigError>> {
        let url = self.url(&self.logs, "logs")?;
        let account = Arc::clone(account);
        Some(match self.protocol {
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => grpc::logs(self, &url, client).map(|exporter| {
                provider.with_log_processor(batches(Accounted { exporter, account }))
            }),
            _ => http::logs(self, &url, client).map(|exporter| {
                provider.with_log_processor(batches(Accounted { exporter, account }))
            }),
        })
    }

    /// A client that trusts what is to be trusted.
    #[cfg(feature = "rustls")]
    pub(crate) fn trusting(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let pem = self.certificate.as_ref().map(|it| it.0.as_slice());
        let certificates = pem.map(reqwest::Certificate::from_pem_bundle);
        let certificates = certificates.and_then(Result::ok).unwrap_or_default();
        certificates
            .into_iter()
            .fold(client, reqwest::ClientBuilder::add_root_certificate)
    }

    /// Where a signal goes; over HTTP the base needs its path.
    fn url(&self, signal: &Signal, path: &str) -> Option<String> {
        match signal {
            Signal::Nowhere => None,
            Signal::At(url) => Some(url.to_string()),
            Signal::Base => {
                let base = self.base.as_ref()?.as_str().trim_end_matches('/');
                Some(match self.protocol {
                    #[cfg(feature = "otlp-grpc")]
                    OtlpProtocol::Grpc => base.to_owned(),
                    _ => format!("{base}/v1/{path}"),
                })
            }
        }
    }
}

impl FromStr for OtlpProtocol {
    type Err = ConfigError;

    /// By the specification's names; of those this build has.
    fn from_str(name: &str) -> Result<Self, ConfigError> {
        match name {
            "http/protobuf" => Ok(Self::HttpProtobuf),
            #[cfg(feature = "otlp-json")]
            "http/json" => Ok(Self::HttpJson),
            #[cfg(feature = "otlp-grpc")]
            "grpc" => Ok(Self::Grpc),
            _ => Err(ConfigError::invalid(
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                format!(
                    "must be http/protobuf, grpc (feature `otlp-grpc`) or http/json (feature \
                     `otlp-json`), not `{name}`"
                ),
            )),
        }
    }
}

#[cfg(feature = "rustls")]
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of PEM", self.0.len())
    }
}

fn batches<E: LogExporter + 'static>(exporter: E) -> BatchLogProcessor {
    let config = BatchConfigBuilder::default().with_max_export_batch_size(MAX_BATCH);
    BatchLogProcessor::builder(exporter)
        .with_batch_config(config.build())
        .build()
}

fn parse(setting: &'static str, url: &str) -> Result<Url, ConfigError> {
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let parsed = Url::parse(url).ok().filter(is_http);
    parsed.ok_or_else(|| ConfigError::endpoint(setting, url))
}

/// What an exporter says when it cannot be made.
fn unmade(error: &impl fmt::Display) -> ConfigError {
    ConfigError::Otlp(error.to_string())
}
