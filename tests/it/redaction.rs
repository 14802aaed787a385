//! What is planted is gone from every byte that leaves.

use super::support::folder::Folder;
use super::support::harness::{Kept, PATIENCE, stable, tes_at};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Provider, Reply, openai};
use super::support::tes_receiver::TesReceiver;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{
    Action, Builder, CaptureMode, ChatTurn, Conversation, Field, FieldRule, Finding, Otlp,
    Redaction, SpoolSettings, Telemetry, Tes, TesExporter, ToolUseEvent, TurnGrouping, UserIds,
};

const PLANTED: [&str; 9] = [
    "ann@example.com",
    "415-555-2671",
    "+49 30 1234567",
    "123-45-6789",
    "4111 1111 1111 1111",
    "10.1.2.3",
    "2001:db8::17",
    "sk-abcdefghijklmnopqrstuvwx",
    "ORD-17",
];

/// The same card, as a number.
const CARD: u64 = 4_111_111_111_111_111;

const ACTIONS: [Action; 4] = [Action::Label, Action::Hash, Action::Remove, Action::Mask];

fn planted() -> String {
    PLANTED.join(", ")
}

fn rules(action: Action) -> Redaction {
    let find = |rules: Redaction, finding: &Finding| rules.find(*finding, action);
    Finding::ALL
        .iter()
        .fold(Redaction::new(), find)
        .pattern("ORDER", r"ORD-\d+", action)
        .unwrap()
        .field(Field::UserId, FieldRule::SearchAnd(action))
        .hash_key("sesame")
}

/// What is in all that is said and set.
struct Said {
    text: String,
    card: u64,
}

fn said(text: &str) -> Said {
    Said {
        text: text.to_owned(),
        card: CARD,
    }
}

/// What leaves, by where it goes to.
struct Left {
    otlp: Vec<u8>,
    tes: Vec<u8>,
    events: Vec<Value>,
    texts: Vec<String>,
    spans: Vec<SpanData>,
}

#[tracing::instrument(ret, err, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
async fn tool(parameter: &str, card: u64) -> Result<String, io::Error> {
    tracing::info!(told = parameter, "asked by {parameter}");
    Ok(parameter.to_owned())
}

/// A span of another trade.
#[tracing::instrument(fields(http.url = format!("/find?q={parameter}")))]
async fn handler(parameter: &str, card: u64) {
    tracing::warn!("slow: {parameter}");
}

async fn ask(telemetry: &Telemetry, provider: &Provider, body: &Value) {
    let request = reqwest::Client::new()
        .post(format!("{}/chat/completions", provider.base_url()))
        .body(body.to_string());
    let answer = telemetry.send(request).await.unwrap();
    answer.text().await.unwrap();
}

fn body(said: &Said) -> Value {
    let Said { text, card } = said;
    let arguments = json!({"who": text, "card": card, text: 1}).to_string();
    let messages = json!([
        {"role": "system", "content": format!("You are {text}")},
        {"role": "user", "name": "ann", "content": "first"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function",
            "function": {"name": "f", "arguments": arguments}}]},
        {"role": "tool", "tool_call_id": "c1", "content": json!({"found": text}).to_string()},
        {"role": "user", "content": [{"type": "text", "text": format!("I am {text}")}]},
    ]);
    let tools = json!([{"type": "function", "function":
        {"name": "f", "description": text, "parameters": {}}}]);
    json!({"model": "gpt-4o", "messages": messages, "tools": tools, "stop": [text]})
}

fn answers(said: &Said) -> [Reply; 2] {
    let Said { text, card } = said;
    let arguments = json!({"who": text, "card": card}).to_string();
    let mut good = openai::tool_call("c2", "f", &arguments);
    good["choices"][0]["message"]["content"] = json!(format!("You are {text}"));
    [
        Reply::json(good),
        openai::error(400, "invalid_request_error", text),
    ]
}

async fn left(said: Said, configure: impl FnOnce(Builder, Tes) -> Builder) -> Left {
    let (otlp, tes) = (OtlpReceiver::start(), TesReceiver::start());
    let settings = tes_at(&tes.url(), "tes_acme_key");
    let spans = Kept::default();
    let builder = turnspan::builder()
        .otlp(Otlp::new(&otlp.url()).unwrap())
        .span_exporter(spans.clone())
        .capture(CaptureMode::SpanAndEvent)
        .identity_on_spans(true)
        .moments_as_logs(true);
    let telemetry = configure(builder, settings).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let provider = Provider::start(answers(&said));
    let Said { text, card } = &said;
    let conversation = Conversation::new("c1")
        .user(text)
        .metadata("deep", json!([{"a": [text, card]}]))
        .metadata("card", *card)
        .metadata("plan", text.as_str())
        .metadata(text, true);
    let calls = async {
        ask(&telemetry, &provider, &body(&said)).await;
        ask(&telemetry, &provider, &body(&said)).await;
        tool(text, *card).await.unwrap();
        handler(text, *card).await;
    };
    conversation
        .scope(calls)
        .with_subscriber(Dispatch::new(subscriber))
        .await;
    telemetry.flush(PATIENCE).unwrap();
    drop(telemetry);
    let traces = otlp.requests().into_iter().map(|(_, body)| body);
    let all = traces.chain(otlp.metric_bodies()).chain(otlp.log_bodies());
    Left {
        otlp: all.collect::<Vec<_>>().concat(),
        tes: tes.requests().into_iter().flat_map(|it| it.body).collect(),
        events: turns(&tes),
        texts: tes.accepted_as_text(),
        spans: spans.finished(),
    }
}

