//! Spans leave by OTLP.

use super::support::grpc_receiver::GrpcReceiver;
use super::support::harness::{Harness, PATIENCE, ask};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Reply, Server, openai};
use super::support::tls_server::TlsServer;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::time::Duration;
use turnspan::{
    CaptureMode, Conversation, DropReason, Otlp, OtlpProtocol, OtlpSettings, OtlpSignal,
};

fn harness(receiver: &OtlpReceiver) -> Harness {
    let otlp = Otlp::new(&receiver.url())
        .unwrap()
        .header("authorization", "Bearer sesame");
    let reply = Reply::json(openai::completion("canary"));
    Harness::with([reply], |builder| builder.service_name("shop").otlp(otlp))
}

fn attribute(span: &Span, key: &str) -> Option<Value> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key)?;
    attribute.value.clone()?.value
}

#[tokio::test]
async fn a_collector_gets_the_span_its_events_and_the_resource() {
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let ai = harness.ai();
    ai.chat().create(ask("Hello!")).await.unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].name, "chat gpt-4o");
    assert_eq!(
        attribute(&spans[0], "gen_ai.usage.input_tokens"),
        Some(Value::IntValue(12))
    );
    let events: Vec<&str> = spans[0]
        .events
        .iter()
        .map(|event| event.name.as_str())
        .collect();
    assert_eq!(events, ["gen_ai.prompt.sent", "gen_ai.response.received"]);
    let resources = receiver.resources();
    let name = resources[0]
        .attributes
        .iter()
        .find(|attribute| attribute.key == "service.name")
        .unwrap();
    assert_eq!(
        name.value.clone().unwrap().value,
        Some(Value::StringValue("shop".to_owned()))
    );
    let (headers, _) = &receiver.requests()[0];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert_eq!(headers["authorization"], "Bearer sesame");
    assert_eq!(harness.telemetry.stats().destinations["otlp"].delivered, 1);
    assert!(!format!("{:?}", harness.telemetry).contains("sesame"));
}

#[tokio::test]
async fn neither_content_nor_identity_is_in_the_bytes() {
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let ai = harness.ai();
    let conversation = Conversation::new("conv-1")
        .user("canary")
        .metadata("k", "canary");
    conversation
        .scope(ai.chat().create(ask("canary")))
        .await
        .unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    for (_, body) in receiver.requests() {
        assert!(!body.windows(6).any(|window| window == b"canary"));
        assert!(body.windows(6).any(|window| window == b"conv-1"));
    }
}

#[tokio::test]
async fn a_collector_that_refuses_costs_the_spans_and_they_are_counted() {
    let receiver = OtlpReceiver::answering(400);
    let harness = harness(&receiver);
    let ai = harness.ai();
    ai.chat().create(ask("Hello!")).await.unwrap();
    let error = harness.telemetry.flush(PATIENCE).unwrap_err();
    assert_eq!(error.lost["otlp"], 1);
    let account = harness.telemetry.stats().destinations["otlp"].clone();
    assert!(account.balances(), "{account}");
    assert_eq!(account.dropped[&DropReason::Rejected], 1);
}

#[test]
fn it_works_without_a_runtime_of_the_callers() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let receiver = OtlpReceiver::start();
    let harness = harness(&receiver);
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info_span!("work").in_scope(|| ()));
    drop(harness);
    assert_eq!(receiver.spans()[0].name, "work");
}

/// Makes a call of which telemetry knows by word alone, with so long a prompt.
pub(super) fn tell(telemetry: &turnspan::Telemetry, prompt_bytes: usize) {
    let request = serde_json::json!({"model": "gpt-4o", "messages": [
        {"role": "user", "content": "x".repeat(prompt_bytes)}]});
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, request.to_string());
    call.response(openai::completion("Hi.").to_string());
}

pub(super) fn telemetry(otlp: Otlp) -> turnspan::Telemetry {
    let builder = turnspan::builder().otlp(otlp);
    builder.capture(CaptureMode::SpanOnly).build().unwrap()
}

