//! A loopback OTLP receiver that decodes what it gets.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "helpers of tests, of which each program uses a part"
)]

use super::provider::{Server, lock, wait_for};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::{Arc, Condvar, Mutex};

pub(crate) struct OtlpReceiver {
    server: Server,
    state: Arc<Receiver>,
}

struct Receiver {
    /// Of the answers to come; the last one repeats.
    answers: Mutex<VecDeque<(StatusCode, Bytes)>>,
    requests: Mutex<Vec<(HeaderMap, Bytes)>>,
    metrics: Mutex<Vec<(HeaderMap, Bytes)>>,
    logs: Mutex<Vec<Bytes>>,
    log_answer: Mutex<Bytes>,
    arrived: Condvar,
}

impl OtlpReceiver {
    pub(crate) fn start() -> Self {
        Self::answering(200)
    }

    pub(crate) fn answering(status: u16) -> Self {
        Self::scripted([(status, Bytes::new())])
    }

    /// Answers with these to requests with spans.
    pub(crate) fn scripted(answers: impl IntoIterator<Item = (u16, Bytes)>) -> Self {
        let status = |status| StatusCode::from_u16(status).expect("a status");
        let answers = answers.into_iter();
        let state = Arc::new(Receiver {
            answers: Mutex::new(answers.map(|(code, body)| (status(code), body)).collect()),
            requests: Mutex::default(),
            metrics: Mutex::default(),
            logs: Mutex::default(),
            log_answer: Mutex::default(),
            arrived: Condvar::new(),
        });
        let app = Router::new()
            .route("/v1/traces", post(receive))
            .route("/v1/metrics", post(measure))
            .route("/v1/logs", post(tell))
            // What a Collector takes over gRPC by default.
            .layer(DefaultBodyLimit::max(4 << 20))
            .with_state(Arc::clone(&state));
        let server = Server::start(app);
        Self { server, state }
    }

    /// Answers this to log records.
    pub(crate) fn answer_logs(&self, answer: Bytes) {
        *lock(&self.state.log_answer) = answer;
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn requests(&self) -> Vec<(HeaderMap, Bytes)> {
        lock(&self.state.requests).clone()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        spans(&self.requests())
    }

    /// The log records, in the order of their arrival.
    pub(crate) fn logs(&self) -> Vec<LogRecord> {
        let requests = self.log_bodies().into_iter();
        requests
            .map(|body| ExportLogsServiceRequest::decode(body).expect("OTLP logs"))
            .flat_map(|request| request.resource_logs)
            .flat_map(|resource| resource.scope_logs)
            .flat_map(|scope| scope.log_records)
            .collect()
    }

    pub(crate) fn log_bodies(&self) -> Vec<Bytes> {
        lock(&self.state.logs).clone()
    }

    pub(crate) fn metric_bodies(&self) -> Vec<Bytes> {
        let requests = lock(&self.state.metrics);
        requests.iter().map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn metric_headers(&self) -> Vec<HeaderMap> {
        let requests = lock(&self.state.metrics);
        requests.iter().map(|(head, _)| head.clone()).collect()
    }

    /// The metrics of every export, in the order of their arrival.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        self.metric_bodies()
            .into_iter()
            .map(|body| ExportMetricsServiceRequest::decode(body).expect("OTLP metrics"))
            .flat_map(|request| request.resource_metrics)
            .flat_map(|resource| resource.scope_metrics)
            .flat_map(|scope| scope.metrics)
            .collect()
    }

    pub(crate) fn resources(&self) -> Vec<Resource> {
        let requests = self.requests();
        decode(&requests)
            .flat_map(|request| request.resource_spans)
            .filter_map(|r| r.resource)
            .collect()
    }

    /// Waits until `count` spans have arrived.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Span> {
        let state = &self.state;
        let requests = wait_for(
            &state.requests,
            &state.arrived,
            (count, "spans"),
            |requests| spans(requests).len(),
        );
        spans(&requests)
    }
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let body = decompressed(&headers, body);
    lock(&receiver.requests).push((headers, body));
    receiver.arrived.notify_all();
    let mut answers = lock(&receiver.answers);
    let last = answers.len() == 1;
    let answer = if last {
        answers.front().cloned()
    } else {
        answers.pop_front()
    };
    answer.expect("an answer")
}

async fn tell(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let body = decompressed(&headers, body);
    lock(&receiver.logs).push(body);
    (StatusCode::OK, lock(&receiver.log_answer).clone())
}

fn decompressed(headers: &HeaderMap, body: Bytes) -> Bytes {
    let is_gzip = headers
        .get("content-encoding")
        .is_some_and(|it| it == "gzip");
    if !is_gzip {
        return body;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body.as_ref())
        .read_to_end(&mut plain)
        .expect("gzip");
    plain.into()
}

async fn measure(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let body = decompressed(&headers, body);
    lock(&receiver.metrics).push((headers, body));
    StatusCode::OK
}

fn decode(requests: &[(HeaderMap, Bytes)]) -> impl Iterator<Item = ExportTraceServiceRequest> {
    requests.iter().map(|(_, body)| {
        ExportTraceServiceRequest::decode(body.as_ref()).expect("an OTLP trace request")
    })
}

fn spans(requests: &[(HeaderMap, Bytes)]) -> Vec<Span> {
    decode(requests)
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect()
}
