//! The set-ups of the README's table "Every program", each a process of its own
//! before a receiver that counts: with `OTEL_*` in its environment and without.

use super::layers::Log;
use super::support::child;
use super::support::harness::Kept;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::openai;
use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};
use turnspan::{Builder, ConfigError, Otlp, SpoolSettings, Telemetry, Tes, TesExporter};

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends what an exporter of a user's has, from whichever thread.
#[derive(Debug)]
struct Client(reqwest::Client, Handle);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let sending = self.0.execute(request);
        let response = self.1.spawn(sending).await??;
        let status = response.status();
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = status;
        Ok(answer)
    }
}

/// What a child is to do.
struct Program {
    set_up: String,
    url: String,
    /// Whether the environment says where OTLP goes; else the program does.
    by_environment: bool,
}

impl Program {
    fn of_case() -> Self {
        let case = child::case();
        let mut words = case.split(' ').map(str::to_owned);
        let mut next = || words.next().unwrap();
        Self {
            set_up: next(),
            url: next(),
            by_environment: next() == "by_environment",
        }
    }

    /// Telemetry's settings, with OTLP of ours.
    fn ours(&self) -> Builder {
        let builder = turnspan::builder().env().unwrap();
        if self.by_environment {
            builder
        } else {
            builder
                .service_name("shop")
                .otlp(Otlp::new(&self.url).unwrap())
        }
    }

    /// Telemetry's settings, where another exporter sends spans.
    fn beside_theirs() -> Builder {
        turnspan::builder().env().unwrap()
    }

    /// A provider of the user's, with an exporter.
    fn theirs(&self) -> TracerProviderBuilder {
        let client = Client(reqwest::Client::new(), Handle::current());
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client);
        let exporter = if self.by_environment {
            exporter
        } else {
            exporter.with_endpoint(format!("{}/v1/traces", self.url))
        };
        Self::of_service().with_batch_exporter(exporter.build().unwrap())
    }

    fn of_service() -> TracerProviderBuilder {
        let resource = Resource::builder_empty()
            .with_attribute(KeyValue::new("service.name", "shop"))
            .build();
        SdkTracerProvider::builder().with_resource(resource)
    }
}

fn call(telemetry: &Telemetry) {
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, r#"{"model": "m", "messages": []}"#);
    call.response(openai::completion("Hi.").to_string());
}

/// A function with a call in it.
fn work(telemetry: &Telemetry) {
    tracing::info_span!("work").in_scope(|| call(telemetry));
}

#[expect(clippy::print_stdout, reason = "how a child answers")]
fn finish(telemetry: &Telemetry, theirs: Option<&SdkTracerProvider>) {
    if let Some(theirs) = theirs {
        theirs.force_flush().unwrap();
    }
    telemetry.flush(PATIENCE).unwrap();
    println!("{}", telemetry.stats());
}

/// Log lines of turnspan's on standard output.
fn log<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let ours = Targets::new().with_target("turnspan", LevelFilter::INFO);
    fmt::layer().with_ansi(false).with_filter(ours)
}

