//! What headers of an answer tell: rate limits and ids of requests.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain, retrying};
use opentelemetry_sdk::trace::SpanData;

const REMAINING: &str = "http.response.header.x-ratelimit-remaining-tokens";
const REQUEST_ID: &str = "http.response.header.x-request-id";

fn told(reply: Reply, id: &str) -> Reply {
    reply
        .header("x-request-id", id)
        .header("x-ratelimit-remaining-tokens", "149984")
        .header("set-cookie", "canary")
        .header("x-secret-key", "canary")
}

fn headers_of(span: &SpanData) -> [Option<String>; 2] {
    [REQUEST_ID, REMAINING].map(|key| attribute(&span.attributes, key))
}

fn expected(id: &str) -> [Option<String>; 2] {
    [Some(format!("[\"{id}\"]")), Some("[\"149984\"]".to_owned())]
}

#[tokio::test]
async fn every_seam_tells_limits_and_ids_and_no_other_header() {
    for seam in Seam::ALL.into_iter().filter(|it| *it != Seam::Recorder) {
        let answer = Reply::json(openai::completion("Hi."));
        let harness = Harness::start([told(answer, "req_1")]);
        drain(seam.call(&harness, Format::OpenAi, false).await.unwrap()).await;
        let span = harness.span();
        assert_eq!(headers_of(&span), expected("req_1"), "{seam:?}");
        assert!(!format!("{span:?}").contains("canary"));
    }
}

#[test]
fn the_recorder_is_told_with_the_head() {
    let harness = Harness::start([]);
    let mut headers = http::HeaderMap::new();
    headers.insert("x-request-id", "req_1".parse().unwrap());
    headers.insert("x-ratelimit-remaining-tokens", "149984".parse().unwrap());
    let url = Format::OpenAi.url(&harness);
    let request = Format::OpenAi.request(false).to_string();
    let mut call = harness.telemetry.record(&url, request);
    call.head(200, &headers);
    call.chunk(openai::completion("Hi.").to_string());
    call.finish();
    assert_eq!(headers_of(&harness.span()), expected("req_1"));
}

#[tokio::test]
async fn of_several_attempts_the_last_tells() {
    let refusal = || openai::error(429, "rate_limit_error", "No.").header("retry-after", "0");
    let answer = || Reply::json(openai::completion("Hi."));
    let replies = [told(refusal(), "req_1"), told(answer(), "req_2")];
    let harness = Harness::start(replies);
    let client = harness.telemetry.wrap(retrying(harness.http.clone()));
    let request = client.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(false).to_string());
    request.send().await.unwrap().bytes().await.unwrap();
    let span = harness.span();
    assert_eq!(headers_of(&span), expected("req_2"));
    let key = "http.response.header.retry-after";
    assert_eq!(attribute(&span.attributes, key), None);
}

#[tokio::test]
async fn a_refusal_tells_them_too() {
    for seam in [Seam::AsyncOpenai, Seam::Reqwest, Seam::Hyper] {
        let refusal = openai::error(400, "invalid_request_error", "No.");
        let harness = Harness::start([told(refusal, "req_1")]);
        if let Ok(answer) = seam.call(&harness, Format::OpenAi, false).await {
            drain(answer).await;
        }
        assert_eq!(headers_of(&harness.span()), expected("req_1"), "{seam:?}");
    }
}
