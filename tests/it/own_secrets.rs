//! What a request says to be let in, and a provider repeats in an error text.

use super::support::harness::{Harness, PATIENCE, ask, tes_at};
use super::support::otlp_receiver::OtlpReceiver;
use super::support::provider::{Reply, openai};
use super::support::tes_receiver::TesReceiver;
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tower::{ServiceBuilder, ServiceExt as _};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::layer::SubscriberExt as _;
use turnspan::{CaptureMode, Field, FieldRule, Otlp, Redaction, ToolCall};

/// None has a form that anybody could know.
const KEY: &str = "open+sesame/for~me";
const OTHER: &str = "another-door-opens";

/// Everything may leave, to everywhere.
struct Open {
    harness: Harness,
    otlp: OtlpReceiver,
    tes: TesReceiver,
}

impl Open {
    fn with(replies: impl IntoIterator<Item = Reply>, redaction: Option<Redaction>) -> Self {
        let (otlp, tes) = (OtlpReceiver::start(), TesReceiver::start());
        let harness = Harness::with(replies, |builder| {
            let to_tes = tes_at(&tes.url(), "tes_acme_key");
            let builder = builder
                .otlp(Otlp::new(&otlp.url()).unwrap())
                .capture(CaptureMode::SpanAndEvent)
                .capture_error_texts(true)
                .moments_as_logs(true);
            match redaction {
                Some(rules) => builder
                    .tes(to_tes.redact(rules.clone()))
                    .redact_spans(rules),
                None => builder.tes(to_tes),
            }
        });
        Self { harness, otlp, tes }
    }

    fn refusing(text: &str) -> Self {
        Self::with([openai::error(401, "invalid_request_error", text)], None)
    }