/// Functions by tracing-opentelemetry and calls, all of them spans of one provider
/// of the user's.
fn on_a_provider(ours: Builder, theirs: TracerProviderBuilder) {
    let telemetry = ours.build().unwrap();
    let theirs = theirs.with_span_processor(telemetry.processor()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(theirs.tracer("theirs"));
    registry().with(layer).with(log()).init();
    telemetry.use_provider(&theirs).unwrap();
    work(&telemetry);
    finish(&telemetry, Some(&theirs));
}

/// Functions by tracing-opentelemetry, and telemetry that was not told of its
/// provider.
fn beside_a_layer(program: &Program, is_global: bool) {
    let telemetry = Program::beside_theirs().build().unwrap();
    let theirs = program.theirs().build();
    let layer = tracing_opentelemetry::layer().with_tracer(theirs.tracer("theirs"));
    registry().with(layer).with(log()).init();
    if is_global {
        opentelemetry::global::set_tracer_provider(theirs.clone());
    }
    work(&telemetry);
    work(&telemetry);
    finish(&telemetry, Some(&theirs));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "a process of its own"]
async fn a_child() {
    let program = Program::of_case();
    match program.set_up.as_str() {
        "nothing" => {
            let telemetry = program.ours().install().unwrap();
            work(&telemetry);
            finish(&telemetry, None);
        }
        "subscriber" => {
            let telemetry = program.ours().build().unwrap();
            registry().with(telemetry.layer()).init();
            work(&telemetry);
            finish(&telemetry, None);
        }
        "provider" => on_a_provider(Program::beside_theirs(), program.theirs()),
        "provider_without_exporter" => {
            let ours = Program::beside_theirs().otlp(Otlp::new(&program.url).unwrap());
            on_a_provider(ours, Program::of_service());
        }
        "global" => beside_a_layer(&program, true),
        "layer_only" => beside_a_layer(&program, false),
        "own_pipeline" => {
            let url = format!("{}/tes", program.url);
            let tes = Tes::new(&url, "acme", "key").unwrap();
            let exporter = TesExporter::new(tes.spool(SpoolSettings::best_effort())).unwrap();
            let theirs = program.theirs().with_batch_exporter(exporter).build();
            let layer = tracing_opentelemetry::layer().with_tracer(theirs.tracer("theirs"));
            registry().with(layer).init();
            tracing::info_span!("work").in_scope(|| {
                drop(tracing::info_span!("chat", gen_ai.operation.name = "chat"));
            });
            theirs.force_flush().ok();
        }
        "meter_provider" => {
            let meters = SdkMeterProvider::builder().build();
            let telemetry = program.ours().meter_provider(&meters).install().unwrap();
            work(&telemetry);
            finish(&telemetry, None);
        }
        other => panic!("no set-up is named {other}"),
    }
}

/// Where the environment says where OTLP goes.
fn variables(url: &str) -> [(&str, &str); 2] {
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
        ("OTEL_SERVICE_NAME", "shop"),
    ]
}

/// Runs a set-up in both ways, and holds what arrived: each span once, all of
/// them of one service, in one tree.
fn assert_whole(set_up: &str) {
    for way in ["by_environment", "in_code"] {
        let receiver = OtlpReceiver::start();
        let url = receiver.url();
        let said = run(set_up, &url, way);
        let mut names: Vec<_> = receiver.spans().into_iter().map(|it| it.name).collect();
        names.sort();
        assert_eq!(names.len(), 2, "{set_up} {way}: {names:?} {said}");
        assert!(names[0].starts_with("chat"), "{set_up} {way}: {names:?}");
        assert_eq!(names[1], "work", "{set_up} {way}");
        assert_eq!(services(&receiver), ["shop"], "{set_up} {way}");
        let spans = receiver.spans();
        let named = |start: &str| spans.iter().find(|it| it.name.starts_with(start)).unwrap();
        assert_eq!(named("chat").parent_span_id, named("work").span_id);
    }
}

/// Runs a child; gives what it wrote.
fn run(set_up: &str, url: &str, way: &str) -> String {
    let case = format!("{set_up} {url} {way}");
    let variables = variables(url);
    let variables = if way == "by_environment" {
        &variables[..]
    } else {
        &[]
    };
    let output = child::run_with("every_program::a_child", &case, variables);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(output.status.success(), "{case}: {said}");
    said
}

/// Whose spans arrived, each once.
fn services(receiver: &OtlpReceiver) -> Vec<String> {
    let resources = receiver.resources().into_iter();
    let names = resources.flat_map(|resource| resource.attributes);
    let names = names.filter(|attribute| attribute.key == "service.name");
    let names = names.filter_map(|name| match name.value?.value? {
        any_value::Value::StringValue(name) => Some(name),
        _ => None,
    });
    let names: BTreeSet<String> = names.collect();
    names.into_iter().collect()
}