#[test]
fn what_is_sent_may_be_compressed() {
    let receiver = OtlpReceiver::start();
    let telemetry = telemetry(Otlp::new(&receiver.url()).unwrap().gzip(true));
    tell(&telemetry, 1000);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.requests()[0].0["content-encoding"], "gzip");
    assert_eq!(receiver.spans().len(), 1);
    assert!(!receiver.metrics().is_empty());
}

#[test]
fn a_header_arrives_as_it_was_given() {
    let receiver = OtlpReceiver::start();
    let otlp = Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap();
    let telemetry = telemetry(otlp.header("authorization", "Basic a%2Bb=, c"));
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.requests()[0].0["authorization"], "Basic a%2Bb=, c");
}

#[test]
fn a_receiver_that_is_busy_gets_the_batch_again() {
    let receiver = OtlpReceiver::scripted([(503, "".into()), (429, "".into()), (200, "".into())]);
    let telemetry = telemetry(Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap());
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.requests().len(), 3);
    assert_eq!(telemetry.stats().destinations["otlp"].delivered, 1);
}

#[test]
fn what_a_receiver_takes_in_part_is_counted_in_part() {
    let partial_success = ExportTracePartialSuccess {
        rejected_spans: 2,
        error_message: "too old".to_owned(),
    };
    let answer = ExportTraceServiceResponse {
        partial_success: Some(partial_success),
    };
    let receiver = OtlpReceiver::scripted([(200, answer.encode_to_vec().into())]);
    let telemetry = telemetry(Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap());
    for _ in 0..3 {
        tell(&telemetry, 10);
    }
    telemetry.flush(PATIENCE).unwrap_err();
    let account = telemetry.stats().destinations["otlp"].clone();
    assert_eq!(account.delivered, 1, "{account}");
    assert_eq!(account.dropped[&DropReason::Rejected], 2);
}

#[test]
fn a_heavy_span_travels_alone_and_one_too_heavy_without_its_content() {
    let receiver = OtlpReceiver::start();
    let telemetry = telemetry(Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap());
    for prompt_bytes in [10, 2 << 20, 2 << 20, 10, 5 << 20] {
        tell(&telemetry, prompt_bytes);
    }
    telemetry.flush(PATIENCE).unwrap();
    let requests = receiver.requests();
    assert!(requests.iter().all(|(_, body)| body.len() < 4 << 20));
    assert!(requests.len() > 1);
    let spans = receiver.spans();
    let lengths: Vec<_> = spans
        .iter()
        .map(|span| match attribute(span, "gen_ai.input.messages") {
            Some(Value::StringValue(text)) => text.len() >> 20,
            _ => 99,
        })
        .collect();
    assert_eq!(lengths, [0, 2, 2, 0, 99]);
    let faults = telemetry.stats().faults;
    assert_eq!(faults[&turnspan::Fault::ContentShed], 1);
}

#[test]
fn tls_is_spoken_with_those_who_are_trusted() {
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let (http, grpc) = (OtlpReceiver::start(), GrpcReceiver::default());
        let grpc_server = Server::start(grpc.routes());
        let plain = match protocol {
            OtlpProtocol::Grpc => grpc_server.url(),
            _ => http.url(),
        };
        let server = TlsServer::before(&plain);
        let otlp = Otlp::new(&server.url())
            .unwrap()
            .without(OtlpSignal::Metrics);
        let otlp = otlp.protocol(protocol).timeout(Duration::from_secs(2));
        let stranger = telemetry(otlp.clone());
        tell(&stranger, 10);
        stranger.flush(PATIENCE).unwrap_err();
        let trusting = telemetry(otlp.certificate(server.certificate.clone()).unwrap());
        tell(&trusting, 10);
        trusting.flush(PATIENCE).unwrap();
        assert_eq!(http.spans().len() + grpc.traces().len(), 1, "{protocol:?}");
    }
    let error = Otlp::new("https://localhost:1")
        .unwrap()
        .certificate("nothing");
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("no certificate in PEM")
    );
}