fn turns(receiver: &TesReceiver) -> Vec<Value> {
    let mut events = receiver.accepted();
    events.retain(|event| event["eventType"] == "CHAT_TURN");
    events
}

fn is_in(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[track_caller]
fn assert_none_in(bytes: &[u8], place: &str) {
    let card = CARD.to_string();
    for planted in PLANTED.into_iter().chain([card.as_str()]) {
        assert!(!is_in(bytes, planted), "{planted} in {place}");
    }
}

#[tokio::test]
async fn without_rules_everything_that_is_planted_leaves() {
    let left = left(said(&planted()), Builder::tes).await;
    for planted in PLANTED {
        assert!(is_in(&left.otlp, planted) && is_in(&left.tes, planted));
    }
}

/// Promise, leaves: What redaction finds leaves in no form, whatever replaces it.
#[tokio::test]
async fn nothing_that_is_planted_leaves_under_any_action() {
    for action in ACTIONS {
        let left = left(said(&planted()), |builder, tes| {
            let tes = tes.redact(rules(action)).user_id(planted());
            builder.tes(tes).redact_spans(rules(action))
        })
        .await;
        assert_none_in(&left.otlp, &format!("OTLP, {action:?}"));
        assert_none_in(&left.tes, &format!("TES, {action:?}"));
        let spans = format!("{:?}", left.spans);
        assert_none_in(spans.as_bytes(), &format!("spans, {action:?}"));
        assert_eq!((left.events.len(), left.spans.len()), (2, 4));
        for event in &left.events {
            let attributes = &event["data"]["attributes"];
            assert!(attributes["trace_id"].is_string());
            assert_eq!(attributes["deep"][0]["a"].as_array().unwrap().len(), 2);
            assert!(
                attributes["user_message"]
                    .as_str()
                    .unwrap()
                    .starts_with("I am ")
            );
        }
        let arguments = &left.events[0]["data"]["attributes"]["tool_calls"][0]["args"];
        assert!(arguments["card"].is_string() && arguments["who"].is_string());
    }
}

#[tokio::test]
async fn each_destination_has_its_own_rules() {
    let only_tes = left(said(&planted()), |builder, tes| {
        builder.tes(tes.redact(rules(Action::Label)))
    })
    .await;
    assert_none_in(&only_tes.tes, "TES");
    assert!(is_in(&only_tes.otlp, PLANTED[0]));
    let only_spans = left(said(&planted()), |builder, tes| {
        builder.tes(tes).redact_spans(rules(Action::Label))
    })
    .await;
    assert_none_in(&only_spans.otlp, "OTLP");
    assert!(is_in(&only_spans.tes, PLANTED[0]));
}

/// Events, with their fields in order, and spans: without what is different in
/// every run.
fn steady(left: &Left) -> (Vec<String>, String) {
    const VOLATILE: [&str; 5] = [
        "event_id",
        "trace_id",
        "span_id",
        "latency_ms",
        "duration_ms",
    ];
    let lines = left.texts.iter().flat_map(|text| text.lines());
    let is_steady = |line: &&str| !VOLATILE.iter().any(|key| line.contains(key));
    let events = lines.filter(is_steady).map(str::to_owned).collect();
    let spans = left.spans.iter().cloned().map(|mut span| {
        span.attributes
            .retain(|attribute| !["busy_ns", "idle_ns"].contains(&attribute.key.as_str()));
        span
    });
    (events, stable(&spans.collect::<Vec<_>>()))
}

#[tokio::test]
async fn where_there_is_nothing_to_find_nothing_changes() {
    const TEXT: &str = "order 4155552671 of 2024-11-23 08:15, v1.2.3, 0.4111111111111111";
    // Its check digit is wrong.
    let call = || Said {
        text: TEXT.to_owned(),
        card: CARD + 1,
    };
    let plain = left(call(), Builder::tes).await;
    let redacted = left(call(), |builder, tes| {
        let rules = Redaction::personal_data();
        builder.tes(tes.redact(rules.clone())).redact_spans(rules)
    })
    .await;
    assert!(!plain.texts.is_empty());
    assert_eq!(steady(&redacted), steady(&plain));
}

#[tokio::test]
async fn fields_are_hidden_whole_and_nothing_is_made_up() {
    let rules = Redaction::new()
        .field(Field::SystemPrompt, FieldRule::Hide)
        .field(Field::ToolArguments, FieldRule::Hide)
        .field(Field::ToolResults, FieldRule::Hide)
        .field(Field::ErrorMessage, FieldRule::Hide)
        .field(Field::Metadata, FieldRule::Hide)
        .field(Field::UserId, FieldRule::Pseudonym)
        .hash_key("sesame");
    let left = left(said("something"), |builder, tes| {
        builder.tes(tes.redact(rules.clone())).redact_spans(rules)
    })
    .await;
    let attributes = |event: usize| left.events[event]["data"]["attributes"].clone();
    let good = attributes(0);
    assert_eq!(good["system_prompt"], "[REDACTED]");
    assert_eq!(good["user_message"], "I am something");
    assert_eq!(good["tool_calls"][0]["args"], "[REDACTED]");
    assert_eq!(good["deep"], "[REDACTED]");
    assert!(good["userId"].as_str().unwrap().starts_with("[REDACTED:"));
    assert_eq!(good.get("error"), None);
    assert_eq!(attributes(1)["error"]["message"], "[REDACTED]");
    assert_eq!(attributes(1)["error"]["type"], "400");
    assert_eq!(attributes(1).get("assistant_response"), None);
    let tree = turnspan::span_tree(&left.spans).to_string();
    assert!(
        tree.contains(r#"{"content":"[REDACTED]"#) || tree.contains(r#""content":"[REDACTED]""#)
    );
    assert!(tree.contains(r#""arguments":"[REDACTED]""#), "{tree}");
    assert!(tree.contains(r#""response":"[REDACTED]""#), "{tree}");
    assert!(tree.contains("I am something") && tree.contains("user.id = [REDACTED:"));
}

#[tokio::test]
async fn what_is_cut_to_length_was_searched_before() {
    let left = left(said("12345 ann@example.com"), |builder, tes| {
        builder.tes(tes.max_content_length(17).redact(rules(Action::Label)))
    })
    .await;
    assert!(!is_in(&left.tes, "ann"), "{:?}", left.events);
    let said = &left.events[0]["data"]["attributes"]["user_message"];
    assert_eq!(said, "I am 12345 [EMAIL...[truncated]");
}

#[test]
fn an_exporter_elsewhere_follows_the_rules_too() {
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry::{KeyValue, trace::Status};
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_key");
    let exporter = TesExporter::new(tes.redact(rules(Action::Mask))).unwrap();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    let mut span = provider.tracer("theirs").start("chat gpt-4o");
    let messages = json!([{"role": "user", "parts": [{"type": "text", "content": planted()}]}]);
    span.set_attributes([
        KeyValue::new("gen_ai.operation.name", "chat"),
        KeyValue::new("gen_ai.input.messages", messages.to_string()),
        KeyValue::new("user.id", planted()),
        KeyValue::new("tes.metadata.plan", planted()),
    ]);
    span.set_status(Status::error(planted()));
    span.end();
    provider.shutdown().unwrap();
    let bodies: Vec<u8> = receiver
        .requests()
        .into_iter()
        .flat_map(|it| it.body)
        .collect();
    assert!(is_in(&bodies, "a****@example.com"));
    assert_none_in(&bodies, "TES");
}

#[tokio::test]
async fn variables_say_what_is_redacted() {
    let (tes, spans) = (TesReceiver::start(), Kept::default());
    let path = std::env::temp_dir().join(format!("turnspan-{}-redact.toml", std::process::id()));
    let text = format!(
        "TES_ENDPOINT = \"{}\"\nTES_CLIENT_ID = \"acme\"\nTES_API_KEY = \"tes_key\"\n\
         TES_REDACT = \"emails\"\nTES_REDACT_MODE = \"hash\"\nTES_REDACT_KEY = \"sesame\"\nTES_DURABILITY = \"best_effort\"\n\
         TURNSPAN_REDACT = \"all\"\n",
        tes.url()
    );
    std::fs::write(&path, text).unwrap();
    let builder = turnspan::builder().file(&path);
    std::fs::remove_file(&path).unwrap();
    let builder = builder.unwrap();
    assert!(!format!("{builder:?}").contains("sesame"));
    let telemetry = builder
        .capture(CaptureMode::SpanOnly)
        .span_exporter(spans.clone())
        .build()
        .unwrap();
    let asked = json!({"model": "m", "messages": [
        {"role": "user", "content": "ann@example.com 10.1.2.3"}]});
    let call = telemetry.record(
        "https://api.openai.com/v1/chat/completions",
        asked.to_string(),
    );
    call.response(openai::completion("Hi.").to_string());
    telemetry.flush(PATIENCE).unwrap();
    let said = &tes.accepted()[0]["data"]["attributes"]["user_message"];
    assert_eq!(said, "[EMAIL:24169237e2dc09a4] 10.1.2.3");
    let tree = turnspan::span_tree(&spans.finished()).to_string();
    assert!(tree.contains("[EMAIL] [IP_ADDRESS]"), "{tree}");
}

#[test]
fn what_is_told_by_hand_is_redacted_too() {
    let receiver = TesReceiver::start();
    let rules = rules(Action::Label).field(Field::SystemPrompt, FieldRule::Hide);
    let tes = tes_at(&receiver.url(), "tes_acme_key").redact(rules);
    let telemetry = turnspan::builder().tes(tes).build().unwrap();
    let conversation = Conversation::new("c1").user(planted());
    let session = telemetry.session(conversation.metadata("plan", planted()));
    session.emit_session_start();
    let arguments = json!({"who": planted(), "card": CARD}).to_string();
    session.record(&openai::tool_call("c1", "f", &arguments));
    session.record_tool_result("c1", &json!([planted(), CARD]));
    let messages =
        json!([{"role": "user", "content": planted()}, {"role": "system", "content": "x"}]);
    let turn = ChatTurn::new().user_message(planted()).messages(messages);
    session.emit_chat_turn(turn.assistant_response(planted()));
    let used = ToolUseEvent::new("f").args(&json!([planted(), CARD]));
    session.emit_tool_use(used.result_summary(planted()));
    telemetry.flush(PATIENCE).unwrap();
    let bodies: Vec<u8> = receiver
        .requests()
        .into_iter()
        .flat_map(|it| it.body)
        .collect();
    assert_none_in(&bodies, "TES");
    let events = receiver.accepted();
    assert_eq!(events.len(), 3);
    let attributes = &turns(&receiver)[0]["data"]["attributes"];
    assert_eq!(attributes["messages"][1]["content"], "[REDACTED]");
    assert_eq!(attributes["tool_calls"][0]["args"]["card"], "[CREDIT_CARD]");
    assert_eq!(
        attributes["tool_calls"][0]["result"]["sample"][1],
        "[CREDIT_CARD]"
    );
}

#[test]
fn nothing_that_is_planted_is_in_the_file_of_a_spool() {
    let folder = Folder::of("redacted_spool");
    let tes = Tes::new("http://127.0.0.1:9", "acme", "tes_acme_key").unwrap();
    let spool = SpoolSettings::durable().path(folder.spool());
    let tes = tes.spool(spool).turn_grouping(TurnGrouping::Turn);
    let rules = rules(Action::Label);
    let telemetry = turnspan::builder().tes(tes.redact(rules)).build().unwrap();
    let said = said(&planted());
    let url = "https://api.openai.com/v1/chat/completions";
    let arguments = json!({"who": said.text}).to_string();
    // A turn that is over, and one that goes on.
    for answer in [
        openai::completion(&said.text),
        openai::tool_call("c9", "f", &arguments),
    ] {
        let call = telemetry.record(url, body(&said).to_string());
        call.response(answer.to_string());
    }
    telemetry.flush(Duration::from_millis(500)).unwrap_err();
    let books = telemetry.stats().destinations["tes"].clone();
    assert_eq!((books.made, books.open), (2, 1), "{books}");
    let entries = std::fs::read_dir(folder.spool().parent().unwrap()).unwrap();
    let files = entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let bytes = files.collect::<Vec<_>>().concat();
    assert!(is_in(&bytes, "[CREDIT_CARD]"));
    assert_none_in(&bytes, "the file");
    drop(telemetry.shutdown(Duration::from_millis(100)));
}

#[test]
fn users_are_told_apart_by_hashes_of_their_ids_and_not_of_labels() {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_key").user_ids(UserIds::hmac("sesame"));
    let rules = rules(Action::Label);
    let telemetry = turnspan::builder().tes(tes.redact(rules)).build().unwrap();
    for user in ["ann@example.com", "bob@example.com"] {
        let session = telemetry.session(Conversation::new("c1").user(user));
        session.emit_chat_turn(ChatTurn::new().user_message("Hi."));
    }
    telemetry.flush(PATIENCE).unwrap();
    let users: Vec<Value> = turns(&receiver)
        .into_iter()
        .map(|event| event["data"]["attributes"]["userId"].clone())
        .collect();
    assert!(users[0].as_str().unwrap().starts_with("24169237e2dc09a4"));
    assert_ne!(users[0], users[1]);
}
