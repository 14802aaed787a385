//! How OTLP travels.

use super::OtlpSignal;
use url::Url;

/// How OTLP is spoken (`OTEL_EXPORTER_OTLP_PROTOCOL`), one of the
/// [transports of the specification](https://opentelemetry.io/docs/specs/otlp/#protocol-details).
///
/// ```
/// use turnspan::{Otlp, OtlpProtocol};
///
/// assert_eq!(OtlpProtocol::default(), OtlpProtocol::HttpProtobuf);
/// let otlp = Otlp::new("http://localhost:4318")?.protocol(OtlpProtocol::HttpProtobuf);
/// # drop(otlp); Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// `http/protobuf`, to port 4318 by convention (the default).
    #[default]
    HttpProtobuf,
    /// `http/json`, to port 4318 by convention; ids are hexadecimal in it.
    #[cfg(feature = "otlp-json")]
    HttpJson,
    /// `grpc`, to port 4317 by convention.
    #[cfg(feature = "otlp-grpc")]
    Grpc,
}

impl OtlpProtocol {
    /// By the specification's names; of those this build has.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "http/protobuf" => Some(Self::HttpProtobuf),
            #[cfg(feature = "otlp-json")]
            "http/json" => Some(Self::HttpJson),
            #[cfg(feature = "otlp-grpc")]
            "grpc" => Some(Self::Grpc),
            _ => None,
        }
    }

    /// Where to send a signal; over HTTP below `version` of a base endpoint.
    pub(super) fn url(self, endpoint: &Url, version: Option<&str>, signal: OtlpSignal) -> String {
        match (self, version) {
            #[cfg(feature = "otlp-grpc")]
            (Self::Grpc, _) => super::grpc::url(endpoint, signal),
            (_, None) => endpoint.to_string(),
            (_, Some(version)) => {
                let base = endpoint.as_str().trim_end_matches('/');
                format!("{base}/{version}/{}", signal.path())
            }
        }
    }
}
