//! What of spans of generative AI passes to destinations of spans, whoever made
//! them.

use super::support::captures;
use super::support::foreign::{MAKERS, through, without_content};
use super::support::otlp_receiver::OtlpReceiver;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, Span, SpanData};
use proptest::prelude::*;
use std::time::Duration;
use turnspan::{Builder, CaptureMode, Otlp, WithoutContent};

/// What is left of attributes on a span of generative AI.
fn left(attributes: impl IntoIterator<Item = KeyValue>) -> Vec<KeyValue> {
    let attributes: Vec<KeyValue> = attributes.into_iter().collect();
    let mut span = without_content("anybody", "chat", |span| {
        mark(span);
        span.set_attributes(attributes);
    });
    span.attributes.remove(0);
    span.attributes
}

fn mark(span: &mut Span) {
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
}

fn keys(attributes: &[KeyValue]) -> Vec<&str> {
    attributes.iter().map(|it| it.key.as_str()).collect()
}

fn texts(keys: &[&'static str]) -> Vec<KeyValue> {
    let text = |key: &&'static str| KeyValue::new(*key, "canary");
    keys.iter().map(text).collect()
}

/// Promise, leaves: Of spans of generative AI, whoever made them, names, ids and numbers
/// leave by OTLP, and content stays.
#[test]
fn content_of_any_instrumentation_stays_and_its_names_and_ids_leave() {
    for maker in MAKERS {
        assert_eq!(maker.left(), maker.names, "{}", maker.name);
        assert!(!maker.content.is_empty(), "{}", maker.name);
    }
}

/// Promise, leaves: A text under a key that nobody knows is content on spans of
/// generative AI.
#[test]
fn a_text_that_nobody_knows_is_content_and_so_is_a_list_of_texts() {
    let list = Value::Array(Array::String(vec!["canary".into()]));
    let given = [
        KeyValue::new("shop.item", "canary"),
        KeyValue::new("shop.items", list),
        KeyValue::new("gen_ai.made_up", "canary"),
        KeyValue::new("description", "canary"),
    ];
    assert_eq!(left(given), []);
}

#[test]
fn numbers_and_flags_pass_by_type_unless_they_are_what_was_said() {
    let list = |len| Value::Array(Array::F64(vec![0.5; len]));
    let passing = [
        KeyValue::new("shop.items", 3),
        KeyValue::new("shop.total", 9.5),
        KeyValue::new("shop.is_new", true),
        KeyValue::new("shop.shares", list(16)),
        KeyValue::new("error.code", 7),
        KeyValue::new("ai.usage.inputTokens", 7),
    ];
    assert_eq!(left(passing.clone()), passing);
    let vector = "embedding.embeddings.0.embedding.vector";
    let tokens = Value::Array(Array::I64(vec![7, 8]));
    assert_eq!(
        left([
            // Vectors, and texts as tokens.
            KeyValue::new(vector, list(4)),
            KeyValue::new("shop.vector", list(17)),
            KeyValue::new("gen_ai.prompt", tokens),
            // An argument of a function.
            KeyValue::new("account", 4711),
        ]),
        []
    );
}

#[test]
fn a_type_of_error_is_a_word_whoever_wrote_it() {
    let left = |said: &'static str| {
        let left = left([KeyValue::new("error.type", said)]);
        left[0].value.to_string()
    };
    for word in ["429", "openai.RateLimitError", "std::io::Error", "_OTHER"] {
        assert_eq!(left(word), word);
    }
    for text in [
        "no shoes for ann",
        "ann@example.com",
        "sk-proj-Ab12Cd34Ef56Gh78Ij90",
    ] {
        assert_eq!(left(text), "_OTHER");
    }
}

#[test]
fn a_number_of_the_conventions_may_be_a_text_only_if_it_reads_like_one() {
    let key = "gen_ai.usage.input_tokens";
    assert_eq!(left([KeyValue::new(key, "5")]).len(), 1);
    assert_eq!(left([KeyValue::new(key, "five pounds")]), []);
}

