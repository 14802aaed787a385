//! What leaves the process: secrets are planted everywhere, and every byte that
//! leaves is searched for them, under each setting of the gates.

use super::spool::{Folder, closed_port};
use super::support::foreign::MAKERS;
use super::support::harness::tes_at;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, openai};
use super::support::tes_receiver::{Answer, TesReceiver};
use serde_json::json;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{
    Action, Builder, CaptureMode, Conversation, Otlp, Redaction, SpoolSettings, Telemetry, Tes,
    TurnGrouping, UserIds,
};

/// What is planted, and what it is called on the page.
const CANARIES: [(&str, &str); 16] = [
    ("canary-prompt", "what the user says"),
    ("canary-system", "system prompt"),
    ("canary-answer", "what the model says"),
    ("canary-arguments", "arguments of tools"),
    ("canary-result", "results of tools"),
    ("canary-definition", "definitions of tools"),
    ("canary-file", "names of files"),
    ("canary-error", "texts of errors"),
    (
        "canary-parameter",
        "arguments of `#[instrument]` functions with `gen_ai.*` fields",
    ),
    ("canary-return", "what they return (`ret`)"),
    ("canary-log", "their log lines"),
    ("canary-user", "user id"),
    ("canary-metadata", "metadata of conversations"),
    ("canary-key", "API keys, in headers"),
    ("canary-query", "queries of URLs"),
    ("canary-password", "user and password of URLs"),
];

