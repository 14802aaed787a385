//! Requests whose bodies are made while they are sent: what they ask is read as it
//! passes.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::Format;
use bytes::Bytes;
use futures::stream;
use opentelemetry_sdk::trace::SpanData;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, RequestBuilder};
use serde_json::json;
use std::io;
use turnspan::Fault;

/// A body of its own making, in pieces of so many bytes.
fn streamed(bytes: &[u8], piece: usize) -> Body {
    let pieces = bytes.chunks(piece).map(Bytes::copy_from_slice);
    let pieces = pieces.map(Ok::<_, io::Error>).collect::<Vec<_>>();
    Body::wrap_stream(stream::iter(pieces))
}

/// A part whose bytes come as they are asked for.
fn file(bytes: &'static [u8]) -> Part {
    Part::stream(streamed(bytes, 100)).file_name("sesame.mp3")
}

async fn sent(harness: &Harness, request: RequestBuilder) {
    let response = harness.telemetry.send(request).await.unwrap();
    response.bytes().await.unwrap();
}

fn prompt_sent(span: &SpanData) -> Vec<Option<String>> {
    let events = span.events.iter();
    let sent = events.filter(|event| event.name == "gen_ai.prompt.sent");
    sent.map(|event| attribute(&event.attributes, "gen_ai.request.model"))
        .collect()
}

#[tokio::test]
async fn a_chat_is_read_as_it_passes_and_passes_as_it_is() {
    let body = Format::OpenAi.request(false).to_string();
    for piece in [1, 7, 10_000] {
        let harness = Harness::with_content([Reply::json(openai::completion("Hi."))]);
        let request = harness.http.post(Format::OpenAi.url(&harness));
        sent(&harness, request.body(streamed(body.as_bytes(), piece))).await;
        assert_eq!(harness.provider.requests()[0].body, body);
        let span = harness.span();
        assert_eq!(span.name, "chat gpt-4o");
        let has = |key| attribute(&span.attributes, key);
        assert_eq!(has("gen_ai.request.model").as_deref(), Some("gpt-4o"));
        let said = has("gen_ai.input.messages").unwrap();
        assert!(said.contains("Hello!"), "{said}");
        assert_eq!(prompt_sent(&span), [Some("gpt-4o".to_owned())]);
        let keys = span.attributes.iter().map(|it| it.key.as_str());
        let mut keys: Vec<_> = keys.collect();
        keys.sort_unstable();
        assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
        assert!(harness.telemetry.stats().faults.is_empty());
    }
}

#[tokio::test]
async fn without_content_the_parameters_are_known_and_texts_are_not_kept() {
    let long = "sesame ".repeat(2 << 20);
    let body = json!({"messages": [{"role": "user", "content": long}],
        "temperature": 0.5, "model": "gpt-4o"});
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let body = body.to_string();
    sent(&harness, request.body(streamed(body.as_bytes(), 64 << 10))).await;
    let span = harness.span();
    assert_eq!(span.name, "chat gpt-4o");
    let temperature = attribute(&span.attributes, "gen_ai.request.temperature");
    assert_eq!(temperature.as_deref(), Some("0.5"));
    assert!(!format!("{span:?}").contains("sesame"));
    assert!(harness.telemetry.stats().faults.is_empty());
}

#[tokio::test]
async fn of_more_than_is_kept_the_long_texts_are_cut_and_that_is_counted() {
    let body = json!({"messages": [
        {"role": "user", "content": "x".repeat(9 << 20)},
        {"role": "user", "content": "What is it?"}], "model": "gpt-4o"});
    let harness = Harness::with_content([Reply::json(openai::completion("Hi."))]);
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let body = body.to_string();
    sent(&harness, request.body(streamed(body.as_bytes(), 64 << 10))).await;
    let span = harness.span();
    assert_eq!(span.name, "chat gpt-4o");
    let said = attribute(&span.attributes, "gen_ai.input.messages").unwrap();
    assert!(said.contains("What is it?"));
    assert_eq!(
        harness.telemetry.stats().faults[&Fault::RequestTruncated],
        1
    );
}

#[tokio::test]
async fn the_fields_of_a_form_are_known_wherever_they_stand_and_files_pass() {
    let sound: &'static [u8] = b"sesame\r\n--\r\n".repeat(1000).leak();
    for file_first in [true, false] {
        let harness = Harness::with_content([Reply::json(json!({"text": "Hello."}))]);
        let url = format!("{}/audio/transcriptions", harness.provider.base_url());
        let form = Form::new();
        let form = if file_first {
            form.part("file", file(sound)).text("model", "whisper-1")
        } else {
            form.text("model", "whisper-1").part("file", file(sound))
        };
        sent(&harness, harness.http.post(url).multipart(form)).await;
        let arrived = harness.provider.requests()[0].body.clone();
        assert!(arrived.windows(sound.len()).any(|it| it == sound));
        let span = harness.span();
        assert_eq!(span.name, "transcribe_audio whisper-1");
        assert!(!format!("{span:?}").contains("sesame"));
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_off_as_it_did_and_asks_nothing() {
    let pieces = || {
        let pieces = [
            Ok(Bytes::from_static(b"{")),
            Err(io::Error::other("No more.")),
        ];
        Body::wrap_stream(stream::iter(pieces))
    };
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]).lawless();
    let url = Format::OpenAi.url(&harness);
    let bare = harness.http.post(&url).body(pieces()).send().await;
    let watched = harness
        .telemetry
        .send(harness.http.post(&url).body(pieces()));
    let (bare, watched) = (bare.unwrap_err(), watched.await.unwrap_err());
    assert_eq!(bare.to_string(), watched.to_string());
    assert_eq!(bare.is_body(), watched.is_body());
    let mut causes =
        std::iter::successors(Some(&watched as &dyn std::error::Error), |it| it.source());
    assert!(causes.any(|cause| cause.to_string() == "No more."));
    assert_eq!(harness.span().name, "chat");
}
