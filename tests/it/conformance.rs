//! Every signal of every operation, in both states of the conventions: names,
//! types, kinds, units, buckets, levels, and the shape of what was said.

use super::support::anthropic;
use super::support::harness::{Harness, PATIENCE};
use super::support::meters::Meters;
use super::support::provider::{Reply, openai};
use super::support::registry::{self, Registry};
use super::support::seams::{Format, Seam, drain};
use futures::StreamExt as _;
use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample, SpanData};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{CaptureMode, Conventions, Conversation, Decision, ToolCall};

/// Every call that the script makes, with all that a provider can answer.
fn replies() -> Vec<Reply> {
    let mut usage = openai::usage();
    usage["completion_tokens_details"] = json!({"reasoning_tokens": 2});
    let mut whole = openai::tool_call("call_1", "search", r#"{"q":"shoes"}"#);
    whole["usage"] = usage;
    whole["service_tier"] = json!("default");
    whole["system_fingerprint"] = json!("fp_1");
    let message = anthropic::with_content(
        &json!([
            {"type": "thinking", "thinking": "Shoes?", "signature": "s"},
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"q": "shoes"}},
        ]),
        "tool_use",
    );
    vec![
        openai::error(429, "rate_limit_error", "Slow down.").header("retry-after", "0"),
        Reply::json(whole),
        Reply::sse(openai::stream(&["Hel", "lo."], true)),
        Reply::sse(openai::stream(&["Hel", "lo."], true)),
        openai::error(400, "invalid_request_error", "No."),
        Reply::json(message),
        anthropic::sse(anthropic::stream(&["Hel", "lo."])),
    ]
}

fn requests() -> [Value; 2] {
    let search = json!({"name": "search", "description": "Finds shoes.",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}}});
    let openai = json!({"model": "gpt-4o", "n": 2, "seed": 7, "temperature": 0.5, "top_p": 0.9,
    "frequency_penalty": 0.1, "presence_penalty": 0.2, "max_tokens": 100, "stop": ["END"],
    "reasoning_effort": "low", "service_tier": "flex", "response_format": {"type": "json_object"},
    "tools": [{"type": "function", "function": search}],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            {"type": "image_url", "image_url": {"url": "https://example.com/shoe.png"}}]},
        {"role": "assistant", "tool_calls": [{"id": "call_0", "type": "function",
            "function": {"name": "search", "arguments": "{\"q\":\"boots\"}"}}]},
        {"role": "tool", "tool_call_id": "call_0", "content": "none"},
    ]});
    let anthropic = json!({"model": "claude-sonnet-4", "max_tokens": 100, "top_k": 5,
        "system": "Be brief.", "output_config": {"effort": "low"},
        "tools": [{"name": "search", "input_schema": {"type": "object"}},
            {"type": "web_search_20250305", "name": "web_search"}],
        "messages": [{"role": "user", "content": "Hello!"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_0", "name": "search", "input": {"q": "boots"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_0", "content": "none"}]}]});
    [openai, anthropic]
}

