//! How an export travels, and what was answered.

use super::OtlpProtocol;
#[cfg(feature = "otlp-grpc")]
use super::grpc;
use super::place::Place;
use super::route::Route;
use crate::background::came::{Came, CameKind};
use crate::background::http_client;
use crate::background::trouble::Trouble;
use crate::config::ConfigError;
use crate::redact;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// More than any answer to an export needs.
const MAX_ANSWER: usize = 4 << 20;

/// Sends on our own runtime, whichever thread asks for it.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    place: Place,
    http: reqwest::Client,
    protocol: OtlpProtocol,
    headers: HeaderMap,
    timeout: Duration,
    runtime: Handle,
    answers: Arc<Answers>,
}

/// What receivers said that the exporters keep to themselves.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    rejected: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
    /// The receiver does not know this signal: nothing is sent any more.
    is_off: AtomicBool,
}

/// An answer whose body has been read.
pub(super) struct Answered {
    pub(super) head: http::response::Parts,
    pub(super) body: Bytes,
    #[cfg_attr(
        not(feature = "otlp-grpc"),
        expect(dead_code, reason = "only gRPC has any")
    )]
    pub(super) trailers: HeaderMap,
}

impl Transport {
    pub(super) fn new(route: &Route, place: Place, runtime: &Handle) -> Result<Self, ConfigError> {
        let http = reqwest::Client::builder();
        #[cfg(feature = "rustls")]
        let http = route.trusting(http);
        #[cfg(feature = "otlp-grpc")]
        let http = match route.protocol {
            OtlpProtocol::Grpc => http.http2_prior_knowledge(),
            _ => http,
        };
        Ok(Self {
            place,
            http: http_client(http)?,
            protocol: route.protocol,
            headers: headers(route)?,
            timeout: route.timeout,
            runtime: runtime.clone(),
            answers: Arc::default(),
        })
    }

    pub(super) fn answers(&self) -> &Arc<Answers> {
        &self.answers
    }

    /// Those of ours.
    #[cfg(feature = "diagnosis")]
    pub(super) fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    /// Sends, and judges nothing.
    pub(super) async fn exchange(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, HttpError> {
        let sent = self.runtime.spawn(self.clone().send(request)).await;
        sent.map_err(HttpError::from).flatten()
    }

    /// What came back, if it is no success.
    fn failure(&self, sent: &Result<Response<Bytes>, HttpError>) -> Option<Came> {
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Some(Came::nothing(error.as_ref())),
        };
        let (status, headers) = (answer.status(), answer.headers());
        if let Some(Refusal { code, said }) = answer.extensions().get() {
            let said = redact::without_sensitive(said, &self.headers);
            return Some(Came::new(CameKind::Grpc(*code), said));
        }
        if status.is_success() {
            return Came::page(status, headers);
        }
        Some(Came::status(status, headers))
    }

    /// Of the headers that an exporter sets those about the body stay; others
    /// it takes from the environment, which is not asked behind our back.
    async fn send(self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut headers = self.headers;
        for name in [CONTENT_TYPE, CONTENT_ENCODING, USER_AGENT] {
            if let (Some(value), false) = (head.headers.get(&name), headers.contains_key(&name)) {
                headers.insert(name, value.clone());
            }
        }
        let mut sent = Request::new(body);
        (*sent.method_mut(), *sent.uri_mut()) = (head.method, head.uri);
        *sent.headers_mut() = headers;
        #[cfg(feature = "otlp-grpc")]
        if self.protocol == OtlpProtocol::Grpc {
            let answered = execute(&self.http, grpc::request(sent), self.timeout).await?;
            return grpc::response(answered);
        }
        if sent.body().is_empty() {
            // A probe. Without it there is neither a length nor chunks, which some
            // receivers refuse (411).
            sent.headers_mut().insert(CONTENT_LENGTH, 0.into());
        }
        let answered = execute(&self.http, sent, self.timeout).await?;
        Ok(Response::from_parts(answered.head, answered.body))
    }
}

