//! OTLP: the exporters of opentelemetry-otlp, with a transport of ours.
//!
//! An exporter encodes, compresses and tries again; what it made travels as a
//! request of HTTP or as one of gRPC, which differ in a frame and in where the
//! status is. So there is one way for every signal and protocol.

mod accounted;
mod cure;
mod endpoint;
#[cfg(feature = "otlp-grpc")]
mod grpc;
pub(crate) mod metrics;
pub(crate) mod own_logs;
mod place;
#[cfg(feature = "diagnosis")]
mod probe;
mod protocol;
mod route;
mod settings;
mod signal;
mod spans;
mod transport;

#[cfg(feature = "diagnosis")]
pub(crate) use probe::OtlpProbe;
pub(crate) use transport::Answers;

pub use protocol::OtlpProtocol;
pub use settings::{Otlp, OtlpSettings};
pub use signal::OtlpSignal;

use super::any_exporter::AnyExporter;
use super::logs::MAX_BATCH;
use crate::config::ConfigError;
use crate::destination::otlp::accounted::{Accounted, Books};
use crate::stats::{Account, Stats};
use crate::urls;
use opentelemetry_otlp::{
    Compression, ExporterBuildError, LogExporter, MetricExporter, Protocol, SpanExporter,
    WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, LoggerProviderBuilder};
use opentelemetry_sdk::metrics::{MeterProviderBuilder, PeriodicReader, SdkMeterProvider};
use route::Route;
use spans::Spans;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use transport::Transport;

/// The specification's.
const INTERVAL: Duration = Duration::from_secs(60);

impl Otlp {
    /// The exporter of spans, if they go anywhere. All of them send on
    /// `runtime`, whichever thread asks for it.
    pub(crate) fn spans(
        &self,
        runtime: &Handle,
    ) -> Option<Result<Box<dyn AnyExporter>, ConfigError>> {
        let route = self.route(OtlpSignal::Traces)?;
        let transport = Transport::new(&route, self.place(&route), runtime);
        Some(transport.and_then(|transport| {
            let answers = Arc::clone(transport.answers());
            let exporter = SpanExporter::builder().with_http();
            let exporter = configured(exporter, &route, transport).build();
            let exporter = exporter.map_err(|error| unmade(&error))?;
            Ok(Box::new(Spans { exporter, answers }) as _)
        }))
    }

    /// A meter provider with the exporter of metrics, if they go anywhere.
    pub(crate) fn meters(
        &self,
        runtime: &Handle,
        account: &Arc<Account>,
        stats: &Arc<Stats>,
    ) -> Option<Result<MeterProviderBuilder, ConfigError>> {
        let route = self.route(OtlpSignal::Metrics)?;
        let transport = Transport::new(&route, self.place(&route), runtime);
        Some(transport.and_then(|transport| {
            let answers = Arc::clone(transport.answers());
            let exporter = MetricExporter::builder().with_http();
            let exporter = configured(exporter, &route, transport);
            let exporter = exporter.with_temporality(self.temporality.unwrap_or_default());
            let exporter = exporter.build();
            let exporter = Accounted {
                exporter: exporter.map_err(|error| unmade(&error))?,
                books: Books::new(account, "export", answers, stats),
            };
            let reader = PeriodicReader::builder(exporter);
            let reader = reader.with_interval(self.interval.unwrap_or(INTERVAL));
            Ok(SdkMeterProvider::builder().with_reader(reader.build()))
        }))
    }

    /// A logger provider with the exporter of log records, if they go anywhere.
    pub(crate) fn loggers(
        &self,
        provider: LoggerProviderBuilder,
        runtime: &Handle,
        account: &Arc<Account>,
        stats: &Arc<Stats>,
    ) -> Option<Result<LoggerProviderBuilder, ConfigError>> {
        let route = self.route(OtlpSignal::Logs)?;
        let transport = Transport::new(&route, self.place(&route), runtime);
        Some(transport.and_then(|transport| {
            let answers = Arc::clone(transport.answers());
            let exporter = LogExporter::builder().with_http();
            let exporter = configured(exporter, &route, transport).build();
            let exporter = Accounted {
                exporter: exporter.map_err(|error| unmade(&error))?,
                books: Books::new(account, "log record", answers, stats),
            };
            let batches = BatchConfigBuilder::default().with_max_export_batch_size(MAX_BATCH);
            let batches = BatchLogProcessor::builder(exporter).with_batch_config(batches.build());
            Ok(provider.with_log_processor(batches.build()))
        }))
    }
}

/// An exporter that sends what a route says. The client is ours: with none
/// given an exporter picks one by the Cargo features that any crate of the build
/// has turned on, and an async one without a reactor ends the exporting thread
/// at its first span.
fn configured<B: WithExportConfig + WithHttpConfig>(
    exporter: B,
    route: &Route,
    transport: Transport,
) -> B {
    let exporter = exporter
        .with_http_client(transport)
        .with_protocol(match route.protocol {
            #[cfg(feature = "otlp-json")]
            OtlpProtocol::HttpJson => Protocol::HttpJson,
            _ => Protocol::HttpBinary,
        })
        .with_endpoint(&route.url)
        .with_timeout(route.timeout);
    if route.gzip {
        exporter.with_compression(Compression::Gzip)
    } else {
        exporter
    }
}

fn unmade(error: &ExporterBuildError) -> ConfigError {
    ConfigError::Otlp(urls::without_secrets(&error.to_string()))
}