/// Functions of a user's: every operation that no client of ours makes.
mod functions {
    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "embeddings",
        gen_ai.provider.name = "openai", gen_ai.request.model = "text-embedding-3-small",
        gen_ai.embeddings.dimension.count = 256, gen_ai.request.encoding_formats = ?["float"],
        gen_ai.usage.input_tokens = 5_u64))]
    pub(super) fn embed() {}

    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "retrieval",
        gen_ai.data_source.id = "shoes", gen_ai.retrieval.top_k = 5_u64,
        gen_ai.retrieval.query.text = "boots",
        gen_ai.retrieval.documents = r#"[{"id":"a","score":0.5}]"#))]
    pub(super) fn retrieve() {}

    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "execute_tool",
        gen_ai.tool.name = "search", gen_ai.tool.type = "function",
        gen_ai.tool.call.id = "call_1", gen_ai.tool.description = "Finds shoes.",
        gen_ai.tool.call.arguments = r#"{"q":"shoes"}"#, gen_ai.tool.call.result = r#"{"n":0}"#))]
    pub(super) fn execute() {}

    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "create_agent",
        gen_ai.provider.name = "openai", gen_ai.agent.name = "buyer", gen_ai.agent.id = "asst_1",
        gen_ai.agent.description = "Buys.", gen_ai.request.model = "gpt-4o"))]
    pub(super) fn create() {}

    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "invoke_workflow",
        gen_ai.workflow.name = "order"))]
    pub(super) fn order() {}

    #[tracing::instrument(skip_all, err, fields(gen_ai.operation.name = "text_completion",
        gen_ai.provider.name = "openai", gen_ai.request.model = "davinci-002"))]
    pub(super) fn complete() -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "generate_content",
        gen_ai.provider.name = "gcp.gemini", gen_ai.request.model = "gemini-2.5-flash",
        gen_ai.request.top_k = 40, gen_ai.usage.cache_creation.input_tokens = 8_u64,
        gen_ai.conversation.id = "c2"))]
    pub(super) fn generate() {
        tracing::info!(gen_ai.usage.cache_creation.input_tokens = 8, "counted");
    }
}

/// Samples all, and keeps what spans were given when they began.
#[derive(Debug, Clone, Default)]
struct AtCreation(Arc<Mutex<Vec<Vec<KeyValue>>>>);

