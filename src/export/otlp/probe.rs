//! Asking a receiver of OTLP by an export of nothing.

use super::settings::{Otlp, OtlpProtocol, OtlpSignal, Route};
use super::transport::{Refusal, Transport};
use crate::export::innermost;
use crate::export::probe::{Answer, Asked, TIMEOUT};
use crate::urls;
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use opentelemetry_http::{HttpClient as _, HttpError};
use std::fmt;
use tokio::runtime::Handle;

/// A question to the receiver of one signal.
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

    pub(crate) async fn ask(&self) -> Asked {
        match self.answer().await {
            Ok(answer) => Asked::Answered(answer),
            Err(error) => Asked::Unreached(innermost(error.as_ref())),
        }
    }

    async fn answer(&self) -> Result<Answer, HttpError> {
        let transport = Transport::new(&self.0, &Handle::current())?;
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
        let sent = tokio::time::timeout(TIMEOUT, transport.send_bytes(request)).await;
        let (head, body) = sent??.into_parts();
        let refusal = head.extensions.get::<Refusal>();
        let said = refusal.map_or(body, |refusal| Bytes::from(refusal.0.clone()));
        let sent = transport.headers();
        Ok(Answer::new(
            head.status.as_u16(),
            &head.headers,
            &said,
            &sent,
        ))
    }
}
