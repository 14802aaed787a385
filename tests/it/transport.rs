//! `wrap` is honest about transport: what a customised client had, it keeps.

use super::support::harness::{Harness, ask, attribute};
use super::support::provider::{Provider, Reply, openai};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::middleware::ReqwestService;
use async_openai::middleware::retry::OpenAIRetryLayer;
use reqwest::header::{HeaderMap, HeaderValue};
use std::collections::BTreeSet;
use std::time::Duration;
use tower::ServiceBuilder;
use turnspan::Wrap;

fn hello() -> Reply {
    Reply::json(openai::completion("Hi."))
}

#[tokio::test]
async fn a_proxy_is_kept() {
    let proxy = Provider::start([hello()]);
    let harness = Harness::start([]);
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::http(proxy.url()).unwrap())
        .build()
        .unwrap();
    let config = OpenAIConfig::new()
        .with_api_base("http://provider.invalid/v1")
        .with_api_key("k");
    let client = Client::with_config(config).with_http_client(http.clone());
    let ai = harness.telemetry.wrap_with(client, Wrap::new().http(http));
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(proxy.requests().len(), 1);
    let address = attribute(&harness.span().attributes, "server.address");
    assert_eq!(address.as_deref(), Some("provider.invalid"));
}

#[tokio::test]
async fn a_default_header_is_kept() {
    let harness = Harness::start([hello()]);
    let mut headers = HeaderMap::new();
    headers.insert("x-tenant", HeaderValue::from_static("acme"));
    let http = reqwest::Client::builder()
        .default_headers(headers)
        .build()
        .unwrap();
    let client = harness.bare().with_http_client(http.clone());
    let ai = harness.telemetry.wrap_with(client, Wrap::new().http(http));
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(harness.provider.requests()[0].headers["x-tenant"], "acme");
}

#[tokio::test]
async fn a_timeout_is_kept() {
    let harness = Harness::start([hello().delay_first(Duration::from_secs(60))]);
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let client = harness.bare().with_http_client(http.clone());
    let ai = harness.telemetry.wrap_with(client, Wrap::new().http(http));
    let error = ai.chat().create(ask("Hello!")).await.unwrap_err();
    assert!(format!("{error:?}").contains("TimedOut"), "{error:?}");
}

#[tokio::test]
async fn a_custom_retry_is_kept() {
    let refusal = openai::error(500, "server_error", "Oops.").header("retry-after", "0");
    let harness = Harness::start([refusal]);
    let transport = ServiceBuilder::new()
        .layer(harness.telemetry.operation_layer())
        .layer(OpenAIRetryLayer::new(5))
        .layer(harness.telemetry.attempt_layer())
        .service(ReqwestService::new(reqwest::Client::new()));
    let ai = harness.bare().with_http_service(transport);
    ai.chat().create(ask("Hello!")).await.unwrap_err();
    assert_eq!(harness.provider.requests().len(), 6);
}

#[tokio::test]
async fn a_bare_wrap_keeps_the_default_retries_and_sends_the_same_requests() {
    let refusal = openai::error(500, "server_error", "Oops.").header("retry-after", "0");
    let harness = Harness::start([refusal]);
    harness
        .bare()
        .chat()
        .create(ask("Hello!"))
        .await
        .unwrap_err();
    harness.ai().chat().create(ask("Hello!")).await.unwrap_err();
    let requests = harness.provider.requests();
    assert_eq!(requests.len(), 8);
    for wrapped in &requests[4..] {
        assert_eq!(wrapped.headers, requests[0].headers);
        assert_eq!(wrapped.body, requests[0].body);
        assert_eq!(wrapped.path, requests[0].path);
    }
}

#[tokio::test]
async fn telemetry_that_is_off_leaves_the_client_alone() {
    let provider = Provider::start([hello()]);
    let telemetry = turnspan::builder().build().unwrap();
    let ai = telemetry.wrap(super::support::harness::bare(&provider));
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(telemetry.stats(), turnspan::StatsSnapshot::default());
    assert_eq!(provider.requests().len(), 1);
}

fn config(provider: &Provider) -> OpenAIConfig {
    let config = OpenAIConfig::new().with_api_base(provider.base_url());
    config.with_api_key("sk-sesame")
}

/// Promise, process: An async-openai client that telemetry builds keeps the timeouts, proxy,
/// headers and certificates of the HTTP client that it was given.
#[tokio::test]
async fn a_client_that_is_built_keeps_what_its_http_client_has() {
    let proxy = Provider::start([hello(), hello().delay_first(Duration::from_secs(60))]);
    let harness = Harness::start([]);
    let mut headers = HeaderMap::new();
    headers.insert("x-tenant", HeaderValue::from_static("acme"));
    let http = reqwest::Client::builder()
        .proxy(reqwest::Proxy::http(proxy.url()).unwrap())
        .default_headers(headers)
        .timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let config = OpenAIConfig::new().with_api_base("http://provider.invalid/v1");
    let ai = harness.telemetry.openai(config).http(http).client();
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(proxy.requests()[0].headers["x-tenant"], "acme");
    let error = ai.chat().create(ask("Hello!")).await.unwrap_err();
    assert!(format!("{error:?}").contains("TimedOut"), "{error:?}");
    assert_eq!(harness.spans().len(), 2);
}

#[tokio::test]
async fn a_client_that_is_built_retries_and_sends_as_a_bare_one() {
    let refusal = openai::error(500, "server_error", "Oops.").header("retry-after", "0");
    let harness = Harness::start([refusal]);
    let built = harness.telemetry.openai(config(&harness.provider));
    for ai in [harness.bare(), built.client()] {
        ai.chat().create(ask("Hello!")).await.unwrap_err();
    }
    let requests = harness.provider.requests();
    assert_eq!(requests.len(), 8);
    for built in &requests[4..] {
        assert_eq!(built.headers, requests[0].headers);
        assert_eq!(built.body, requests[0].body);
    }
    assert_eq!(harness.spans().len(), 1);
}

#[tokio::test]
async fn a_client_that_is_built_may_have_a_conversation() {
    let harness = Harness::start([hello()]);
    let built = harness.telemetry.openai(config(&harness.provider));
    let ai = built.conversation("nightly".into()).client();
    ai.chat().create(ask("Hello!")).await.unwrap();
    let id = attribute(&harness.span().attributes, "gen_ai.conversation.id");
    assert_eq!(id.as_deref(), Some("nightly"));
}

#[tokio::test]
async fn clients_of_one_telemetry_share_an_http_client() {
    let harness = Harness::start([hello()]);
    let built = harness.telemetry.openai(config(&harness.provider));
    for ai in [harness.ai(), harness.ai(), built.client()] {
        ai.chat().create(ask("Hello!")).await.unwrap();
    }
    let requests = harness.provider.requests();
    let connections: BTreeSet<_> = requests.iter().map(|seen| seen.peer).collect();
    assert_eq!((requests.len(), connections.len()), (3, 1));
}

#[tokio::test]
async fn a_client_that_is_built_by_telemetry_that_is_off_is_a_bare_one() {
    let provider = Provider::start([hello()]);
    let telemetry = turnspan::builder().build().unwrap();
    let ai = telemetry.openai(config(&provider)).client();
    ai.chat().create(ask("Hello!")).await.unwrap();
    assert_eq!(telemetry.stats(), turnspan::StatsSnapshot::default());
}