/// Where instrumentations put what they write.
const NAMESPACES: [&str; 22] = [
    "",
    "gen_ai.",
    "gen_ai.request.",
    "gen_ai.usage.",
    "gen_ai.tool.",
    "llm.",
    "openinference.",
    "traceloop.entity.",
    "ai.response.",
    "pydantic_ai.",
    "langfuse.observation.",
    "langsmith.",
    "gcp.vertex.agent.",
    "crewai.",
    "event_loop.",
    "http.",
    "http.response.header.",
    "server.",
    "code.",
    "error.",
    "mcp.",
    "genkit:",
];

proptest! {
    /// No name of the tables has these letters in it.
    #[test]
    fn no_text_passes_by_a_key_that_nobody_knows(
        namespace in prop::sample::select(&NAMESPACES[..]),
        key in "[a-zA-Z0-9_.-]{0,12}zqx[a-zA-Z0-9_.:-]{0,40}",
        text in "\\PC{0,40}",
        is_of_event in any::<bool>(),
    ) {
        let attribute = KeyValue::new(format!("{namespace}{key}"), text);
        let span = without_content("anybody", "chat", |span| {
            mark(span);
            if is_of_event {
                span.add_event("gen_ai.choice", vec![attribute]);
            } else {
                span.set_attribute(attribute);
            }
        });
        prop_assert_eq!(keys(&span.attributes), ["gen_ai.operation.name"]);
        prop_assert!(span.events.iter().all(|event| event.attributes.is_empty()));
    }

    /// A line that is logged is no name, unless it has no blanks and begins as
    /// names of events do.
    #[test]
    fn no_text_of_a_log_line_passes(text in "[a-zA-Z0-9 .,:!?'-]{0,60}") {
        prop_assume!(text != "exception");
        let given = text.clone();
        let span = without_content("anybody", "chat", |span| {
            mark(span);
            span.add_event(given, vec![]);
        });
        prop_assert_eq!(&*span.events[0].name, "log", "{}", text);
    }
}

#[test]
fn urls_lose_credentials_and_the_values_of_their_query() {
    let urls = [
        (
            "url.full",
            "https://u:pw@h.example/v1/models?key=AIza",
            "https://h.example/v1/models?key=REDACTED",
        ),
        ("http.url", "https://u@h.example/v1", "https://h.example/v1"),
        ("http.target", "/v1/search?q=shoes", "/v1/search?q=REDACTED"),
        (
            "gen_ai.openai.api_base",
            "https://h.example/v1/",
            "https://h.example/v1/",
        ),
    ];
    let given = urls.map(|(key, url, _)| KeyValue::new(key, url));
    let cleaned = urls.map(|(key, _, url)| KeyValue::new(key, url));
    assert_eq!(left(given), cleaned);
    let data = KeyValue::new("url.full", "data:text/plain;base64,QQ==");
    assert_eq!(left([data]), []);
}

/// Promise, leaves: Other spans are untouched but for the keys that hold content of known
/// instrumentations.
#[test]
fn other_spans_are_untouched_but_for_keys_that_hold_what_was_said() {
    let theirs = texts(&[
        "http.request.header.authorization",
        "url.full",
        "user.id",
        "user.email",
        "exception.message",
        "db.query.text",
        "question",
        "metadata",
        "shop.item",
        "logfire.msg",
    ]);
    let said = texts(&[
        "input.value",
        "reranker.query",
        "retrieval.documents.0.document.content",
    ]);
    let span = without_content("anybody", "what they call it".to_owned(), |span| {
        span.set_attributes(theirs.iter().chain(&said).cloned());
        span.add_event("what they say", theirs.clone());
        span.set_status(Status::error("why"));
    });
    assert_eq!(span.attributes, theirs);
    assert_eq!(span.name, "what they call it");
    assert_eq!(span.events[0].name, "what they say");
    assert_eq!(span.events[0].attributes, theirs);
    assert_eq!(span.status, Status::error("why"));
}

