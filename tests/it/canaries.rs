//! What leaves the process: secrets are planted everywhere, and every byte that
//! leaves is searched for them, under each setting of the gates.

use super::support::foreign::MAKERS;
use super::support::harness::tes_at;
use super::support::otlp_receiver::OtlpReceiver;
use super::support::planted::{CANARIES, SPOOLS, answers, call, is_in, is_secret};
use super::support::provider::Provider;
use super::support::tes_receiver::TesReceiver;
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
use turnspan::{Builder, CaptureMode, Conversation, Otlp, Telemetry, Tes};

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

#[tracing::instrument(ret, err, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
async fn tool(parameter: &str) -> Result<String, io::Error> {
    tracing::info!("canary-log: {parameter}");
    Ok("canary-return".to_owned())
}

/// An ordinary function: its errors are those of the call in it.
#[tracing::instrument(skip_all, err)]
async fn ask(telemetry: &Telemetry, provider: &Provider) -> Result<String, String> {
    let answered = call(telemetry, provider).await;
    if let Err(text) = &answered {
        tracing::error!(error = %text, "the call failed");
    }
    tracing::info!(order = 7, "canary-order loaded");
    tracing::warn!(target: "async_openai::client", "Server error: canary-client");
    answered
}

async fn left(configure: impl FnOnce(Builder, Tes) -> Builder) -> Left {
    let (otlp, tes, log) = (OtlpReceiver::start(), TesReceiver::start(), Log::default());
    let settings = tes_at(&tes.url(), "tes_canary-key");
    let spans = Otlp::new(&otlp.url())
        .unwrap()
        .header("authorization", "canary-key");
    let builder = turnspan::builder().full_tool_definitions(true);
    let builder = configure(builder.otlp(spans.clone()), settings.clone());
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
        ask(&telemetry, &provider).await.unwrap();
        ask(&telemetry, &provider).await.unwrap_err();
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

#[tokio::test]
async fn the_spool_has_no_more_than_may_leave() {
    for planted in SPOOLS {
        planted.check(&planted.spooled(planted.name).await);
    }
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
        (
            "`TURNSPAN_CAPTURE_ERROR_TEXTS=true`",
            left(|builder, tes| builder.tes(tes).capture_error_texts(true)).await,
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
            for bytes in [&left.otlp, &left.tes] {
                assert!(
                    !(is_secret(canary) && is_in(bytes, canary)),
                    "{setting}: {canary}"
                );
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
        let is_theirs = canary == "canary-order";
        assert_eq!(is_in(&defaults.otlp, canary), is_theirs, "{canary} by OTLP");
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
         and log lines of spans that are no calls, agents or tools are yours, and leave as you wrote\n\
         them, also around a call: `#[instrument]` without `skip_all` makes attributes of a\n\
         function's arguments, and `error!(\"failed: {text}\")` has the text. Write\n\
         `error!(error = %text, \"failed\")`: the field `error` is held back as a text of an error.\n",
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
- A log line becomes the event `log`, without its text. So do, in any span, lines of libraries
  that write prompts or errors: async-openai, reqwest (`connection_verbose`), rig, rmcp, the AWS
  SDK, tungstenite. They leave with content and texts of errors both on.
- Texts of errors leave only with `TURNSPAN_CAPTURE_ERROR_TEXTS`, also from functions around a call.
- A span keeps its name if the name is a literal of the source, comes from `Telemetry::layer`
  (`#[instrument]`, `otel.name`), is one word as functions and routes are called (no address, URL,
  JSON or key), or is an operation with a name that leaves (`chat gpt-4o`). Any other name becomes
  the operation.

An allowed key with `*` opens what nobody knows. Known content stays unless the allowed key is as
long as the known one: `gen_ai.*` does not open `gen_ai.prompt.0.content`, `gen_ai.prompt.*` does.

All other spans are untouched, but for keys with a namespace that are known to hold content, such
as `input.value`: these are held back wherever they stand.

The test sends a span with all of these texts for each instrumentation:

| written by | leaves | stays |
|---|---|---|
";