#[test]
fn a_receiver_may_ask_who_we_are() {
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let (http, grpc) = (OtlpReceiver::start(), GrpcReceiver::default());
        let grpc_server = Server::start(grpc.routes());
        let plain = match protocol {
            OtlpProtocol::Grpc => grpc_server.url(),
            _ => http.url(),
        };
        let server = TlsServer::asking_who_is_there(&plain);
        let client = server.client.as_ref().unwrap();
        let settings = OtlpSettings::default()
            .protocol(protocol)
            .timeout(Duration::from_secs(2))
            .certificate(server.certificate.clone())
            .unwrap();
        let otlp = Otlp::new(&server.url())
            .unwrap()
            .without(OtlpSignal::Metrics);
        let stranger = telemetry(otlp.clone().settings(settings.clone()));
        tell(&stranger, 10);
        stranger.flush(PATIENCE).unwrap_err();
        let (certificate, key) = (client.certificate.clone(), client.key.as_bytes());
        let settings = settings.client_certificate(certificate, key).unwrap();
        assert!(!format!("{settings:?}").contains("PRIVATE"));
        let known = telemetry(otlp.settings(settings));
        tell(&known, 10);
        known.flush(PATIENCE).unwrap();
        assert_eq!(http.spans().len() + grpc.traces().len(), 1, "{protocol:?}");
    }
    let error = OtlpSettings::default().client_certificate("nothing", b"sesame");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("OTEL_EXPORTER_OTLP_CLIENT_KEY"), "{error}");
    assert!(!error.contains("sesame"), "{error}");
}

#[cfg(feature = "otlp-json")]
#[test]
fn json_is_spoken_too() {
    use super::support::provider::Provider;

    let receiver = Provider::start([Reply::json("{}")]);
    let otlp = Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap();
    let telemetry = telemetry(otlp.protocol(OtlpProtocol::HttpJson));
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap();
    let request = &receiver.requests()[0];
    assert_eq!(request.headers["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], "chat gpt-4o");
    assert_eq!(telemetry.stats().destinations["otlp"].delivered, 1);
    // What is refused of an export, as JSON of protobuf has it.
    let refused = r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}"#;
    let receiver = Provider::start([Reply::json(refused)]);
    let otlp = Otlp::traces(&format!("{}/v1/traces", receiver.url())).unwrap();
    let telemetry = self::telemetry(otlp.protocol(OtlpProtocol::HttpJson));
    tell(&telemetry, 10);
    telemetry.flush(PATIENCE).unwrap_err();
    let account = telemetry.stats().destinations["otlp"].clone();
    assert_eq!(account.dropped[&DropReason::Rejected], 1);
}

/// Passes the functions and drops the calls.
#[derive(Debug, Clone)]
struct NoCalls;

impl opentelemetry_sdk::trace::ShouldSample for NoCalls {
    fn should_sample(
        &self,
        _parent: Option<&opentelemetry::Context>,
        _trace_id: opentelemetry::TraceId,
        name: &str,
        _kind: &opentelemetry::trace::SpanKind,
        _attributes: &[opentelemetry::KeyValue],
        _links: &[opentelemetry::trace::Link],
    ) -> opentelemetry_sdk::trace::SamplingResult {
        use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult};
        SamplingResult {
            decision: if name.starts_with("chat") {
                SamplingDecision::Drop
            } else {
                SamplingDecision::RecordAndSample
            },
            attributes: Vec::new(),
            trace_state: opentelemetry::trace::TraceState::default(),
        }
    }
}

#[test]
fn an_error_text_stays_also_where_its_call_is_no_span() {
    use tracing_subscriber::layer::SubscriberExt as _;

    #[tracing::instrument(skip_all, err)]
    fn answer(telemetry: &turnspan::Telemetry) -> Result<(), String> {
        let url = "https://api.openai.com/v1/chat/completions";
        let call = telemetry.record(url, r#"{"model":"m"}"#);
        call.refused(400, r#"{"error":{"message":"canary"}}"#);
        Err("canary".to_owned())
    }

    let receiver = OtlpReceiver::start();
    let otlp = Otlp::new(&receiver.url()).unwrap();
    let telemetry = turnspan::builder()
        .otlp(otlp)
        .sampler(NoCalls)
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || answer(&telemetry).unwrap_err());
    telemetry.flush(PATIENCE).unwrap();
    let spans = receiver.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].name, "answer");
    assert!(!format!("{spans:?}").contains("canary"), "{spans:?}");
}