impl ShouldSample for AtCreation {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        self.0.lock().unwrap().push(attributes.to_vec());
        Sampler::AlwaysOn.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

/// What all of it left behind.
struct Emitted {
    spans: Vec<SpanData>,
    logs: InMemoryLogExporter,
    at_creation: AtCreation,
    meters: Meters,
    harness: Harness,
}

async fn emit(conventions: Conventions) -> Emitted {
    let (meters, at_creation) = (Meters::new(), AtCreation::default());
    let logs = InMemoryLogExporter::default();
    let loggers = SdkLoggerProvider::builder()
        .with_simple_exporter(logs.clone())
        .build();
    let harness = Harness::with(replies(), |builder| {
        builder
            .semconv(conventions)
            .capture(CaptureMode::SpanAndEvent)
            .full_tool_definitions(true)
            .identity_on_spans(true)
            .moments_as_logs(true)
            .meter_provider(&meters.provider)
            .logger_provider(&loggers)
            .sampler(at_creation.clone())
    });
    let subscriber = tracing_subscriber::registry().with(harness.telemetry.layer());
    let conversation = Conversation::new("c1").user("u_1").metadata("plan", "pro");
    let everything = async {
        calls(&harness).await;
        interact(&harness);
        functions::embed();
        functions::retrieve();
        functions::execute();
        functions::create();
        functions::order();
        functions::complete().unwrap_err();
        functions::generate();
    };
    conversation
        .scope(everything.with_subscriber(subscriber))
        .await;
    let spans = harness.spans();
    Emitted {
        spans,
        logs,
        at_creation,
        meters,
        harness,
    }
}

async fn calls(harness: &Harness) {
    let [openai, anthropic] = requests();
    let client = harness
        .telemetry
        .wrap(super::support::seams::retrying(harness.http.clone()));
    let send = async |format: Format, request: &Value, stream: bool| {
        let mut body = request.clone();
        body["stream"] = stream.into();
        let request = harness
            .http
            .post(format.url(harness))
            .body(body.to_string());
        client.execute(request.build().unwrap()).await.unwrap()
    };
    // A refusal that a retry mends, then the answer.
    send(Format::OpenAi, &openai, false)
        .await
        .bytes()
        .await
        .unwrap();
    send(Format::OpenAi, &openai, true)
        .await
        .bytes()
        .await
        .unwrap();
    // A stream that its reader lets go of.
    let mut dropped = send(Format::OpenAi, &openai, true).await.bytes_stream();
    dropped.next().await.unwrap().unwrap();
    drop(dropped);
    drain(
        Seam::Reqwest
            .call(harness, Format::OpenAi, false)
            .await
            .unwrap(),
    )
    .await;
    send(Format::Anthropic, &anthropic, false)
        .await
        .bytes()
        .await
        .unwrap();
    send(Format::Anthropic, &anthropic, true)
        .await
        .bytes()
        .await
        .unwrap();
}

fn interact(harness: &Harness) {
    let interaction = harness
        .telemetry
        .interaction("orders")
        .input("Where?")
        .begin();
    let search = ToolCall::new("search").input(json!({"q": "shoes"}));
    interaction.tool_call(
        search
            .output(json!({"n": 0}))
            .duration(Duration::from_millis(5)),
    );
    interaction.tool_call(
        ToolCall::new("pay")
            .error("declined", "No money.")
            .cost(0.25),
    );
    interaction.decision(Decision::new("late").alternatives(["wait"]).confidence(0.8));
    interaction.metric("score", 9.5);
    interaction.set_output("There.");
    interaction.finish();
}

const MOMENTS: [&str; 5] = [
    "gen_ai.prompt.sent",
    "gen_ai.stream.first_token",
    "gen_ai.retry",
    "gen_ai.tool.call",
    "gen_ai.response.received",
];

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Spans are held against the registry when the harness goes; here only that
/// none was forgotten.
fn assert_spans(emitted: &Emitted) {
    let spans = &emitted.spans;
    registry::assert_conforms(spans);
    let declared = Registry::load().upstream.spans;
    // Those of ours are in `operations.rs`.
    let declared = declared.iter().filter(|row| !row.is_ours());
    let declared = declared.flat_map(|row| &row.operations);
    let operation = |span: &SpanData| registry::text(&span.attributes, "gen_ai.operation.name");
    let made: BTreeSet<String> = spans.iter().filter_map(operation).collect();
    assert_eq!(made, set(declared.map(String::as_str)));
    let events = spans.iter().flat_map(|span| &span.events.events);
    let events = set(events.map(|event| event.name.as_ref()));
    assert!(events.is_superset(&set(MOMENTS)), "{events:?}");
    assert!(events.contains("turnspan.decision"));
}

/// Samplers decide by what spans are given when they begin: of what the
/// conventions want there, all that the span has in the end.
fn assert_at_creation(emitted: &Emitted) {
    let rows = Registry::load().upstream.spans;
    let created = emitted.at_creation.0.lock().unwrap();
    let mut seen = 0;
    for span in &emitted.spans {
        let operation = registry::text(&span.attributes, "gen_ai.operation.name").unwrap();
        let row = rows
            .iter()
            .find(|row| row.operations.contains(&operation))
            .unwrap();
        let wanted = row.at_creation.iter();
        let wanted: Vec<KeyValue> = wanted
            .filter_map(|key| span.attributes.iter().find(|it| it.key.as_str() == key))
            .cloned()
            .collect();
        seen += wanted.len();
        let has_all = |given: &&Vec<KeyValue>| wanted.iter().all(|it| given.contains(it));
        assert!(
            created.iter().any(|given| has_all(&given)),
            "{}: {wanted:?}",
            span.name
        );
    }
    assert!(created.len() == emitted.spans.len() && seen > 40, "{seen}");
}

fn assert_logs(emitted: &Emitted) {
    let records = emitted.logs.get_emitted_logs().unwrap();
    let mut names = BTreeSet::new();
    for record in &records {
        let name = record.record.event_name().unwrap();
        names.insert(name.to_owned());
        let severity = record.record.severity_number().unwrap() as i32;
        let is_error = name == "gen_ai.client.operation.exception";
        assert_eq!(severity, if is_error { 13 } else { 9 }, "{name}");
        assert_eq!(record.record.severity_text(), None, "{name}");
        let attributes = record.record.attributes_iter();
        let attributes: Vec<_> = attributes
            .map(|(key, value)| (key.to_string(), value.clone()))
            .collect();
        let found = registry::check_record(&record.instrumentation, &attributes);
        assert_eq!(found, Vec::<String>::new(), "{name}");
    }
    let mut expected = set(MOMENTS);
    let details = [
        "gen_ai.client.inference.operation.details",
        "gen_ai.client.operation.exception",
    ];
    expected.extend(set(details));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn what_is_published_is_spoken_by_default() {
    assert_eq!(Conventions::default(), Conventions::Published);
    let emitted = emit(Conventions::Published).await;
    assert_spans(&emitted);
    assert_at_creation(&emitted);
    assert_logs(&emitted);
    let measured = emitted.meters.read();
    let calls = measured.keys().filter(|name| name.starts_with("gen_ai."));
    assert_eq!(
        calls.collect::<Vec<_>>(),
        [
            "gen_ai.client.operation.duration",
            "gen_ai.client.operation.time_per_output_chunk",
            "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.client.token.usage",
        ]
    );
    emitted.harness.telemetry.shutdown(PATIENCE).unwrap();
}

#[tokio::test]
async fn every_rename_is_applied_where_it_is_asked_for() {
    let emitted = emit(Conventions::Latest).await;
    assert_spans(&emitted);
    assert_at_creation(&emitted);
    assert_logs(&emitted);
    let all = format!("{:?}", emitted.spans);
    assert!(all.contains("gen_ai.usage.cache_write.input_tokens"));
    assert!(!all.contains("cache_creation"));
    let measured = emitted.meters.read();
    let calls = measured.keys().filter(|name| name.starts_with("gen_ai."));
    assert_eq!(
        calls.collect::<Vec<_>>(),
        [
            "gen_ai.client.inference.duration",
            "gen_ai.client.inference.operation.input_tokens",
            "gen_ai.client.inference.operation.output_tokens",
            "gen_ai.client.inference.time_per_output_chunk",
            "gen_ai.client.inference.time_to_first_chunk",
            "gen_ai.client.inference.usage.cache_read.input_tokens",
            "gen_ai.client.inference.usage.cache_write.input_tokens",
            "gen_ai.client.inference.usage.input_tokens",
            "gen_ai.client.inference.usage.output_tokens",
            "gen_ai.client.inference.usage.reasoning.output_tokens",
            "gen_ai.execute_tool.duration",
            "gen_ai.invoke_agent.duration",
            "gen_ai.invoke_agent.tool_calls",
        ]
    );
    // The counters tell in sum what the histograms tell by call.
    let sum = |name: &str| measured[name].iter().map(|(.., sum)| sum).sum::<f64>();
    for kind in ["input_tokens", "output_tokens"] {
        let counted = sum(&format!("gen_ai.client.inference.usage.{kind}"));
        let by_call = sum(&format!("gen_ai.client.inference.operation.{kind}"));
        assert!(counted > 0.0 && (counted - by_call).abs() < 0.5, "{kind}");
    }
}

#[tokio::test]
async fn a_tool_names_its_conversation_only_in_the_latest_state() {
    for (conventions, expected) in [
        (Conventions::Published, None),
        (Conventions::Latest, Some("c1")),
    ] {
        let emitted = emit(conventions).await;
        let tools = emitted
            .spans
            .iter()
            .filter(|span| span.name == "execute_tool search");
        let ids: Vec<_> = tools
            .map(|span| registry::text(&span.attributes, "gen_ai.conversation.id"))
            .collect();
        assert_eq!(
            ids,
            [expected.map(str::to_owned), expected.map(str::to_owned)]
        );
    }
}

/// Turns are made of either: the numbers are the same.
#[tokio::test]
async fn turns_do_not_change_with_the_conventions() {
    let mut usages = Vec::new();
    for conventions in [Conventions::Published, Conventions::Latest] {
        let emitted = emit(conventions).await;
        let turns = emitted.spans.iter().filter_map(turnspan::Turn::from_span);
        usages.push(
            turns
                .map(|turn| format!("{:?}", turn.usage))
                .collect::<Vec<_>>(),
        );
    }
    assert!(
        usages[0]
            .iter()
            .any(|usage| usage.contains("cache_creation_input_tokens: Some(8)")),
        "{usages:?}"
    );
    assert_eq!(usages[0], usages[1]);
}
