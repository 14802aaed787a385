//! Nothing is silent: what costs data and is easy to mend has one line in the log,
//! with the cure in it.

use super::support::child;
use super::support::folder::Folder;
use super::support::harness::{Harness, Kept, PATIENCE, ask, bare, request};
use super::support::provider::{Provider, Reply, openai};
use async_openai::config::OpenAIConfig;
use futures::StreamExt as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use serde_json::json;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::{fs, io};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use turnspan::{Fault, Telemetry, Warning, Wrap};

const URL: &str = "https://api.openai.com/v1/chat/completions";

/// Runs a test of this module in a process of its own, as lines are written once
/// a process.
fn alone(test: &str, variables: &[(&str, &str)]) {
    let output = child::run_with(&format!("warnings::{test}"), "", variables);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What the log of this process has.
#[derive(Clone, Default)]
struct Log(Arc<(Mutex<String>, Condvar)>);

impl Log {
    /// The log of everything in this process, with the names of threads.
    fn start() -> Self {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_thread_names(true)
            .with_max_level(tracing::Level::WARN)
            .with_writer(log.clone())
            .init();
        log
    }

    fn text(&self) -> String {
        self.0.0.lock().unwrap().clone()
    }

    /// The one line with these words, once it is there.
    fn line(&self, words: &str) -> String {
        let Self(shared) = self;
        let text = shared.0.lock().unwrap();
        let missing = |text: &mut String| !text.contains(words);
        let (text, timeout) = shared
            .1
            .wait_timeout_while(text, PATIENCE, missing)
            .unwrap();
        assert!(!timeout.timed_out(), "no {words} in: {text}");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(words)).collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].to_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).unwrap();
        self.0.0.lock().unwrap().push_str(text);
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn telemetry() -> Telemetry {
    let builder = turnspan::builder().span_exporter(Kept::default());
    builder.build().unwrap()
}

fn config(provider: &Provider) -> OpenAIConfig {
    let config = OpenAIConfig::new().with_api_base(provider.base_url());
    config.with_api_key("sk-sesame")
}

/// A path at which something else lies.
fn taken(folder: &Folder) -> PathBuf {
    fs::create_dir_all(folder.path()).unwrap();
    fs::write(folder.spool(), "Dear Ann,").unwrap();
    folder.spool()
}

fn hello() -> Reply {
    Reply::json(openai::completion("Hi."))
}

