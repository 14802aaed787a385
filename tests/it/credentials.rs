//! Credentials in URLs and headers of settings: sent, and printed nowhere.

use super::init::run;
use super::support::grpc_receiver::GrpcReceiver;
use super::support::harness::{PATIENCE, tes_at};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, Server, openai};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use reqwest::Client;
use reqwest::header::{HeaderMap, HeaderValue};
use std::fmt::Debug;
use tonic::Status;
use tower::Layer as _;
use turnspan::{
    ConfigError, Otlp, OtlpProtocol, OtlpSettings, OtlpSignal, Redaction, SpoolSettings, Telemetry,
    Tes, TesExporter, UserIds, Wrap,
};

const URL: &str = "http://ann:sesame-1@localhost:4318/a?key=sesame-2#sesame-3";

/// `ann:sesame-1`.
const BASIC: &str = "Basic YW5uOnNlc2FtZS0x";

fn otlp() -> Otlp {
    let header = OtlpSettings::default().header("x-key", "sesame-4");
    Otlp::new(URL)
        .unwrap()
        .header("authorization", "sesame-5")
        .settings_of(OtlpSignal::Metrics, header)
        .endpoint_of(OtlpSignal::Traces, URL)
        .unwrap()
}

fn tes() -> Tes {
    let tes = Tes::new("http://localhost:4999", "acme", "tes_sesame").unwrap();
    tes.header("x-tenant", "sesame-6")
        .unwrap()
        .user_ids(UserIds::hmac("sesame-7"))
        .redact(Redaction::personal_data().hash_key("sesame-8"))
        .spool(SpoolSettings::best_effort())
}

/// A client whose own `Debug` shows a key.
fn client() -> Client {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static("sesame-9"));
    let client = Client::builder().default_headers(headers).build().unwrap();
    assert!(format!("{client:?}").contains("sesame-9"));
    client
}

#[track_caller]
fn assert_shows_no_secret(shown: &(impl Debug + ?Sized)) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.contains("sesame"), "{text}");
        assert!(!text.contains("YW5uOnNlc2FtZS0x"), "{text}");
    }
}

/// Promise, leaves: `Debug` of no setting shows a key or the credentials of a URL.
#[test]
fn no_type_of_settings_shows_a_secret() {
    assert_shows_no_secret(&otlp());
    assert_shows_no_secret(&OtlpSettings::default().header("x-key", "sesame"));
    assert_shows_no_secret(&tes());
    assert_shows_no_secret(&TesExporter::new(tes()).unwrap());
    assert_shows_no_secret(&UserIds::hmac("sesame"));
    assert_shows_no_secret(&Redaction::personal_data().hash_key("sesame"));
    assert_shows_no_secret(&Wrap::new().http(client()));
    let builder = turnspan::builder()
        .otlp(otlp())
        .tes(tes())
        .user_ids(UserIds::hmac("sesame"))
        .redact_spans(Redaction::new().hash_key("sesame"));
    assert_shows_no_secret(&builder);
    let shown = format!("{builder:?}");
    assert!(
        shown.contains("http://localhost:4318/a?... with credentials"),
        "{shown}"
    );
}