#[test]
fn an_event_of_generative_ai_on_another_span_is_judged_by_itself() {
    let of_choice = texts(&["content", "gen_ai.system"]);
    let of_log = texts(&["gen_ai.request.model", "question"]);
    let span = without_content("anybody", "GET /", |span| {
        span.set_attributes(texts(&["question"]));
        span.add_event("gen_ai.choice", of_choice);
        span.add_event("asking: canary", of_log);
    });
    assert_eq!(keys(&span.attributes), ["question"]);
    let events: Vec<_> = span
        .events
        .iter()
        .map(|it| (&*it.name, keys(&it.attributes)))
        .collect();
    assert_eq!(
        events,
        [
            ("gen_ai.choice", vec!["gen_ai.system"]),
            ("log", vec!["gen_ai.request.model"])
        ]
    );
}

#[test]
fn links_of_spans_of_generative_ai_pass_the_same_gate() {
    let other = SpanContext::new(
        TraceId::from(7),
        SpanId::from(7),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let span = without_content("anybody", "chat", |span| {
        mark(span);
        span.add_link(other, texts(&["gen_ai.response.id", "question"]));
    });
    assert_eq!(
        keys(&span.links.links[0].attributes),
        ["gen_ai.response.id"]
    );
}

#[test]
fn a_name_of_a_span_is_of_the_source_or_made_of_what_leaves() {
    fn named(name: impl Into<std::borrow::Cow<'static, str>>) -> String {
        let span = without_content("anybody", name, |span| {
            span.set_attributes([
                KeyValue::new("gen_ai.operation.name", "invoke_agent"),
                KeyValue::new("gen_ai.agent.name", "Strands Agents"),
                KeyValue::new("gen_ai.prompt", "running shoes"),
            ]);
        });
        span.name.into_owned()
    }
    for name in [
        "invoke_agent Strands Agents",
        "ChatCompletion",
        "step 3",
        "chat gpt-4o",
        "POST /v1/chat/completions",
        "Chat Completion with {request_data[model]!r}",
        "langgraph.agent:tools/call#3",
        "RunnableSequence<a>",
        "GET /v1/models/{id}",
        "chat hf:org/model-1.5+q4",
    ] {
        assert_eq!(named(name.to_owned()), name);
    }
    for text in [
        "search running shoes",
        "Hello there",
        "GET /?q=shoes",
        "What is 2.5?",
        "\u{6211}\u{8981}\u{4e00}\u{53cc}\u{978b}",
        "chat \u{6211}\u{8981}\u{4e00}\u{53cc}\u{978b}",
        "{\"wish\":\"shoes\"}",
        "ann@example.com",
        "https://ann:sesame@shoes.example",
        "POST https://shoes.example/",
        "GET /ann:sesame@shoes",
        "sk-proj-Ab12Cd34Ef56Gh78Ij90",
        "chat sk-proj-Ab12Cd34Ef56Gh78Ij90",
    ] {
        assert_eq!(
            named(text.to_owned()),
            "invoke_agent Strands Agents",
            "{text}"
        );
    }
    assert_eq!(named("a literal of the source"), "a literal of the source");
    let foreign = without_content("anybody", "ask for shoes".to_owned(), |span| {
        span.set_attributes(texts(&["langfuse.type"]));
    });
    assert_eq!(foreign.name, "gen_ai");
}

#[test]
fn what_the_user_allows_passes_but_not_what_is_known_for_content() {
    let gate = |exporter| {
        let gate = WithoutContent::new(exporter);
        let gate = gate.allow_attribute("shop.*").allow_attribute("question");
        let gate = gate
            .allow_attribute("gen_ai.*")
            .allow_attribute("otel.name");
        gate.allow_attribute("langsmith.metadata.*")
    };
    let given = texts(&[
        "shop.item",
        "shopper.wish",
        "question",
        "questions",
        "gen_ai.mine",
        "gen_ai.input.messages",
        "gen_ai.prompt.0.content",
        "langsmith.metadata.plan",
        "langsmith.entity.input",
        "tes.metadata.plan",
    ]);
    let passing = [
        "shop.item",
        "question",
        "gen_ai.mine",
        "langsmith.metadata.plan",
    ];
    let span = through(gate, "anybody", "three words here".to_owned(), |span| {
        span.set_attributes(given.clone());
        span.add_event("shop.sold out", given);
        span.add_event("sold.out", vec![]);
    });
    assert_eq!(keys(&span.attributes), passing);
    assert_eq!(span.name, "three words here");
    assert_eq!(span.events[0].name, "shop.sold out");
    assert_eq!(keys(&span.events[0].attributes), passing);
    assert_eq!(span.events[1].name, "log");
}

/// A span that a provider of the user's made, as our own destinations get it.
fn exported(configure: impl FnOnce(Builder) -> Builder) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let builder = configure(turnspan::builder().span_exporter(exporter.clone()));
    let telemetry = builder.build().unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(telemetry.processor())
        .build();
    let mut span = provider.tracer("langfuse-sdk").start("generation");
    span.set_attributes(texts(&[
        "langfuse.observation.type",
        "langfuse.observation.input",
        "http.request.header.authorization",
        "user.email",
        "shop.item",
        "tes.metadata.plan",
    ]));
    span.set_attribute(KeyValue::new(
        "url.full",
        "https://u:canary@h.example/?k=canary",
    ));
    span.end();
    telemetry.flush(Duration::from_secs(10)).unwrap();
    exporter.get_finished_spans().unwrap().remove(0)
}