/// Promise, process: What costs data and is easy to mend is in the log once a process and
/// cause, with the cure, and written by a thread of turnspan's.
#[test]
fn a_request_that_is_not_recorded_is_in_the_log_and_in_the_stats() {
    alone("does_not_record", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn does_not_record() {
    let log = Log::start();
    let telemetry = telemetry();
    for id in 0..3 {
        let url = format!("https://api.openai.com/v1/new_things/thing_{id}/run?key=sesame");
        telemetry.record(&url, "{}").timed_out();
    }
    let provider = Provider::start([hello()]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for path in ["/v1/messages", "/orders/17"] {
        let request = reqwest::Client::new().post(format!("{}{path}", provider.url()));
        runtime
            .block_on(telemetry.send(request.body("{}")))
            .unwrap();
    }
    telemetry.record(URL, "{}").timed_out();
    telemetry.flush(PATIENCE).unwrap();
    let line = log.line("new_things");
    assert!(
        line.contains("WARN turnspan-pipeline turnspan: `POST api.openai.com/v1/new_things/{id}/run` is not recorded: "),
        "{line}"
    );
    assert!(line.contains("record it by hand"), "{line}");
    let line = log.line("POST 127.0.0.1/v1/messages");
    assert!(line.contains("TURNSPAN_PROVIDER_HOSTS"), "{line}");
    let text = log.text();
    assert!(
        !text.contains("orders") && !text.contains("sesame"),
        "{text}"
    );
    let stats = telemetry.stats();
    assert_eq!(
        (stats.unrecognised, stats.warnings[&Warning::Unrecorded]),
        (5, 4)
    );
    assert_eq!(
        stats.unrecorded["POST api.openai.com/v1/new_things/{id}/run"],
        3
    );
    assert_eq!(stats.unrecorded["POST 127.0.0.1/v1/messages"], 1);
}

#[test]
fn no_more_than_64_places_are_told_apart() {
    let telemetry = telemetry();
    let letters = |place: u8| [place / 16, place % 16].map(|it| char::from(b'a' + it));
    for place in 0..100 {
        let place: String = letters(place).into_iter().collect();
        let url = format!("https://api.openai.com/v1/{place}");
        telemetry.record(&url, "{}").timed_out();
    }
    let unrecorded = telemetry.stats().unrecorded;
    assert_eq!((unrecorded.len(), unrecorded["_OTHER"]), (65, 36));
}

#[test]
fn a_wrapped_client_whose_http_client_is_replaced_is_in_the_log() {
    alone("replaces_a_transport", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn replaces_a_transport() {
    let log = Log::start();
    let (telemetry, provider) = (telemetry(), Provider::start([hello()]));
    let http = reqwest::Client::new();
    drop(telemetry.openai(OpenAIConfig::new()).client());
    drop(
        telemetry
            .openai(OpenAIConfig::new())
            .http(http.clone())
            .client(),
    );
    drop(telemetry.wrap_with(bare(&provider), Wrap::new().http(http.clone())));
    drop(telemetry.wrap(http));
    assert_eq!(telemetry.stats().warnings.len(), 0);
    drop(telemetry.wrap(bare(&provider)));
    drop(telemetry.wrap(bare(&provider)));
    let line = log.line("replaced the HTTP client");
    assert!(line.contains("WARN turnspan-pipeline "), "{line}");
    assert!(
        line.contains("`telemetry.openai(config).http(client).client()`"),
        "{line}"
    );
    assert_eq!(telemetry.stats().warnings[&Warning::TransportReplaced], 2);
}

#[test]
fn a_spool_that_became_memory_is_in_the_log() {
    alone("has_no_spool", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn has_no_spool() {
    let log = Log::start();
    let folder = Folder::of("no_spool");
    let spool = turnspan::SpoolSettings::durable().path(taken(&folder));
    let tes = turnspan::Tes::new("http://127.0.0.1:1", "acme", "tes_key").unwrap();
    let telemetry = turnspan::builder().tes(tes.spool(spool)).build().unwrap();
    let line = log.line("turns wait in memory");
    assert!(line.contains("WARN turnspan-pipeline "), "{line}");
    assert!(
        line.contains("name another file with TES_SPOOL_PATH"),
        "{line}"
    );
    assert_eq!(telemetry.stats().faults[&Fault::SpoolUnavailable], 1);
}

#[test]
fn a_spool_that_a_variable_asks_for_is_an_error_where_it_cannot_be() {
    let folder = Folder::of("required_spool");
    let start = |settings: &str| {
        let file = folder.path().join("turnspan.toml");
        fs::write(&file, settings).unwrap();
        turnspan::builder().file(file).unwrap().build()
    };
    let account =
        "TES_ENDPOINT = 'http://127.0.0.1:1'\nTES_CLIENT_ID = 'acme'\nTES_API_KEY = 'k'\n";
    let path = format!("TES_SPOOL_PATH = '{}'\n", taken(&folder).display());
    let error = start(&format!("{account}{path}")).unwrap_err().to_string();
    assert!(
        error.starts_with("TES_SPOOL_PATH asks for a spool in a file, but there can be none: "),
        "{error}"
    );
    assert!(
        error.ends_with("set TES_DURABILITY=best_effort to keep turns in memory"),
        "{error}"
    );
    let in_memory = format!("{account}{path}TES_DURABILITY = 'best_effort'\n");
    drop(start(&in_memory).unwrap());
}

#[test]
fn calls_after_the_guard_was_dropped_are_in_the_log() {
    alone("drops_its_guard", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn drops_its_guard() {
    let log = Log::start();
    let provider = Provider::start([hello()]);
    let telemetry = telemetry();
    let ai = telemetry.wrap_with(bare(&provider), Wrap::new().http(reqwest::Client::new()));
    drop(telemetry);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for _ in 0..3 {
        runtime.block_on(ai.chat().create(ask("Hello!"))).unwrap();
    }
    let line = log.line("telemetry has ended");
    assert!(line.contains("WARN turnspan-warning "), "{line}");
    assert!(
        line.contains("keep the guard that `turnspan::init()` returns"),
        "{line}"
    );
}

#[test]
fn spans_of_a_layer_after_the_guard_was_dropped_are_in_the_log() {
    alone("keeps_its_layer", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn keeps_its_layer() {
    let log = Log::default();
    let telemetry = telemetry();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false);
    let layer = layer.with_thread_names(true).with_writer(log.clone());
    tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(layer)
        .init();
    let span = || tracing::info_span!("call", gen_ai.operation.name = "chat").in_scope(|| {});
    span();
    tracing::info_span!("open").in_scope(|| drop(telemetry));
    // What was open at the end began before it.
    assert!(!log.text().contains("telemetry has ended"));
    span();
    span();
    let line = log.line("telemetry has ended");
    assert!(line.contains("WARN turnspan-warning "), "{line}");
}

#[test]
fn calls_that_the_end_ends_are_no_calls_after_it() {
    let telemetry = telemetry();
    let open = telemetry.record(URL, "{}");
    telemetry.shutdown(PATIENCE).unwrap();
    open.response(r#"{"choices": []}"#);
    assert!(telemetry.stats().warnings.is_empty());
    telemetry.record(URL, "{}").timed_out();
    assert_eq!(telemetry.stats().warnings[&Warning::GuardDropped], 1);
}

#[test]
fn a_variable_of_an_unknown_name_is_in_the_log() {
    let variables = [
        ("TES_ENDPONT", "https://tes.example"),
        ("TURNSPAN_SEMCOV", "latest"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGES", "true"),
        ("OTEL_PROPAGATORS", "b3"),
    ];
    alone("has_unknown_variables", &variables);
}

#[test]
#[ignore = "a child of the test above"]
fn has_unknown_variables() {
    let log = Log::start();
    let builder = turnspan::builder().env().unwrap();
    let telemetry = builder.span_exporter(Kept::default()).build().unwrap();
    telemetry.flush(PATIENCE).unwrap();
    for line in [
        "unknown variable `TES_ENDPONT` is ignored; did you mean `TES_ENDPOINT`?",
        "unknown variable `TURNSPAN_SEMCOV` is ignored; did you mean `TURNSPAN_SEMCONV`?",
        "`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGES` is ignored; did you mean \
         `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`?",
        "OTEL_PROPAGATORS: `b3` is not supported and was ignored",
    ] {
        assert!(log.line(line).contains("WARN turnspan-pipeline "), "{line}");
    }
    assert!(telemetry.stats().warnings[&Warning::SettingIgnored] >= 4);
}

#[test]
fn a_stream_without_tokens_that_nobody_asked_for_is_in_the_log() {
    alone("streams_without_usage", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn streams_without_usage() {
    let log = Log::start();
    let usage = json!({
        "messages": [{"role": "user", "content": "Hello!"}],
        "stream_options": {"include_usage": true},
    });
    let asked = [request(&usage), ask("Hello!"), ask("Hello!")];
    let reply = || Reply::sse(openai::stream(&["Hi."], false));
    let harness = Harness::start([reply()]);
    let ai = harness.telemetry.openai(config(&harness.provider)).client();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for request in asked {
        runtime.block_on(async {
            let mut stream = ai.chat().create_stream(request).await.unwrap();
            while let Some(chunk) = stream.next().await {
                chunk.unwrap();
            }
        });
    }
    assert_eq!(harness.spans().len(), 3);
    let line = log.line("a stream had no token counts");
    assert!(line.contains("WARN turnspan-pipeline "), "{line}");
    assert!(
        line.contains(r#"`"stream_options": {"include_usage": true}`"#),
        "{line}"
    );
    let stats = harness.telemetry.stats();
    assert_eq!(stats.warnings[&Warning::UsageNotRequested], 2, "{stats}");
}

#[test]
fn a_layer_beside_another_of_opentelemetry_is_in_the_log() {
    alone("has_two_layers", &[]);
}

#[test]
#[ignore = "a child of the test above"]
fn has_two_layers() {
    let log = Log::start();
    let telemetry = telemetry();
    let provider = SdkTracerProvider::builder().build();
    let theirs = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    let subscriber = tracing_subscriber::registry().with(theirs);
    drop(subscriber.with(telemetry.layer()));
    for _ in 0..2 {
        telemetry.record(URL, "{}").timed_out();
    }
    let line = log.line("OpenTelemetry layer already");
    assert!(line.contains("WARN turnspan-pipeline "), "{line}");
}
