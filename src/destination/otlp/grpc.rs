//! OTLP over gRPC: the frame around a message, and the status behind it.
//!
//! One unary call without a stub: what is in the frame the exporters have
//! encoded already, and their own gRPC client hides what a receiver refused,
//! needs a runtime of the caller's and brings a second stack of HTTP. From
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md> and
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>.

use super::OtlpSignal;
use super::transport::{Answered, Refusal};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, TE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use opentelemetry_http::HttpError;
use prost::Message as _;
use url::Url;

/// Whether the message is compressed, and its length.
const PREFIX: usize = 5;

/// A message of a receiver is shown to people; this is enough of it.
const MAX_MESSAGE: usize = 200;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const RESOURCE_EXHAUSTED: u8 = 8;

/// Those with which the specification lets an export be tried again.
const RETRYABLE: [u8; 6] = [1, 4, 10, 11, 14, 15];

/// The method of a signal at an endpoint, whose path says nothing.
pub(super) fn url(endpoint: &Url, signal: OtlpSignal) -> String {
    let method = match signal {
        OtlpSignal::Traces => "trace.v1.TraceService",
        OtlpSignal::Metrics => "metrics.v1.MetricsService",
        OtlpSignal::Logs => "logs.v1.LogsService",
    };
    let origin = endpoint.origin().ascii_serialization();
    format!("{origin}/opentelemetry.proto.collector.{method}/Export")
}

/// An export over HTTP as one over gRPC.
pub(super) fn request(request: Request<Bytes>) -> Request<Bytes> {
    let (mut head, message) = request.into_parts();
    let encoding = head.headers.remove(CONTENT_ENCODING);
    let mut body = BytesMut::with_capacity(PREFIX + message.len());
    body.put_u8(u8::from(encoding.is_some()));
    // A batch weighs some megabytes at most.
    body.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    body.put(message);
    let headers = &mut head.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(TE, HeaderValue::from_static("trailers"));
    if let Some(encoding) = encoding {
        headers.insert(GRPC_ENCODING, encoding);
    }
    Request::from_parts(head, body.freeze())
}

/// The answer as HTTP would have it: a status that says the same about trying
/// again, and the message alone.
pub(super) fn response(answered: Answered) -> Result<Response<Bytes>, HttpError> {
    let Answered {
        head,
        body,
        trailers,
    } = answered;
    // What lies between may answer by itself.
    if !head.status.is_success() {
        return Ok(Response::from_parts(head, body));
    }
    // An answer without a message has its status in the head.
    let status = Status::of(&trailers).or_else(|| Status::of(&head.headers));
    match status.ok_or("the answer has no gRPC status")? {
        Status { code: 0, .. } => Ok(Response::new(body.slice(body.len().min(PREFIX)..))),
        refused => Ok(refused.as_http()),
    }
}

#[derive(Debug)]
struct Status {
    code: u8,
    message: String,
    /// Seconds after which to try again.
    retry_after: Option<u64>,
}

impl Status {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok()?.parse().ok()?;
        let message = headers.get("grpc-message").map(HeaderValue::as_bytes);
        let message = percent_encoding::percent_decode(message.unwrap_or_default());
        let message = message.decode_utf8_lossy();
        Some(Self {
            code,
            message: message.chars().take(MAX_MESSAGE).collect(),
            retry_after: headers
                .get("grpc-status-details-bin")
                .and_then(|details| retry_after(details.as_bytes())),
        })
    }

    fn as_http(&self) -> Response<Bytes> {
        let asked_to_wait = self.code == RESOURCE_EXHAUSTED && self.retry_after.is_some();
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = if asked_to_wait || RETRYABLE.contains(&self.code) {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::BAD_REQUEST
        };
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let Self { code, message, .. } = self;
        let said = Refusal {
            code: *code,
            said: format!("gRPC status {code}: {message}"),
        };
        response.extensions_mut().insert(said);
        response
    }
}

/// `google.rpc.Status`, as far as it is read.
#[derive(Clone, PartialEq, prost::Message)]
struct Details {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// In whole seconds, as the header of HTTP counts, and never too early.
fn retry_after(details: &[u8]) -> Option<u64> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let details = GeneralPurpose::new(&STANDARD, lenient).decode(details);
    let details = Details::decode(details.ok()?.as_slice()).ok()?.details;
    let info = details
        .into_iter()
        .find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value).ok()?.delay?;
    let whole = u64::try_from(delay.seconds).ok()?;
    Some(whole + u64::from(delay.nanos > 0))
}