#[test]
fn destinations_of_ours_have_the_same_gate() {
    let span = exported(|builder| builder);
    assert_eq!(
        keys(&span.attributes),
        ["langfuse.observation.type", "url.full"]
    );
    assert!(!format!("{:?}", span.attributes[1]).contains("canary"));
    let span = exported(|builder| builder.allow_attribute("shop.*"));
    let left = ["langfuse.observation.type", "shop.item", "url.full"];
    assert_eq!(keys(&span.attributes), left);
}

#[test]
fn identity_leaves_with_spans_if_it_may_and_keys_never_do() {
    let span = exported(|builder| builder.identity_on_spans(true));
    let left = [
        "langfuse.observation.type",
        "user.email",
        "tes.metadata.plan",
        "url.full",
    ];
    assert_eq!(keys(&span.attributes), left);
    let span = exported(|builder| builder.capture(CaptureMode::SpanOnly));
    let left = [
        "langfuse.observation.type",
        "langfuse.observation.input",
        "shop.item",
        "url.full",
    ];
    assert_eq!(keys(&span.attributes), left);
    assert!(!format!("{:?}", span.attributes[3]).contains("canary"));
}

#[test]
fn stop_sequences_are_content_for_exporters_of_the_users_too() {
    let theirs = InMemorySpanExporter::default();
    let telemetry = turnspan::builder()
        .span_exporter(InMemorySpanExporter::default())
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(theirs.clone())
        .with_span_processor(telemetry.processor())
        .build();
    telemetry.use_provider(&provider).unwrap();
    let asked = r#"{"model":"m","stop":["canary"],"temperature":0.5}"#;
    telemetry
        .record("https://api.openai.com/v1/chat/completions", asked)
        .timed_out();
    let spans = theirs.get_finished_spans().unwrap();
    assert!(keys(&spans[0].attributes).contains(&"gen_ai.request.temperature"));
    assert!(!format!("{spans:?}").contains("canary"));
}