/// Promise, leaves: Every span arrives exactly once and under one service, in every set-up of the README's table.
/// Figure: 5 set-ups, with `OTEL_*` in the environment and without
#[test]
fn every_span_arrives_once_under_one_service() {
    for set_up in [
        "nothing",
        "subscriber",
        "provider",
        "own_pipeline",
        "meter_provider",
    ] {
        assert_whole(set_up);
    }
}

#[test]
fn otlp_set_in_code_exports_spans_of_a_provider_of_the_users_with_its_resource() {
    let receiver = OtlpReceiver::start();
    run("provider_without_exporter", &receiver.url(), "in_code");
    assert_eq!(receiver.spans().len(), 2);
    assert_eq!(services(&receiver), ["shop"]);
}

#[test]
fn otlp_of_variables_is_left_to_the_exporters_of_a_provider_and_that_is_said() {
    let receiver = OtlpReceiver::start();
    let said = run("provider", &receiver.url(), "by_environment");
    assert!(said.contains("otlp: 0 made"), "{said}");
    let line = "spans are exported by your tracer provider";
    assert_eq!(said.matches(line).count(), 1, "{said}");
    let said = run("provider", &receiver.url(), "in_code");
    assert!(!said.contains(line), "{said}");
}

const APART: &str = "call `telemetry.use_provider(&provider)` with yours";

#[test]
fn beside_tracing_opentelemetry_alone_the_global_provider_makes_the_spans_of_calls() {
    let receiver = OtlpReceiver::start();
    let said = run("global", &receiver.url(), "by_environment");
    assert!(said.contains("otlp: 0 made"), "{said}");
    assert!(!said.contains(APART), "{said}");
    assert_eq!(receiver.spans().len(), 4);
    assert_eq!(services(&receiver), ["shop"]);
}

#[test]
fn beside_a_layer_whose_provider_is_out_of_reach_one_line_names_use_provider() {
    let receiver = OtlpReceiver::start();
    let said = run("layer_only", &receiver.url(), "by_environment");
    assert_eq!(said.matches(APART).count(), 1, "{said}");
    assert_eq!(receiver.spans().len(), 4, "each once all the same");
}

#[test]
fn a_provider_without_any_destination_of_ours_gets_every_call() {
    let telemetry = turnspan::builder().build().unwrap();
    let kept = Kept::default();
    let theirs = SdkTracerProvider::builder()
        .with_span_processor(telemetry.processor())
        .with_simple_exporter(kept.clone())
        .build();
    telemetry.use_provider(&theirs).unwrap();
    for _ in 0..5 {
        call(&telemetry);
    }
    assert_eq!(kept.finished().len(), 5);
    assert!(telemetry.stats().destinations.is_empty());
    telemetry.shutdown(PATIENCE).unwrap();
}

#[test]
fn a_second_provider_is_an_error_value() {
    let telemetry = turnspan::builder().build().unwrap();
    let theirs = SdkTracerProvider::builder().build();
    telemetry.use_provider(&theirs).unwrap();
    let error = telemetry.use_provider(&theirs).unwrap_err();
    assert!(matches!(error, ConfigError::ProviderSet));
    assert_eq!(
        error.to_string(),
        "telemetry already uses a tracer provider: call `use_provider` once"
    );
}

#[test]
fn a_client_that_was_wrapped_too_early_is_named() {
    let log = Log::default();
    let subscriber = fmt().with_writer(log.writer()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let telemetry = turnspan::builder().build().unwrap();
        drop(telemetry.wrap(reqwest::Client::new()));
        let theirs = SdkTracerProvider::builder().build();
        telemetry.use_provider(&theirs).unwrap();
    });
    let said = log.text();
    assert!(
        said.contains("a client was wrapped before `use_provider`"),
        "{said}"
    );
}