    fn post(&self, query: &str) -> RequestBuilder {
        let url = format!(
            "{}/chat/completions{query}",
            self.harness.provider.base_url()
        );
        self.harness.http.post(url).body(r#"{"model":"m"}"#)
    }

    async fn send(&self, request: RequestBuilder) {
        let answer = self.harness.telemetry.send(request).await;
        if let Ok(answer) = answer {
            drop(answer.bytes().await);
        }
    }

    /// All that left: spans, metrics and log records by OTLP, events to TES.
    fn left(&self) -> String {
        let spans = turnspan::span_tree(&self.harness.spans()).to_string();
        let traces = self.otlp.requests().into_iter().map(|(_, body)| body);
        let others = self
            .otlp
            .metric_bodies()
            .into_iter()
            .chain(self.otlp.log_bodies());
        let events = self.tes.requests().into_iter().map(|it| it.body);
        let bytes: Vec<u8> = traces.chain(others).chain(events).flatten().collect();
        format!("{spans}\n{}", String::from_utf8_lossy(&bytes))
    }

    #[track_caller]
    fn assert_gone(&self, secrets: &[&str]) -> String {
        let left = self.left();
        for secret in secrets {
            assert!(!left.contains(secret), "{secret} in {left}");
        }
        // By OTLP on a span and in a log record, and in an event.
        assert!(left.matches("[REDACTED]").count() >= 4, "{left}");
        left
    }
}

/// Promise, leaves: The secrets of a request leave in no error text that repeats them,
/// whatever redaction is set.
#[tokio::test]
async fn a_secret_of_the_request_leaves_in_no_error_text_wherever_it_stood() {
    let open = Open::refusing(&format!("Nobody knows {KEY} nor {KEY}."));
    let mut sensitive = HeaderValue::from_static(KEY);
    sensitive.set_sensitive(true);
    let post = || open.post("");
    let requests = [
        post().bearer_auth(KEY),
        post().basic_auth("ann", Some(KEY)),
        post().basic_auth(KEY, None::<&str>),
        post().header("authorization", KEY),
        post().header("authorization", format!("Digest a=1, response={KEY}")),
        post().header("proxy-authorization", KEY),
        post().header("x-api-key", KEY),
        post().header("Ocp-Apim-Subscription-Key", KEY),
        post().header("x-vault-token", KEY),
        post().header("x-client-secret", KEY),
        post().header("helicone-auth", KEY),
        post().header("x-sig", KEY),
        post().header("x-plain", sensitive),
        post().header("cookie", format!("theme=dark; session=\"{KEY}\"")),
        post().header("cookie", "theme=dark; session=open%2Bsesame%2Ffor~me"),
        post().header(
            "x-auth",
            format!("{{\"user\":\"ann\",\"token\":\"{KEY}\"}}"),
        ),
        post().header("x-auth", format!("ann:{KEY}")),
        open.post("?api-version=1&Key=open%2Bsesame%2Ffor~me"),
        open.post(&format!("?access_token={KEY}")),
        open.post("?X-Amz-Signature=open%2bsesame%2ffor%7eme"),
    ];
    let count = requests.len();
    for request in requests {
        open.send(request).await;
    }
    let left = open.assert_gone(&[KEY, "sesame"]);
    // In the tree; by OTLP on a span and in a log record; to TES.
    let told = left.matches("Nobody knows [REDACTED] nor [REDACTED].");
    assert_eq!(told.count(), 4 * count, "{left}");
}

#[tokio::test]
async fn a_secret_is_known_in_the_forms_in_which_it_is_repeated() {
    let encoded = "b3Blbjo=";
    for said in [
        format!("Bearer {KEY} is wrong"),
        "open%2Bsesame%2Ffor~me is wrong".to_owned(),
        "open%2bsesame%2ffor%7Eme is wrong".to_owned(),
        r"open+sesame\/for~me is wrong".to_owned(),
        "no such key: open+sesame/for~".to_owned(),
        "no such key: open+sesame...".to_owned(),
    ] {
        let open = Open::refusing(&said);
        open.send(open.post("").bearer_auth(KEY)).await;
        open.assert_gone(&["sesame"]);
    }
    let open =
        Open::refusing("no ann:open+sesame/for~me, YW5uOm9wZW4rc2VzYW1lL2Zvcn5tZQ== or ****");
    open.send(open.post("").basic_auth("ann", Some(KEY))).await;
    let left = open.assert_gone(&["sesame", "YW5uOm9wZW4", encoded]);
    assert!(left.contains("no [REDACTED], [REDACTED] or ****"), "{left}");
}

#[tokio::test]
async fn what_is_short_or_masked_or_no_secret_stays() {
    let open =
        Open::refusing("Not 1234567, sk-open***me, text/plain, open+ses or open+sesame/for~me.");
    let request = open.post("?page=text/plain").header("x-key", "1234567");
    open.send(request.bearer_auth(KEY).header("x-plain", "text/plain"))
        .await;
    let left = open.assert_gone(&["sesame"]);
    let expected = "Not 1234567, sk-open***me, text/plain, open+ses or [REDACTED].";
    assert!(left.contains(expected), "{left}");
}

#[tokio::test]
async fn errors_in_streams_and_answers_and_of_connections_are_texts_of_errors_too() {
    let error = json!({"error": {"type": "server_error", "message": format!("no {KEY}")}});
    let choice = json!({"choices": [{"index": 0, "error": {"message": format!("no {KEY}")}}]});
    for reply in [
        Reply::sse([error.to_string()]),
        Reply::sse([choice.to_string()]),
        Reply::json(&error),
        Reply::status(500).body(format!("{{\"detail\": \"no {KEY}\"}}")),
    ] {
        let open = Open::with([reply], None);
        open.send(open.post("").bearer_auth(KEY)).await;
        open.assert_gone(&["sesame"]);
    }
    let open = Open::refusing("");
    let call = open.harness.telemetry.record(
        &format!("http://ann:{OTHER}@a.example/v1/chat/completions?key={KEY}"),
        r#"{"model":"m"}"#,
    );
    call.failed(&io::Error::other(format!("{KEY} and {OTHER} open nothing")));
    open.assert_gone(&["sesame", OTHER]);
}

#[tokio::test]
async fn rules_of_redaction_change_nothing_about_it() {
    for rules in [
        Redaction::new(),
        Redaction::personal_data(),
        Redaction::personal_data().field(Field::ErrorMessage, FieldRule::Keep),
    ] {
        let reply = openai::error(401, "x", &format!("Nobody knows {KEY}."));
        let open = Open::with([reply], Some(rules));
        open.send(open.post("").bearer_auth(KEY)).await;
        let left = open.assert_gone(&["sesame"]);
        assert!(left.contains("Nobody knows [REDACTED]."), "{left}");
    }
}

/// Promise, leaves: `error.type` is a word, and never what looks like a key.
#[tokio::test]
async fn a_type_of_error_is_a_word_and_no_key() {
    for (kind, expected) in [
        ("invalid_request_error", "invalid_request_error"),
        ("rate-limit.v2", "rate-limit.v2"),
        ("open+sesame/for~me", "_OTHER"),
        ("open_sesame_1234", "_OTHER"),
        ("sk-proj-Ab12Cd34Ef56Gh78Ij90", "_OTHER"),
        ("two words", "_OTHER"),
        ("https://a.example/errors/1", "_OTHER"),
        ("", "_OTHER"),
    ] {
        let error = json!({"error": {"type": kind, "message": "x"}});
        let open = Open::with([Reply::sse([error.to_string()])], None);
        open.send(open.post("").bearer_auth("open_sesame_1234"))
            .await;
        let left = open.left();
        assert!(
            left.contains(&format!("error.type = {expected}\n")),
            "{left}"
        );
        assert!(
            kind == expected || kind.is_empty() || !left.contains(kind),
            "{left}"
        );
    }
}

/// Adds a key behind whatever stands before it.
struct Keyed;

#[async_trait::async_trait]
impl Middleware for Keyed {
    async fn handle(
        &self,
        mut request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let key = HeaderValue::from_static(KEY);
        request.headers_mut().insert("x-api-key", key);
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn every_seam_knows_what_its_request_says() {
    let said = format!("Nobody knows {KEY} here.");
    let open = Open::refusing(&said);
    let config = OpenAIConfig::new()
        .with_api_base(open.harness.provider.base_url())
        .with_api_key(KEY);
    let ai = open.harness.telemetry.wrap(Client::with_config(config));
    ai.chat().create(ask("Hello!")).await.unwrap_err();
    open.assert_gone(&["sesame"]);

    let open = Open::refusing(&said);
    let client = ClientBuilder::new(open.harness.http.clone())
        .with(Keyed)
        .with(open.harness.telemetry.middleware())
        .build();
    let request = open.post("").build().unwrap();
    client
        .execute(request)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    open.assert_gone(&["sesame"]);

    // A layer of the user's between the two adds it.
    let open = Open::refusing(&said);
    let telemetry = &open.harness.telemetry;
    let service = ServiceBuilder::new()
        .layer(telemetry.operation_layer())
        .map_request(|mut request: reqwest::Request| {
            let key = HeaderValue::from_static(KEY);
            request.headers_mut().insert("x-api-key", key);
            request
        })
        .layer(telemetry.attempt_layer())
        .service(open.harness.http.clone());
    let request = open.post("").build().unwrap();
    service
        .oneshot(request)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    open.assert_gone(&["sesame"]);

    // A client that nobody watches says it.
    let open = Open::refusing(&said);
    let url = "https://api.openai.com/v1/chat/completions";
    let mut call = open.harness.telemetry.record(url, r#"{"model":"m"}"#);
    let mut headers = HeaderMap::new();
    headers.insert(
        "authorization",
        HeaderValue::from_str(&format!("Bearer {KEY}")).unwrap(),
    );
    call.headers(&headers);
    assert!(!format!("{call:?}").contains("sesame"));
    call.refused(401, json!({"error": {"message": said}}).to_string());
    open.assert_gone(&["sesame"]);
}

#[tokio::test]
async fn a_key_that_differs_from_attempt_to_attempt_is_known_each_time() {
    let again = openai::error(500, "server_error", "again");
    let last = openai::error(401, "x", "neither open+sesame-1 nor open+sesame-2");
    let open = Open::with([again, last], None);
    let url = format!("{}/chat/completions", open.harness.provider.base_url());
    let telemetry = &open.harness.telemetry;
    let attempt = ServiceBuilder::new()
        .layer(telemetry.attempt_layer())
        .service(open.harness.http.clone());
    let attempts = Arc::new(AtomicU32::new(1));
    let service = ServiceBuilder::new()
        .layer(telemetry.operation_layer())
        .service_fn(move |request: reqwest::Request| {
            let (attempt, attempts) = (attempt.clone(), Arc::clone(&attempts));
            async move {
                loop {
                    let key = format!("open+sesame-{}", attempts.fetch_add(1, Relaxed));
                    let mut request = request.try_clone().unwrap();
                    let key = HeaderValue::from_str(&key).unwrap();
                    request.headers_mut().insert("x-api-key", key);
                    let answer = attempt.clone().oneshot(request).await?;
                    if answer.status() != 500 {
                        return Ok::<_, reqwest::Error>(answer);
                    }
                }
            }
        });
    let request = open
        .harness
        .http
        .post(url)
        .body(r#"{"model":"m"}"#)
        .build()
        .unwrap();
    service
        .oneshot(request)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let left = open.assert_gone(&["sesame"]);
    assert!(left.contains("neither [REDACTED] nor [REDACTED]"), "{left}");
}

const SHAPED: &str = "sk-proj-Ab12Cd34Ef56Gh78Ij90";

#[tracing::instrument(skip_all, err, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
async fn tool(open: &Open) -> Result<(), String> {
    // Somebody else's key.
    open.send(open.post("").bearer_auth(KEY)).await;
    tracing::error!("the call failed: Incorrect API key provided: {SHAPED}.");
    Err(format!("Incorrect API key provided: {SHAPED}."))
}

#[tracing::instrument(skip_all, err)]
async fn handler(open: &Open) -> Result<(), String> {
    tool(open).await
}

#[tokio::test]
async fn error_texts_of_functions_and_by_hand_have_no_key_of_a_known_form() {
    let open = Open::refusing(&format!("Incorrect API key provided: {SHAPED}."));
    let telemetry = &open.harness.telemetry;
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let calls = async { handler(&open).await.unwrap_err() };
    calls.with_subscriber(Dispatch::new(subscriber)).await;
    let interaction = telemetry.interaction("orders").begin();
    interaction.error("401", &format!("no {SHAPED}"));
    interaction.tool_call(ToolCall::new("refund").error("401", format!("no {SHAPED}")));
    interaction.fail(&format!("no {SHAPED}"));
    telemetry.flush(PATIENCE).unwrap();
    let left = open.left();
    assert!(!left.contains("Ab12Cd34"), "{left}");
    assert!(
        left.contains("Incorrect API key provided: [API_KEY]."),
        "{left}"
    );
    assert!(left.contains("no [API_KEY]"), "{left}");
    let events = open.tes.accepted();
    let tools = events.iter().filter(|it| it["eventType"] == "TOOL_USE");
    assert_eq!(tools.count(), 2);
}

#[tracing::instrument(skip_all, err)]
async fn failing(open: &Open, url: &str) -> Result<String, String> {
    let request = open.harness.http.post(url).body(r#"{"model":"m"}"#);
    let answer = open
        .harness
        .telemetry
        .send(request.header("x-api-key", KEY));
    let answer = answer.await.map_err(|error| error.to_string())?;
    let text = answer.text().await.map_err(|error| error.to_string())?;
    tracing::error!(error = %text, "it failed: {text}");
    Err(text)
}

#[tracing::instrument(skip_all, err, fields(
    gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "search"))]
async fn failing_tool(open: &Open, url: &str) -> Result<String, String> {
    failing(open, url).await
}

#[tokio::test]
async fn functions_around_a_call_whose_error_has_a_secret_tell_no_error_text() {
    let open = Open::refusing(&format!("Nobody knows {KEY}."));
    let subscriber = tracing_subscriber::registry().with(open.harness.telemetry.layer());
    let known = format!("{}/chat/completions", open.harness.provider.base_url());
    // The client's own error has the URL in it.
    let nowhere = format!("http://127.0.0.1:1/v1/chat/completions?key={OTHER}");
    let calls = async {
        let repeated = failing_tool(&open, &known).await.unwrap_err();
        assert!(
            repeated.contains(KEY),
            "the caller gets what there is: {repeated}"
        );
        let url = failing_tool(&open, &nowhere).await.unwrap_err();
        assert!(url.contains(OTHER), "{url}");
    };
    calls.with_subscriber(Dispatch::new(subscriber)).await;
    let left = open.assert_gone(&["sesame", OTHER]);
    assert!(left.contains("exception.message=[REDACTED]"), "{left}");
    let events = open.tes.accepted();
    let mut tools = events.iter().filter(|it| it["eventType"] == "TOOL_USE");
    assert!(
        tools.all(|it| it.to_string().contains("[REDACTED]")),
        "{events:?}"
    );
}

#[tokio::test]
async fn functions_around_other_calls_keep_their_error_texts() {
    let open = Open::refusing("Nobody knows.");
    let subscriber = tracing_subscriber::registry().with(open.harness.telemetry.layer());
    let known = format!("{}/chat/completions", open.harness.provider.base_url());
    let calls = async { failing(&open, &known).await.unwrap_err() };
    calls.with_subscriber(Dispatch::new(subscriber)).await;
    let left = open.left();
    assert!(
        left.contains("it failed: {") && !left.contains("[REDACTED]"),
        "{left}"
    );
}