/// What leaves, by where it goes to.
#[derive(Default)]
struct Left {
    otlp: Vec<u8>,
    tes: Vec<u8>,
    /// Our own log lines, at the finest level.
    log: Vec<u8>,
    debug: Vec<u8>,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_in(bytes: &[u8], canary: &str) -> bool {
    bytes
        .windows(canary.len())
        .any(|window| window == canary.as_bytes())
}

#[tracing::instrument(ret, err, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
async fn tool(parameter: &str) -> Result<String, io::Error> {
    tracing::info!("canary-log: {parameter}");
    Ok("canary-return".to_owned())
}

/// An ordinary function: its errors are those of the call in it.
#[tracing::instrument(skip_all, err)]
async fn ask(telemetry: &Telemetry, provider: &Provider, body: &str) -> Result<String, String> {
    let base = provider
        .base_url()
        .replace("http://", "http://u:canary-password@");
    let request = reqwest::Client::new()
        .post(format!("{base}/chat/completions?key=canary-query"))
        .bearer_auth("canary-key")
        .body(body.to_owned());
    let answer = telemetry
        .send(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() {
        return Ok(text);
    }
    tracing::error!(error = %text, "the call failed: {text}");
    Err(text)
}

fn body() -> String {
    let said = json!([
        {"role": "system", "content": "canary-system"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function",
            "function": {"name": "f", "arguments": "{\"a\":\"canary-arguments\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "canary-result"},
        {"role": "user", "content": [{"type": "text", "text": "canary-prompt"},
            {"type": "file", "file": {"filename": "canary-file", "file_data": "data:text/plain;base64,QQ=="}}]},
    ]);
    let tools = json!([{"type": "function", "function":
        {"name": "f", "description": "canary-definition", "parameters": {}}}]);
    json!({"model": "gpt-4o", "messages": said, "tools": tools}).to_string()
}

fn answers() -> [Reply; 2] {
    let mut good = openai::tool_call("c2", "f", r#"{"a":"canary-arguments"}"#);
    good["choices"][0]["message"]["content"] = json!("canary-answer");
    [
        Reply::json(good),
        // As providers do, it repeats what it was sent.
        openai::error(
            400,
            "invalid_request_error",
            "canary-error: canary-key, canary-query, canary-password",
        ),
    ]
}

async fn left(configure: impl FnOnce(Builder, Tes) -> Builder) -> Left {
    let (otlp, tes, log) = (OtlpReceiver::start(), TesReceiver::start(), Log::default());
    let settings = tes_at(&tes.url(), "tes_canary-key");
    let spans = Otlp::new(&otlp.url())
        .unwrap()
        .header("authorization", "canary-key");
    let builder = configure(turnspan::builder().otlp(spans.clone()), settings.clone());
    let mut debug = format!("{settings:?} {spans:?} {builder:?}");
    let telemetry = builder.build().unwrap();
    let writer = {
        let log = log.clone();
        move || log.clone()
    };
    let ours =
        tracing_subscriber::filter::Targets::new().with_target("turnspan", LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry()
        .with(
            tracing_subscriber::fmt::layer()
                .with_writer(writer)
                .with_filter(ours),
        )
        .with(telemetry.layer());
    let provider = Provider::start(answers());
    let conversation = Conversation::new("c1")
        .user("canary-user")
        .metadata("k", "canary-metadata");
    let calls = async {
        ask(&telemetry, &provider, &body()).await.unwrap();
        ask(&telemetry, &provider, &body()).await.unwrap_err();
        tool("canary-parameter").await.unwrap();
    };
    write!(debug, "{conversation:?}").unwrap();
    conversation
        .scope(calls)
        .with_subscriber(Dispatch::new(subscriber))
        .await;
    telemetry.flush(Duration::from_secs(10)).unwrap();
    write!(debug, "{telemetry:?} {}", telemetry.stats()).unwrap();
    drop(telemetry);
    let bodies = |bodies: Vec<bytes::Bytes>| bodies.concat();
    let traces = otlp.requests().into_iter().map(|(_, body)| body);
    Left {
        otlp: bodies(
            traces
                .chain(otlp.metric_bodies())
                .chain(otlp.log_bodies())
                .collect(),
        ),
        tes: bodies(
            tes.requests()
                .into_iter()
                .map(|request| request.body)
                .collect(),
        ),
        log: log.0.lock().unwrap().clone(),
        debug: debug.into_bytes(),
    }
}

/// Every byte of a spool's files after calls whose events it keeps: those that a
/// receiver refused, those that wait for one, and a turn that goes on.
async fn spooled(name: &str, configure: impl Fn(Tes) -> Tes) -> Vec<u8> {
    let folder = Folder::of(name);
    let refuse = Answer::GraphqlError("no".to_owned());
    let refusing = TesReceiver::scripted([refuse.clone(), refuse]);
    let dead = format!("http://127.0.0.1:{}", closed_port());
    for url in [refusing.url(), dead] {
        let spool = SpoolSettings::durable().path(folder.spool());
        let tes = Tes::new(&url, "acme", "tes_canary-key")
            .unwrap()
            .spool(spool);
        let tes = configure(tes.turn_grouping(TurnGrouping::Turn));
        let telemetry = turnspan::builder().tes(tes).build().unwrap();
        let provider = Provider::start(answers());
        let conversation = Conversation::new("c1")
            .user("canary-user")
            .metadata("k", "canary-metadata");
        let calls = async {
            ask(&telemetry, &provider, &body()).await.unwrap();
            ask(&telemetry, &provider, &body()).await.unwrap_err();
        };
        conversation.scope(calls).await;
        drop(telemetry.flush(Duration::from_millis(500)));
        let books = telemetry.stats().destinations["tes"].clone();
        assert_eq!(
            (books.open, books.dead_lettered + books.spooled),
            (1, 1),
            "{books}"
        );
        // As it is while the process lives, and as it is when it is over.
        folder.copy_to(&format!("{name}_alive"));
        drop(telemetry.shutdown(Duration::from_millis(500)));
    }
    [
        folder.bytes(),
        Folder::named(&format!("{name}_alive")).bytes(),
    ]
    .concat()
}

#[tokio::test]
async fn the_spool_has_no_more_than_may_leave() {
    let is_secret =
        |canary: &str| ["canary-key", "canary-query", "canary-password"].contains(&canary);
    let all = spooled("canaries_all", |tes| tes).await;
    assert!(is_in(&all, "canary-prompt") && is_in(&all, "canary-user"));
    let without_content = spooled("canaries_no_content", |tes| {
        tes.capture_content(false).user_ids(UserIds::omitted())
    })
    .await;
    let redacted = spooled("canaries_redacted", |tes| {
        let rules = Redaction::new().pattern("CANARY", "canary-[a-z]+", Action::Label);
        tes.user_ids(UserIds::hmac("pepper")).redact(rules.unwrap())
    })
    .await;
    assert!(is_in(&redacted, "[CANARY]"));
    for (canary, _) in CANARIES {
        assert!(!is_secret(canary) || !is_in(&all, canary), "{canary}");
        let is_metadata = canary == "canary-metadata";
        assert!(is_metadata || !is_in(&without_content, canary), "{canary}");
        assert!(!is_in(&redacted, canary), "{canary}");
    }
    #[cfg(feature = "cli")]
    for name in ["canaries_all", "canaries_no_content", "canaries_redacted"] {
        let shown = shown_by_the_command_line(&Folder::named(name));
        for (canary, _) in CANARIES {
            assert!(
                !is_secret(canary) || !is_in(&shown, canary),
                "{name}: {canary}"
            );
            assert!(
                name == "canaries_all" || canary == "canary-metadata" || !is_in(&shown, canary),
                "{name}: {canary}"
            );
        }
    }
}

/// Everything that the command line says of a spool.
#[cfg(feature = "cli")]
fn shown_by_the_command_line(folder: &Folder) -> Vec<u8> {
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_turnspan"));
        let output = command
            .args(arguments)
            .arg("--path")
            .arg(folder.spool())
            .env("TES_API_KEY", "tes_canary-key")
            .output()
            .unwrap();
        assert!(!output.stdout.is_empty(), "{output:?}");
        [output.stdout, output.stderr].concat()
    };
    let commands: [&[&str]; 4] = [
        &["spool", "status", "--json"],
        &["spool", "list"],
        &["spool", "list", "--json"],
        &["spool", "export"],
    ];
    commands.into_iter().flat_map(run).collect()
}

/// The settings of the page, with what each is called there.
async fn under_every_setting() -> Vec<(&'static str, Left)> {
    let identity = |builder: Builder| builder.identity_on_spans(true);
    // `tracing` meets the places that log for the first time here: while another
    // test does the same it may not yet hear of a subscriber.
    drop(left(Builder::tes).await);
    vec![
        ("defaults", left(Builder::tes).await),
        (
            "`SPAN_ONLY`",
            left(|builder, tes| builder.tes(tes).capture(CaptureMode::SpanOnly)).await,
        ),
        (
            "`EVENT_ONLY`",
            left(|builder, tes| builder.tes(tes).capture(CaptureMode::EventOnly)).await,
        ),
        (
            "`identity_on_spans(true)`",
            left(|builder, tes| identity(builder.tes(tes))).await,
        ),
        (
            "`TES_CAPTURE_CONTENT=false`",
            left(|builder, tes| builder.tes(tes.capture_content(false))).await,
        ),
    ]
}

/// Promise, leaves: No more leaves than [the page](what-leaves.md) says, under every
/// setting; keys are in none of it.
#[tokio::test]
async fn what_leaves_is_what_the_page_says() {
    let found = under_every_setting().await;
    for (setting, left) in &found {
        for (canary, _) in CANARIES {
            let is_secret = ["canary-key", "canary-query", "canary-password"].contains(&canary);
            for bytes in [&left.otlp, &left.tes] {
                assert!(!(is_secret && is_in(bytes, canary)), "{setting}: {canary}");
            }
            assert!(
                !is_in(&left.log, canary),
                "{setting}: {canary} is in the log"
            );
            let is_theirs = ["canary-user", "canary-metadata"].contains(&canary);
            assert!(
                is_theirs || !is_in(&left.debug, canary),
                "{setting}: {canary} in Debug"
            );
        }
        assert!(!left.otlp.is_empty() && !left.tes.is_empty() && !left.log.is_empty());
    }
    let (_, defaults) = &found[0];
    for (canary, _) in CANARIES {
        assert!(!is_in(&defaults.otlp, canary), "{canary} left by OTLP");
    }
    let (_, captured_off) = &found[4];
    for (canary, _) in CANARIES {
        let may = ["canary-user", "canary-metadata"].contains(&canary);
        assert!(
            may || !is_in(&captured_off.tes, canary),
            "{canary} left to TES"
        );
    }
    let page = page(&found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/what-leaves.md");
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/what-leaves.md differs: run with TURNSPAN_UPDATE=1\n{page}"
    );
}

fn page(found: &[(&str, Left)]) -> String {
    let mut page = String::from(
        "# What leaves your process\n\n\
         The table is written by a test (`tests/it/canaries.rs`) that plants a secret of each kind\n\
         in calls and functions, and searches every byte that leaves for it: spans, metrics and log\n\
         records by OTLP, turns to TES. Our own log lines at any level, and what `Debug` and `stats` show, have\n\
         none of them.\n\n| |",
    );
    for (setting, _) in found {
        write!(page, " {setting}: OTLP | TES |").unwrap();
    }
    page.push_str("\n|---|");
    page.push_str(&"---|---|".repeat(found.len()));
    for (canary, name) in CANARIES {
        write!(page, "\n| {name} |").unwrap();
        for (_, left) in found {
            let cell = |bytes: &[u8]| if is_in(bytes, canary) { "yes" } else { "no" };
            write!(page, " {} | {} |", cell(&left.otlp), cell(&left.tes)).unwrap();
        }
    }
    page.push_str(
        "\n\nAlways: names of models, functions, tools and spans, numbers, times, ids of traces,\n\
         conversations, answers and tool calls, hosts and ports, outcomes and types of errors. Fields\n\
         and events of spans that have nothing to do with calls are yours, and leave as you wrote\n\
         them: `#[instrument]` without `skip_all` makes attributes of a function's arguments.\n",
    );
    page.push_str(RULE);
    for maker in MAKERS {
        let left = maker.left();
        let all = maker.names.iter().chain(maker.content);
        let (leaves, stays): (Vec<&str>, Vec<&str>) =
            all.partition(|key| left.iter().any(|it| it == *key));
        let code = |keys: &[&str]| format!("`{}`", keys.join("`, `"));
        writeln!(
            page,
            "| {} | {} | {} |",
            maker.name,
            code(&leaves),
            code(&stays)
        )
        .unwrap();
    }
    page
}

/// What the gate does with spans that others make.
const RULE: &str = "
## Spans of other instrumentations

What leaves with a span by OTLP, or to another exporter of spans, is decided attribute by
attribute, whoever made the span. The same holds for its events and links, and for log records.
`WithoutContent` does it for exporters elsewhere.

A span is one of generative AI if anything known marks it as one: an attribute (`gen_ai.*`,
`llm.*`, `openinference.*`, `traceloop.*`, `langfuse.*`, ...), its instrumentation scope, or its
name. On such spans:

- Numbers and flags leave, and lists of up to 16 of them. Longer lists are content in another
  form (embeddings, tokens, sound). A field without a namespace is an argument or a result of a
  function: its number leaves only if the instrumentation is known to write a count there.
- A text leaves if its key is known to hold a name, an id or an enumeration, or if you allow the
  key: `Builder::allow_attribute(\"shop.*\")`, `TURNSPAN_ALLOW_ATTRIBUTES=shop.*,cart.id`. `tracing`
  hands on unsigned numbers (`u64`, `usize`) as texts.
- Every other text is content, also by a key that nobody knows. It leaves only with content
  (`SPAN_ONLY`, `SPAN_AND_EVENT`).
- Who it was (`user.id`, `user.email`, `enduser.id`, `client.address`, ...) leaves only with
  `Builder::identity_on_spans`.
- URLs lose user, password, fragment and the values of their query. Headers never leave, but for
  ids of requests and limits of rates.
- A log line becomes the event `log`, without its text.
- A span keeps its name if the name is a literal of the source, comes from `Telemetry::layer`
  (`#[instrument]`, `otel.name`), is one word, or is an operation with a name that leaves
  (`chat gpt-4o`). Any other name becomes the operation.

An allowed key with `*` opens what nobody knows. Known content stays unless the allowed key is as
long as the known one: `gen_ai.*` does not open `gen_ai.prompt.0.content`, `gen_ai.prompt.*` does.

All other spans are untouched, but for keys with a namespace that are known to hold content, such
as `input.value`: these are held back wherever they stand.

The test sends a span with all of these texts for each instrumentation:

| written by | leaves | stays |
|---|---|---|
";
