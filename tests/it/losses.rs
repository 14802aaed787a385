//! Losses are counted under their true reason.

use super::otlp::tell;
use super::support::grpc_receiver::GrpcReceiver;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::{Server, closed_port};
use axum::Router;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use http::StatusCode;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;
use tonic::{Code, Status};
use turnspan::{Builder, DropReason, Otlp, OtlpProtocol, OtlpSignal};

fn answering(answer: fn() -> Response) -> Server {
    Server::start(Router::new().fallback(move || async move { answer() }))
}

fn otlp(url: &str) -> Otlp {
    let otlp = Otlp::new(url).unwrap().without(OtlpSignal::Metrics);
    otlp.timeout(Duration::from_millis(300))
}

/// Why the one span of a program was lost.
fn reason(builder: Builder, destination: &str) -> DropReason {
    let telemetry = builder.build().unwrap();
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap_err();
    let account = telemetry.stats().destinations[destination].clone();
    assert!(account.balances(), "{account}");
    let mut dropped = account.dropped.into_iter();
    let (reason, _) = dropped.next().unwrap();
    assert_eq!(dropped.next(), None);
    reason
}

#[test]
fn spans_are_lost_for_the_reason_that_the_receiver_gave() {
    let cases: [(fn() -> Response, DropReason); 6] = [
        (
            || StatusCode::UNAUTHORIZED.into_response(),
            DropReason::Rejected,
        ),
        (
            || StatusCode::NOT_FOUND.into_response(),
            DropReason::Rejected,
        ),
        (
            || StatusCode::SERVICE_UNAVAILABLE.into_response(),
            DropReason::Unreachable,
        ),
        (
            || StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            DropReason::Unreachable,
        ),
        (
            || Redirect::temporary("http://x.example/").into_response(),
            DropReason::Redirected,
        ),
        (
            || Html("<h1>Sign in</h1>").into_response(),
            DropReason::Unreachable,
        ),
    ];
    for (answer, expected) in cases {
        let server = answering(answer);
        let builder = turnspan::builder().otlp(otlp(&server.url()));
        assert_eq!(reason(builder, "otlp"), expected, "{:?}", answer());
    }
    let nobody = otlp(&format!("http://127.0.0.1:{}", closed_port()));
    let builder = turnspan::builder().otlp(nobody);
    assert_eq!(reason(builder, "otlp"), DropReason::Unreachable);
}

#[test]
fn a_status_of_grpc_is_a_reason_too() {
    for (code, expected) in [
        (Code::PermissionDenied, DropReason::Rejected),
        (Code::Unimplemented, DropReason::Rejected),
        (Code::Unavailable, DropReason::Unreachable),
    ] {
        let refusals = std::iter::repeat_with(|| Err(Status::new(code, "no"))).take(9);
        let receiver = GrpcReceiver::scripted(refusals);
        let server = Server::start(receiver.routes());
        let otlp = otlp(&server.url()).protocol(OtlpProtocol::Grpc);
        let builder = turnspan::builder().otlp(otlp);
        assert_eq!(reason(builder, "otlp"), expected, "{code:?}");
    }
}

#[derive(Debug)]
struct Failing;

impl SpanExporter for Failing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Err(OTelSdkError::InternalFailure("no disk".to_owned()))
    }
}

#[test]
fn an_exporter_of_the_users_that_fails_is_a_reason_of_its_own() {
    let builder = turnspan::builder().span_exporter(Failing);
    assert_eq!(reason(builder, "exporter"), DropReason::ExporterFailed);
}

#[test]
fn a_web_page_acknowledges_no_event() {
    let server = answering(|| Html("<h1>Sign in</h1>").into_response());
    let builder = turnspan::builder().tes(tes_at(&server.url(), "tes_key"));
    let telemetry = builder.build().unwrap();
    tell(&telemetry, 10);
    let error = telemetry.flush(Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.left["tes"], 1, "{error}");
    assert_eq!(telemetry.stats().destinations["tes"].delivered, 0);
}