async fn execute(
    http: &reqwest::Client,
    request: Request<Bytes>,
    timeout: Duration,
) -> Result<Answered, HttpError> {
    let mut request = reqwest::Request::try_from(request)?;
    *request.timeout_mut() = Some(timeout);
    let answer = http.execute(request).await?;
    let (head, body) = Response::<reqwest::Body>::from(answer).into_parts();
    let body = Limited::new(body, MAX_ANSWER).collect().await?;
    Ok(Answered {
        head,
        trailers: body.trailers().cloned().unwrap_or_default(),
        body: body.to_bytes(),
    })
}

#[async_trait]
impl HttpClient for Transport {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut sent = self.exchange(request).await;
        let Some(came) = self.failure(&sent) else {
            self.place.has_taken();
            let body = sent.as_ref().map(Response::body);
            let rejected = body.map_or(0, |body| rejected(self.protocol, body));
            self.answers.rejected.fetch_add(rejected, Relaxed);
            return sent;
        };
        if let (CameKind::Page, Ok(answer)) = (came.kind, &mut sent) {
            // The exporter looks at the status alone.
            *answer.status_mut() = StatusCode::BAD_REQUEST;
        }
        self.answers.fail(self.place.trouble(came));
        sent
    }
}

/// Why a receiver refused, where the status of HTTP does not say it.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: u8,
    pub(super) said: String,
}

impl Answers {
    /// How many items of exports that went well were refused since this was
    /// asked last.
    pub(crate) fn take_rejected(&self) -> u64 {
        self.rejected.swap(0, Relaxed)
    }

    /// Why the last attempt failed.
    pub(crate) fn take_trouble(&self) -> Option<Trouble> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Nothing is sent from now on.
    pub(crate) fn turn_off(&self) {
        self.is_off.store(true, Relaxed);
    }

    pub(crate) fn is_off(&self) -> bool {
        self.is_off.load(Relaxed)
    }

    fn fail(&self, why: Trouble) {
        let trouble = self.trouble.lock();
        *trouble.unwrap_or_else(PoisonError::into_inner) = Some(why);
    }
}

/// All of them may be secrets, and so may a name be that is none: what stands
/// before a value, as in `Authorization: Bearer key`, is taken for it.
fn headers(route: &Route) -> Result<HeaderMap, ConfigError> {
    let headers = route.headers.iter().map(|(name, value)| {
        let unusable = |what| {
            let word = name.split([' ', ':']).next().unwrap_or_default();
            let rest = if word == name { "" } else { "..." };
            let problem = format!("has a {what} that no header can have: `{word}{rest}`");
            ConfigError::invalid("OTEL_EXPORTER_OTLP_HEADERS", problem)
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable("name"))?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| unusable("value"))?;
        value.set_sensitive(true);
        Ok((key, value))
    });
    headers.collect()
}

/// A receiver may take an export and refuse some of it. The answer to each
/// signal has the count at the same place; in JSON it has a name of its own.
fn rejected(protocol: OtlpProtocol, answer: &[u8]) -> u64 {
    #[cfg(feature = "otlp-json")]
    if protocol == OtlpProtocol::HttpJson {
        return rejected_in_json(answer);
    }
    let _ = protocol;
    let answer = ExportTraceServiceResponse::decode(answer).ok();
    let partial = answer.and_then(|answer| answer.partial_success);
    let count = partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok());
    count.unwrap_or_default()
}

/// JSON of protobuf writes such numbers as texts, and takes both.
#[cfg(feature = "otlp-json")]
fn rejected_in_json(answer: &[u8]) -> u64 {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let names = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"];
    let count = names
        .iter()
        .find_map(|name| answer.get("partialSuccess")?.get(name));
    let count = count.and_then(|count| match count {
        serde_json::Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    });
    count.unwrap_or_default()
}