#[test]
fn a_file_allows_keys_as_the_variable_does() {
    let file = |name: &str, value: &str| {
        let name = format!("turnspan-{}-{name}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, format!("TURNSPAN_ALLOW_ATTRIBUTES = \"{value}\"\n")).unwrap();
        path
    };
    let good = file("allowed", "cart.size, shop.*");
    let span = exported(|builder| builder.file(&good).unwrap());
    let left = ["langfuse.observation.type", "shop.item", "url.full"];
    assert_eq!(keys(&span.attributes), left);
    let bad = file("not-allowed", "shop.*.item");
    let error = turnspan::builder().file(&bad).unwrap_err().to_string();
    assert_eq!(
        error,
        "TURNSPAN_ALLOW_ATTRIBUTES must be keys behind commas, `*` at their end, not `shop.*.item`"
    );
    for path in [good, bad] {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn log_records_pass_the_same_gate() {
    let receiver = OtlpReceiver::start();
    let telemetry = turnspan::builder()
        .otlp(Otlp::new(&receiver.url()).unwrap())
        .capture(CaptureMode::EventOnly)
        .allow_attribute("shop.*")
        .build()
        .unwrap();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(telemetry.processor())
        .build();
    let mut span = provider.tracer("anybody").start("chat");
    mark(&mut span);
    span.set_attributes(texts(&[
        "gen_ai.response.id",
        "langfuse.observation.input",
        "http.request.header.authorization",
        "user.email",
        "shop.item",
        "cart.item",
    ]));
    span.set_attribute(KeyValue::new("cart.size", 3));
    span.set_attribute(KeyValue::new(
        "url.full",
        "https://u:canary@h.example/?k=canary",
    ));
    span.end();
    telemetry.flush(Duration::from_secs(10)).unwrap();
    let logs = receiver.logs();
    let attributes: Vec<_> = logs.iter().flat_map(|log| &log.attributes).collect();
    let keys: Vec<&str> = attributes.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "gen_ai.operation.name",
            "gen_ai.response.id",
            "shop.item",
            "cart.size",
            "url.full"
        ]
    );
    assert!(!format!("{:?}", attributes[4]).contains("canary"));
}

/// What was said in the recorded calls.
const SAID: [&str; 14] = [
    "You are terse",
    "Say hello",
    "Oslo",
    "Hello",
    "fake model",
    "-3 C",
    "temp_c",
    "Again.",
    "Weather of",
    "\"Weather",
    "\"properties",
    "fake 429",
    "fake 500",
    "Connection error",
];

/// Whether a key is one of a name or an id, by how it ends.
fn is_of_a_name(key: &str) -> bool {
    let ends = [
        ".id",
        ".model",
        ".model_name",
        "cycle_id",
        "finish_reasons",
        "finish_reason",
        "finishReason",
        "service_tier",
        "system_fingerprint",
        ".system",
        ".provider.name",
        ".operation.name",
        ".agent.name",
        ".tool.name",
        ".request.method",
        "span.kind",
        "server.address",
        "error.type",
        "stop_reason",
        "agent_name",
        "code.function",
    ];
    let of_messages = ["llm.input_messages", "llm.output_messages"];
    ends.iter().any(|end| key.ends_with(end)) && !of_messages.iter().any(|it| key.starts_with(it))
}

#[test]
fn of_recorded_instrumentations_nothing_that_was_said_leaves_and_all_names_and_numbers_do() {
    let Some(folder) = captures::folder() else {
        println!("skipped: no records beside the project, and no TURNSPAN_CAPTURES");
        return;
    };
    let (mut names, mut numbers, mut makers) = (0, 0, std::collections::BTreeSet::new());
    for captures::Passed {
        file,
        scope,
        name,
        recorded,
        left,
    } in captures::passed(&folder)
    {
        let shown = format!("{left:?}");
        for said in SAID {
            assert!(!shown.contains(said), "{file}: {said}: {shown}");
        }
        assert_eq!(left.name, name, "{file}");
        let is_vector = |it: &KeyValue| it.key.as_str().ends_with("vector");
        for attribute in recorded.iter().filter(|it| !is_vector(it)) {
            let is_text = matches!(attribute.value, Value::String(_) | Value::Array(_));
            let is_name = is_of_a_name(attribute.key.as_str());
            if is_name || !is_text {
                assert!(left.attributes.contains(attribute), "{file}: {attribute:?}");
            }
            names += usize::from(is_name);
            numbers += usize::from(!is_text);
        }
        makers.insert(scope);
    }
    println!(
        "{names} names and {numbers} numbers of {} scopes passed",
        makers.len()
    );
    assert!(names > 1000 && numbers > 900 && makers.len() > 14);
}
