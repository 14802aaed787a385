//! What is a call to a model, and who answers it.

use super::support::harness::{Harness, PATIENCE, attribute};
use super::support::provider::Reply;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use turnspan::Builder;

const CHAT: &str = r#"{"model": "m", "messages": [{"role": "user", "content": "Hello!"}]}"#;

fn recorded(
    build: impl FnOnce(Builder) -> Builder,
    urls: impl IntoIterator<Item = String>,
) -> Vec<SpanData> {
    let harness = Harness::with([], build);
    for url in urls {
        harness.telemetry.record(&url, CHAT).response("{}");
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    harness.spans()
}

fn of<'a>(spans: &'a [SpanData], key: &'a str) -> impl Iterator<Item = Option<String>> + 'a {
    spans.iter().map(move |it| attribute(&it.attributes, key))
}

/// Words that are tails of paths of models, and of everybody's.
const WORDS: [&str; 20] = [
    "messages",
    "responses",
    "files",
    "chat",
    "generate",
    "models",
    "embed",
    "embeddings",
    "completions",
    "batches",
    "images",
    "audio",
    "rerank",
    "threads",
    "runs",
    "conversations",
    "invoke",
    "converse",
    "predict",
    "sessions",
];

/// An SMS service, a forum, a shop.
fn ordinary(word: &str) -> [(String, Value); 10] {
    [
        (format!("/{word}"), json!({})),
        (
            format!("/v1/{word}"),
            json!({"to": "+4930", "body": "Hello!"}),
        ),
        (format!("/v1/{word}/"), json!({"messages": ["a", "b"]})),
        (format!("/api/{word}"), json!({"text": "Hello!"})),
        (format!("/api/v2/{word}"), json!({"model": "T"})),
        (format!("/rest/{word}?page=2"), json!([1, 2])),
        (format!("/v1/{word}/7"), json!({"input": "x"})),
        (
            format!("/2010-04-01/Accounts/7/{word}"),
            json!({"prompt": "x"}),
        ),
        (format!("/shops/7/{word}/batch"), json!({"messages": []})),
        (format!("/v1/users/7/{word}"), json!("Hello!")),
    ]
}

#[tokio::test]
async fn two_hundred_ordinary_requests_are_no_calls() {
    let harness = Harness::start(vec![Reply::json(json!({"id": "7"})); 200]);
    let client = harness.telemetry.wrap(harness.http.clone());
    let url = harness.provider.base_url();
    let host = url.strip_suffix("/v1").unwrap();
    for (path, body) in WORDS.into_iter().flat_map(ordinary) {
        let request = client.post(format!("{host}{path}")).body(body.to_string());
        client.execute(request.build().unwrap()).await.unwrap();
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    let names: Vec<_> = harness.spans().into_iter().map(|it| it.name).collect();
    assert_eq!(names, Vec::<String>::new());
    assert_eq!(harness.telemetry.stats().unrecognised, 200);
}

#[tokio::test]
async fn a_request_with_the_mark_of_its_format_is_a_call_wherever_it_goes() {
    let replies = vec![Reply::json(json!({"id": "7"})); 3];
    let harness = Harness::start(replies);
    let client = harness.telemetry.wrap(harness.http.clone());
    let url = format!("{}/messages", harness.provider.base_url());
    let with_header = client.post(&url).header("anthropic-version", "2023-06-01");
    for request in [
        client.post(&url).body(CHAT),
        with_header.body("{}"),
        client.post(&url).body("{}"),
    ] {
        client.execute(request.build().unwrap()).await.unwrap();
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    let names: Vec<_> = harness.spans().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["chat m", "chat"]);
}

#[test]
fn a_deployment_of_azure_is_known_by_its_path_wherever_it_is_asked() {
    let harness = Harness::start([]);
    let path = "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21";
    for host in ["acme.openai.azure.com", "gateway.example"] {
        let url = format!("https://{host}{path}");
        let request = r#"{"messages": []}"#;
        harness.telemetry.record(&url, request).response("{}");
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    let spans = harness.spans();
    for (key, expected) in [
        ("gen_ai.provider.name", "azure.ai.openai"),
        ("gen_ai.request.model", "my gpt"),
    ] {
        let found: Vec<_> = of(&spans, key).collect();
        assert_eq!(
            found,
            [Some(expected.to_owned()), Some(expected.to_owned())]
        );
    }
}

#[test]
fn what_a_user_says_of_a_host_is_its_provider() {
    let urls = [
        "llm.internal",
        "eu.llm.internal",
        "api.openai.com",
        "other.internal",
    ];
    let urls = urls.map(|host| format!("https://{host}/v1/chat/completions"));
    let build = |builder: Builder| {
        let builder = builder.provider_host("llm.internal", "mistral_ai");
        builder.provider_host("api.openai.com", "my_proxy")
    };
    let spans = recorded(build, urls);
    let found: Vec<_> = of(&spans, "gen_ai.provider.name").flatten().collect();
    assert_eq!(found, ["mistral_ai", "mistral_ai", "my_proxy", "openai"]);
}

#[test]
fn a_request_without_messages_has_no_number_of_them() {
    let harness = Harness::start([]);
    for (path, request) in [
        ("chat/completions", r#"{"model": "m"}"#),
        ("chat/completions", r#"{"model": "m", "messages": "none"}"#),
        ("chat/completions", r#"{"model": "m", "messages": []}"#),
        ("messages", r#"{"model": "m"}"#),
    ] {
        let url = format!("https://llm.example/v1/{path}");
        harness.telemetry.record(&url, request).response("{}");
    }
    harness.telemetry.flush(PATIENCE).unwrap();
    let counts: Vec<_> = harness.spans().iter().map(message_count).collect();
    assert_eq!(counts, [None, None, Some("0".to_owned()), None]);
}

fn message_count(span: &SpanData) -> Option<String> {
    let mut events = span.events.iter();
    let sent = events
        .find(|event| event.name == "gen_ai.prompt.sent")
        .unwrap();
    attribute(&sent.attributes, "gen_ai.request.message_count")
}