#[test]
fn nothing_that_runs_shows_a_secret() {
    let telemetry = turnspan::builder()
        .otlp(otlp().without(OtlpSignal::Metrics))
        .tes(tes())
        .span_exporter(InMemorySpanExporter::default())
        .build()
        .unwrap();
    assert_shows_no_secret(&telemetry);
    assert_shows_no_secret(&telemetry.stats());
    assert_shows_no_secret(&telemetry.processor());
    assert_shows_no_secret(&telemetry.session("conv-123"));
    assert_shows_no_secret(&telemetry.interaction("orders"));
    assert_shows_no_secret(&telemetry.middleware());
    assert_shows_no_secret(&telemetry.operation_layer());
    assert_shows_no_secret(&telemetry.operation_layer().layer(client()));
    assert_shows_no_secret(&telemetry.attempt_layer().layer(client()));
    let url = "https://ann:sesame@api.openai.com/v1/chat/completions?key=sesame";
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer sesame"));
    let mut call = telemetry.record(url, r#"{"model":"m"}"#);
    call.headers(&headers);
    assert_shows_no_secret(&call);
    drop(call);
    if let Err(error) = telemetry.shutdown(std::time::Duration::ZERO) {
        assert_shows_no_secret(&error);
        assert!(!error.to_string().contains("sesame"), "{error}");
    }
}

#[test]
fn no_error_of_a_setting_shows_a_secret() {
    let otlp = |url: &str| Otlp::new(url).unwrap_err();
    let header = |name: &str, value: &str| -> ConfigError {
        let otlp = Otlp::new("http://localhost:1").unwrap().header(name, value);
        turnspan::builder().otlp(otlp).build().unwrap_err()
    };
    let tes = |url: &str| Tes::new(url, "acme", "tes_sesame").unwrap_err();
    for error in [
        otlp("ftp://ann:sesame@localhost/?key=sesame"),
        otlp("ann:sesame@localhost"),
        otlp("http://ann:se/same?sesame@localhost"),
        Otlp::traces("localhost/?key=sesame").unwrap_err(),
        header("Authorization: Bearer sesame", "x"),
        header("bearer sesame", "x"),
        header("x-key", "sesame\n"),
        tes("https://ann:sesame@tes.example"),
        tes("https://tes.example?key=sesame"),
        tes("ftp://tes.example/?key=sesame"),
        tes("tes.example?key=sesame"),
        Tes::new("https://tes.example", "acme", "sesame\n").unwrap_err(),
    ] {
        assert!(!error.to_string().contains("sesame"), "{error}");
        assert_shows_no_secret(&error);
    }
}

fn with_credentials(url: &str) -> String {
    url.replace("http://", "http://ann:sesame-1@")
}

fn call(telemetry: &Telemetry) {
    let url = "https://api.openai.com/v1/chat/completions";
    telemetry.record(url, r#"{"model":"m"}"#).timed_out();
    telemetry.flush(PATIENCE).unwrap();
}

#[test]
fn credentials_of_an_endpoint_are_sent_with_every_signal() {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&with_credentials(&receiver.url())).unwrap();
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    call(&telemetry);
    let (headers, _) = &receiver.requests()[0];
    assert_eq!(headers["authorization"], BASIC);
    assert_eq!(receiver.metric_headers()[0]["authorization"], BASIC);
}

#[test]
fn credentials_of_an_endpoint_are_sent_over_grpc() {
    let receiver = GrpcReceiver::default();
    let server = Server::start(receiver.routes());
    let otlp = Otlp::new(&with_credentials(&server.url())).unwrap();
    let otlp = otlp
        .protocol(OtlpProtocol::Grpc)
        .without(OtlpSignal::Metrics);
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    call(&telemetry);
    let (metadata, _) = &receiver.traces()[0];
    assert!(
        metadata.contains(BASIC) || metadata.contains("Sensitive"),
        "{metadata}"
    );
}

#[test]
fn a_header_that_is_set_stands_instead_of_credentials_in_the_url() {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&with_credentials(&receiver.url())).unwrap();
    let otlp = otlp.header("Authorization", "Bearer sesame");
    let telemetry = turnspan::builder().otlp(otlp).build().unwrap();
    call(&telemetry);
    let (headers, _) = &receiver.requests()[0];
    let sent: Vec<_> = headers.get_all("authorization").iter().collect();
    assert_eq!(sent, ["Bearer sesame"]);
}

/// Every log line of a program, of hyper's and reqwest's too.
/// Promise, leaves: Credentials in a URL become a header, and are in no log line of
/// anybody.
#[test]
fn no_log_line_shows_credentials_of_an_endpoint() {
    let provider = Provider::start([Reply::json(openai::completion("Hi."))]);
    let receiver = OtlpReceiver::start();
    let endpoint = with_credentials(&receiver.url());
    let dead = with_credentials("http://127.0.0.1:1/v1/metrics?key=sesame-2");
    let output = run(
        "openai",
        &[
            ("OPENAI_BASE_URL", &provider.base_url()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &dead),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "500"),
            ("RUST_LOG", "trace"),
        ],
    );
    let (headers, _) = &receiver.requests()[0];
    assert_eq!(headers["authorization"], BASIC);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(
        log.contains("TRACE hyper") && log.contains("export failed"),
        "{log}"
    );
    let is_secret = |line: &&str| line.contains("sesame") || line.contains("YW5uOnNlc2FtZS0x");
    assert_eq!(log.lines().find(is_secret), None, "{log}");
}

#[test]
fn no_log_line_shows_credentials_that_a_receiver_repeats() {
    let provider = Provider::start([Reply::json(openai::completion("Hi."))]);
    let refusals = [format!("no {BASIC}"), "no ann:sesame-1".to_owned()];
    for refusal in refusals {
        let refused = Err(Status::permission_denied(refusal));
        let receiver = GrpcReceiver::scripted([refused]);
        let server = Server::start(receiver.routes());
        let output = run(
            "openai",
            &[
                ("OPENAI_BASE_URL", &provider.base_url()),
                (
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    &with_credentials(&server.url()),
                ),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ],
        );
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(log.contains("gRPC status 7: no [REDACTED]"), "{log}");
        assert!(
            !log.contains("sesame") && !log.contains("YW5uOnNlc2FtZS0x"),
            "{log}"
        );
    }
}

#[test]
fn keys_of_tes_are_in_no_debug_of_what_sends_to_it() {
    let exporter = TesExporter::new(tes_at("http://localhost:1", "svc-sesame")).unwrap();
    assert_shows_no_secret(&exporter);
}
