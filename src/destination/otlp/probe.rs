//! The probe of an OTLP receiver: an export of nothing.

use super::place::Place;
use super::route::Route;
use super::transport::{Refusal, Transport};
use super::{Otlp, OtlpProtocol, OtlpSignal};
use crate::background::innermost;
use crate::destination::probe::{ProbeError, ProbeResponse, TIMEOUT};
use crate::urls;
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use opentelemetry_http::HttpError;
use std::fmt;
use tokio::runtime::Handle;

/// Where the exports of one signal go.
pub(crate) struct OtlpProbe(Route);

impl fmt::Debug for OtlpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtlpProbe({})", urls::shown(self.url()))
    }
}

impl Otlp {
    /// One for each signal that goes anywhere, by its name.
    pub(crate) fn probes(&self) -> impl Iterator<Item = (&'static str, OtlpProbe)> {
        OtlpSignal::ALL.into_iter().filter_map(|signal| {
            let name = match signal {
                OtlpSignal::Traces => "OTLP traces",
                OtlpSignal::Metrics => "OTLP metrics",
                OtlpSignal::Logs => "OTLP logs",
            };
            Some((name, OtlpProbe(self.route(signal)?)))
        })
    }
}

impl OtlpProbe {
    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) async fn send(&self, runtime: &Handle) -> Result<ProbeResponse, ProbeError> {
        let answered = self.export(runtime).await;
        answered.map_err(|error| ProbeError(innermost(error.as_ref())))
    }

    async fn export(&self, runtime: &Handle) -> Result<ProbeResponse, HttpError> {
        let transport = Transport::new(&self.0, Place::of(&self.0, None), runtime)?;
        // In protobuf a request without fields has no bytes.
        let (content_type, nothing) = match self.0.protocol {
            #[cfg(feature = "otlp-json")]
            OtlpProtocol::HttpJson => ("application/json", "{}"),
            #[cfg(feature = "otlp-grpc")]
            OtlpProtocol::Grpc => ("application/x-protobuf", ""),
            OtlpProtocol::HttpProtobuf => ("application/x-protobuf", ""),
        };
        let request = Request::post(&self.0.url)
            .header(CONTENT_TYPE, content_type)
            .body(Bytes::from_static(nothing.as_bytes()))?;
        let sent = tokio::time::timeout(TIMEOUT, transport.exchange(request)).await;
        let (head, body) = sent??.into_parts();
        let refusal = head.extensions.get::<Refusal>();
        let body = refusal.map_or(body, |refusal| Bytes::from(refusal.said.clone()));
        Ok(ProbeResponse::new(
            head.status.as_u16(),
            &head.headers,
            &body,
            &transport.headers(),
        ))
    }
}
