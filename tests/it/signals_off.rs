//! Metrics and log records at a receiver that takes traces alone.

use super::otlp::tell;
use super::support::grpc_receiver::GrpcReceiver;
use super::support::harness::PATIENCE;
use super::support::provider::Server;
use axum::Router;
use axum::routing::post;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use turnspan::{CaptureMode, DropReason, Otlp, OtlpProtocol, OtlpSignal, Telemetry};

/// Takes traces, and answers this to everything else, which is counted.
fn store_of_traces(traces: StatusCode, others: StatusCode) -> (Server, Arc<AtomicUsize>) {
    let refused = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&refused);
    let app = Router::new()
        .route("/v1/traces", post(async move || traces))
        .fallback(move || {
            count.fetch_add(1, SeqCst);
            async move { others }
        });
    (Server::start(app), refused)
}

fn unsupported(telemetry: &Telemetry, destination: &str) -> u64 {
    let account = telemetry.stats().destinations[destination].clone();
    assert!(account.balances(), "{account}");
    account
        .dropped
        .get(&DropReason::Unsupported)
        .copied()
        .unwrap_or_default()
}

#[test]
fn metrics_that_a_store_of_traces_refuses_are_off_and_nobody_complains_again() {
    for status in [404, 405, 501] {
        let status = StatusCode::from_u16(status).unwrap();
        let (server, refused) = store_of_traces(StatusCode::OK, status);
        let otlp = Otlp::new(&server.url()).unwrap();
        let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
        for count in 1..=3 {
            tell(&telemetry, 10);
            telemetry.flush(PATIENCE).unwrap();
            assert_eq!(unsupported(&telemetry, "metrics"), count, "{status}");
        }
        telemetry.shutdown(PATIENCE).unwrap();
        assert_eq!(unsupported(&telemetry, "metrics"), 4, "and at the end");
        assert_eq!(refused.load(SeqCst), 1, "{status}: asked once");
        assert_eq!(telemetry.stats().destinations["otlp"].delivered, 3);
    }
}

#[test]
fn a_receiver_over_grpc_that_implements_traces_alone_is_a_store_of_traces_too() {
    let receiver = GrpcReceiver::default();
    let server = Server::start(receiver.traces_alone());
    let otlp = Otlp::new(&server.url())
        .unwrap()
        .protocol(OtlpProtocol::Grpc);
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    for count in 1..=2 {
        tell(&telemetry, 10);
        telemetry.flush(PATIENCE).unwrap();
        assert_eq!(unsupported(&telemetry, "metrics"), count);
    }
    telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(receiver.traces().len(), 2);
}

#[test]
fn log_records_that_a_store_of_traces_refuses_are_off_too() {
    let (server, refused) = store_of_traces(StatusCode::OK, StatusCode::NOT_FOUND);
    let otlp = Otlp::new(&server.url())
        .unwrap()
        .without(OtlpSignal::Metrics);
    let builder = turnspan::builder()
        .otlp(otlp)
        .capture(CaptureMode::EventOnly);
    let telemetry = builder.build().unwrap();
    // The first records may be refused before the first trace is taken.
    for _ in 0..2 {
        tell(&telemetry, 10);
        telemetry.flush(PATIENCE).ok();
    }
    let asked = refused.load(SeqCst);
    let before = unsupported(&telemetry, "logs");
    assert!(before > 0);
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(unsupported(&telemetry, "logs"), before + 1);
    assert_eq!(refused.load(SeqCst), asked, "nothing was sent");
}

#[test]
fn a_signal_stays_on_where_traces_are_not_taken_or_the_refusal_is_another() {
    let (ok, down) = (StatusCode::OK, StatusCode::BAD_REQUEST);
    for (traces, metrics) in [
        (down, StatusCode::NOT_FOUND),
        (ok, StatusCode::UNAUTHORIZED),
    ] {
        let (server, refused) = store_of_traces(traces, metrics);
        let otlp = Otlp::new(&server.url()).unwrap();
        let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
        for _ in 0..2 {
            tell(&telemetry, 10);
            let error = telemetry.flush(PATIENCE).unwrap_err();
            assert_eq!(error.lost["metrics"], 1, "{error}");
        }
        assert_eq!(unsupported(&telemetry, "metrics"), 0, "{traces} {metrics}");
        assert_eq!(refused.load(SeqCst), 2);
    }
}

#[test]
fn a_signal_that_is_refused_elsewhere_stays_on() {
    let (store, _) = store_of_traces(StatusCode::OK, StatusCode::OK);
    let (other, refused) = store_of_traces(StatusCode::OK, StatusCode::NOT_FOUND);
    let metrics = format!("{}/v1/metrics", other.url());
    let otlp = Otlp::new(&store.url()).unwrap();
    let otlp = otlp.endpoint_of(OtlpSignal::Metrics, &metrics).unwrap();
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    for _ in 0..2 {
        tell(&telemetry, 10);
        telemetry.flush(PATIENCE).unwrap_err();
    }
    assert_eq!(refused.load(SeqCst), 2);
}
