//! OTLP over gRPC: frames, statuses, what is refused.

use super::otlp::{telemetry, tell};
use super::support::grpc_receiver::GrpcReceiver;
use super::support::harness::PATIENCE;
use super::support::provider::{Provider, Reply, Server, openai};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;
use std::time::{Duration, Instant};
use tonic::{Code, Status};
use turnspan::{CaptureMode, DropReason, Otlp, OtlpProtocol, OtlpSignal, Telemetry};

/// Telemetry whose spans, and only they, go to a receiver that answers so.
fn to(
    answers: impl IntoIterator<Item = Result<ExportTraceServiceResponse, Status>>,
) -> (GrpcReceiver, Server, Telemetry) {
    let receiver = GrpcReceiver::scripted(answers);
    let server = Server::start(receiver.routes());
    let otlp = Otlp::traces(&server.url()).unwrap();
    let telemetry = telemetry(otlp.protocol(OtlpProtocol::Grpc));
    (receiver, server, telemetry)
}

#[test]
fn grpc_needs_no_runtime_of_the_callers_either() {
    for gzip in [false, true] {
        let receiver = GrpcReceiver::default();
        let server = Server::start(receiver.routes());
        let otlp = Otlp::new(&server.url())
            .unwrap()
            .protocol(OtlpProtocol::Grpc);
        let telemetry = telemetry(otlp.gzip(gzip).header("x-tenant", "acme"));
        tell(&telemetry, 1000);
        telemetry.flush(PATIENCE).unwrap();
        let traces = receiver.traces();
        let (metadata, request) = &traces[0];
        assert!(metadata.contains("acme"), "{metadata}");
        let span = &request.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!(span.name, "chat gpt-4o");
        assert_eq!(receiver.metrics().len(), 1);
        telemetry.shutdown(PATIENCE).unwrap();
    }
}

#[test]
fn over_grpc_a_dead_receiver_holds_nobody_up() {
    let otlp = Otlp::new("http://127.0.0.1:9").unwrap();
    let otlp = otlp
        .protocol(OtlpProtocol::Grpc)
        .timeout(Duration::from_millis(200));
    let telemetry = telemetry(otlp);
    tell(&telemetry, 10);
    let begun = Instant::now();
    telemetry.shutdown(Duration::from_secs(3)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_refused_of_an_export_is_counted() {
    let partial_success = ExportTracePartialSuccess {
        rejected_spans: 2,
        error_message: "too old".to_owned(),
    };
    let answer = ExportTraceServiceResponse {
        partial_success: Some(partial_success),
    };
    let (_receiver, _server, telemetry) = to([Ok(answer)]);
    for _ in 0..3 {
        tell(&telemetry, 10);
    }
    telemetry.flush(PATIENCE).unwrap_err();
    let account = telemetry.stats().destinations["otlp"].clone();
    assert_eq!(account.delivered, 1, "{account}");
    assert_eq!(account.dropped[&DropReason::Rejected], 2);
}

#[test]
fn log_records_that_are_refused_are_counted() {
    let receiver = GrpcReceiver::default();
    let server = Server::start(receiver.routes());
    let otlp = Otlp::new(&server.url()).unwrap();
    let builder = turnspan::builder().otlp(otlp.protocol(OtlpProtocol::Grpc));
    let telemetry = builder.capture(CaptureMode::EventOnly).build().unwrap();
    for _ in 0..2 {
        tell(&telemetry, 10);
    }
    telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(receiver.logs().len(), 1);
    let account = telemetry.stats().destinations["logs"].clone();
    assert_eq!(account.delivered, 1, "{account}");
    assert_eq!(account.dropped[&DropReason::Rejected], 1);
}

#[test]
fn only_statuses_that_may_pass_are_tried_again() {
    for (code, attempts) in [
        (Code::Unavailable, 2),
        (Code::Aborted, 2),
        (Code::DataLoss, 2),
        (Code::ResourceExhausted, 1),
        (Code::PermissionDenied, 1),
        (Code::Internal, 1),
    ] {
        let (receiver, _server, telemetry) = to([Err(Status::new(code, "not now"))]);
        tell(&telemetry, 10);
        let flushed = telemetry.flush(PATIENCE);
        assert_eq!(receiver.traces().len(), attempts, "{code:?}");
        assert_eq!(flushed.is_ok(), attempts == 2, "{code:?}");
    }
}

/// `google.rpc.Status` with a `RetryInfo`, as bytes: what a receiver says that
/// wants to be left alone for some milliseconds.
fn after(milliseconds: i32) -> Status {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Tagged {
        #[prost(string, tag = "1")]
        first: String,
        #[prost(bytes, tag = "2")]
        second: Vec<u8>,
        #[prost(bytes, tag = "3")]
        third: Vec<u8>,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct Delay {
        #[prost(int64, tag = "1")]
        seconds: i64,
        #[prost(int32, tag = "2")]
        nanos: i32,
    }
    #[derive(Clone, PartialEq, prost::Message)]
    struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        delay: Option<Delay>,
    }
    let nanos = milliseconds * 1_000_000;
    let delay = Some(Delay { seconds: 0, nanos });
    let any = Tagged {
        first: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        second: RetryInfo { delay }.encode_to_vec(),
        third: Vec::new(),
    };
    let details = Tagged {
        third: any.encode_to_vec(),
        ..Tagged::default()
    };
    let details = details.encode_to_vec();
    Status::with_details(Code::ResourceExhausted, "slow down", details.into())
}

#[test]
fn a_receiver_that_says_when_is_asked_again_then() {
    let (receiver, _server, telemetry) = to([Err(after(100))]);
    let begun = Instant::now();
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.traces().len(), 2);
    // Whole seconds, as the header of HTTP has them.
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn the_log_line_of_a_loss_names_the_status() {
    let refused = Status::new(Code::PermissionDenied, "no such tenant");
    let receiver = GrpcReceiver::scripted([Err(refused)]);
    let server = Server::start(receiver.routes());
    let provider = Provider::start([Reply::json(openai::completion("Hi."))]);
    let output = super::init::run(
        "openai",
        &[
            ("OPENAI_BASE_URL", &provider.base_url()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &server.url()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ],
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("gRPC status 7: no such tenant"), "{said}");
}

#[test]
fn what_lies_before_a_receiver_may_answer_without_grpc() {
    let server = Server::start(axum::Router::new());
    let otlp = Otlp::traces(&server.url()).unwrap();
    let telemetry = telemetry(otlp.protocol(OtlpProtocol::Grpc));
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap_err();
    let account = telemetry.stats().destinations["otlp"].clone();
    assert_eq!(account.dropped[&DropReason::Rejected], 1);
}

#[test]
fn each_signal_may_speak_otherwise() {
    let spans = super::support::otlp_receiver::OtlpReceiver::start();
    let metrics = GrpcReceiver::default();
    let server = Server::start(metrics.routes());
    let others = turnspan::OtlpSettings::default()
        .protocol(OtlpProtocol::Grpc)
        .gzip(true);
    let otlp = Otlp::new(&spans.url()).unwrap();
    let otlp = otlp
        .endpoint_of(OtlpSignal::Metrics, &server.url())
        .unwrap();
    let telemetry = telemetry(otlp.settings_of(OtlpSignal::Metrics, others));
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(spans.spans().len(), 1);
    assert!(!spans.requests()[0].0.contains_key("content-encoding"));
    assert!(spans.metric_bodies().is_empty());
    assert_eq!(metrics.metrics().len(), 1);
}
