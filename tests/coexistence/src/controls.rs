//! Where flushing OpenTelemetry's own processors waits for ever on a runtime
//! with one thread, and ours does not: the constellations of
//! opentelemetry-rust#2715 and #3176, with a receiver that answers at once.

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_sdk::runtime;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tonic::{Request, Response, Status};
use turnspan::{Otlp, OtlpProtocol};

/// Far more than a flush to a receiver on this machine takes.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sees both of them hang, and turnspan in their place go through.
pub fn run() {
    let endpoint = receiver();
    assert!(!is_over("#2715", &endpoint, flush_on_a_thread_of_its_own));
    assert!(!is_over("#3176", &endpoint, flush_on_the_callers_runtime));
    assert!(is_over("turnspan", &endpoint, flush_turnspan));
}

/// Whether `flush` ends in time on a runtime with one thread.
fn is_over(name: &str, endpoint: &str, flush: fn(&str)) -> bool {
    let (done, is_done) = mpsc::channel();
    let endpoint = endpoint.to_owned();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().expect("a runtime");
        runtime.block_on(async { flush(&endpoint) });
        done.send(()).ok();
    });
    let is_over = is_done.recv_timeout(PATIENCE).is_ok();
    println!("{name}: {}", if is_over { "flushed" } else { "hangs" });
    is_over
}

fn exporter(endpoint: &str) -> SpanExporter {
    let exporter = SpanExporter::builder().with_tonic();
    exporter
        .with_endpoint(endpoint)
        .build()
        .expect("an exporter")
}

fn flush_on_a_thread_of_its_own(endpoint: &str) {
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter(endpoint));
    one_span(&provider.build());
}

fn flush_on_the_callers_runtime(endpoint: &str) {
    let processor = BatchSpanProcessor::builder(exporter(endpoint), runtime::Tokio);
    let provider = SdkTracerProvider::builder().with_span_processor(processor.build());
    one_span(&provider.build());
}

fn one_span(provider: &SdkTracerProvider) {
    provider.tracer("controls").in_span("work", |_| ());
    // That it gives up after a while is no flush either.
    if provider.force_flush().is_err() {
        thread::park();
    }
}

fn flush_turnspan(endpoint: &str) {
    let otlp = Otlp::traces(endpoint)
        .expect("a URL")
        .protocol(OtlpProtocol::Grpc);
    let telemetry = turnspan::builder().otlp(otlp).build().expect("telemetry");
    let call = telemetry.record("https://api.openai.com/v1/chat/completions", "{}");
    call.response("{}");
    telemetry.flush(PATIENCE).expect("a flush");
}

struct Receiver;

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        _request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// On a runtime and a thread of its own; it ends with the program.
fn receiver() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let address = ([127, 0, 0, 1], 0).into();
            let incoming = tonic::transport::server::TcpIncoming::bind(address).expect("a port");
            tell.send(incoming.local_addr().expect("an address")).ok();
            let server = tonic::transport::Server::builder();
            { server }
                .add_service(TraceServiceServer::new(Receiver))
                .serve_with_incoming(incoming)
                .await
                .expect("a server");
        });
    });
    format!("http://{}", told.recv().expect("an address"))
}
