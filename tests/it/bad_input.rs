//! Whatever is sent and answered, the caller is unaffected and memory bounded.

use super::support::anthropic;
use super::support::harness::{Harness, PATIENCE, attribute};
use super::support::in_process::{Ending, answered, newest, read};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Body;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use turnspan::{Fault, Usage};

/// What a whole body that is no answer says.
fn not_answers() -> [Reply; 6] {
    let html = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    [
        Reply::status(200)
            .header("content-type", "text/html")
            .body(html),
        Reply::status(200)
            .header("content-type", "application/json")
            .body("{\"choices\": ["),
        Reply::json("[]"),
        Reply::json("\"sorry\""),
        Reply::json(""),
        Reply::json(json!({"error": {"type": "server_error", "message": "Oops."}})),
    ]
}

#[tokio::test]
async fn a_body_that_is_no_answer_is_no_success_and_the_caller_gets_it() {
    for format in Format::ALL {
        for reply in not_answers() {
            let harness = Harness::start([reply]);
            let url = format.url(&harness);
            let body = format.request(false).to_string();
            let bare = harness.http.post(&url).body(body).send().await.unwrap();
            let bare = bare.bytes().await.unwrap();
            let answer = Seam::Reqwest.call(&harness, format, false).await.unwrap();
            assert_eq!(drain(answer).await, bare);
            let span = harness.span();
            let outcome = attribute(&span.attributes, "turnspan.outcome").unwrap();
            assert_eq!(outcome, "provider_error", "{format:?} {bare:?}");
        }
    }
}

#[tokio::test]
async fn an_error_page_of_a_proxy_is_a_refusal_by_its_status() {
    let page = Reply::status(502)
        .header("content-type", "text/html")
        .body("<html>502</html>");
    for seam in [Seam::Reqwest, Seam::Recorder] {
        let harness = Harness::with_content([page.clone()]);
        let answer = seam.call(&harness, Format::Anthropic, true).await.unwrap();
        assert_eq!(drain(answer).await, "<html>502</html>");
        let span = harness.span();
        assert_eq!(attribute(&span.attributes, "error.type").unwrap(), "502");
    }
}

/// Values that a field should not have.
fn wrong() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(18_446_744_073_709_551_615_u64)),
        Just(json!("12")),
        Just(json!(true)),
        Just(json!([])),
        Just(json!([null, 1, "x", {}])),
        Just(json!({})),
        Just(json!({"type": []})),
    ]
}

/// Every place in a JSON value, as a pointer.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                self::places(value, &format!("{at}/{key}"), places);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                self::places(value, &format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// `value` with something wrong in some of its places.
fn spoiled(value: &Value, changes: &[(usize, Value)]) -> Value {
    let mut value = value.clone();
    for (at, change) in changes {
        let mut all = Vec::new();
        places(&value, "", &mut all);
        let place = &all[at % all.len()];
        *value.pointer_mut(place).unwrap() = change.clone();
    }
    value
}

fn answers(format: Format) -> Vec<Value> {
    match format {
        Format::OpenAi => {
            let mut events = openai::stream(&["Hel", "lo."], true);
            events.push(openai::chunk(
                &json!({"tool_calls": [{"index": 0, "id": "a",
                "function": {"name": "f", "arguments": "{}"}}]}),
                None,
            ));
            events.push(openai::completion("Hello."));
            events
        }
        Format::Anthropic => {
            let mut events = anthropic::stream(&["Hel", "lo."]);
            events.push(json!({"type": "content_block_start", "index": 1,
                "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}));
            events.push(anthropic::message("Hello."));
            events
        }
    }
}

/// Promise, process: Fields of any wrong type hurt nobody, and no number is made up.
#[test]
fn fields_of_any_wrong_type_hurt_nobody_and_no_number_is_made_up() {
    // Arguments of a wrong type are told as they came, lawful or not.
    let harness = Harness::with_content([]).lawless();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let calls = AtomicUsize::new(0);
    let config = Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    };
    let changes = proptest::collection::vec((any::<usize>(), wrong()), 1..4);
    let strategy = (any::<bool>(), any::<usize>(), changes);
    TestRunner::new(config)
        .run(&strategy, |(is_openai, which, changes)| {
            let format = if is_openai {
                Format::OpenAi
            } else {
                Format::Anthropic
            };
            let answers = answers(format);
            let spoiled = spoiled(&answers[which % answers.len()], &changes);
            let chunk = Bytes::from(format!("data: {spoiled}\n\n"));
            let (got, _) =
                runtime.block_on(read(&harness, format, vec![chunk.clone()], Ending::Clean));
            prop_assert_eq!(got, vec![chunk]);
            newest(&harness, calls.fetch_add(1, Relaxed));
            Ok(())
        })
        .unwrap();
    let faults = harness.telemetry.stats().faults;
    assert!(!faults.contains_key(&Fault::ObserverPanicked), "{faults:?}");
    assert!(!faults.contains_key(&Fault::PipelinePanicked), "{faults:?}");
}

#[test]
fn any_request_is_sent_as_it_is_and_any_bytes_are_read_as_they_come() {
    let harness = Harness::with_content([]).lawless();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    };
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let strategy = (
        any::<bool>(),
        bytes.clone(),
        proptest::collection::vec(bytes, 0..5),
    );
    TestRunner::new(config)
        .run(&strategy, |(is_openai, request, chunks)| {
            let format = if is_openai {
                Format::OpenAi
            } else {
                Format::Anthropic
            };
            let mut call = harness.telemetry.record(&format.url(&harness), request);
            for chunk in &chunks {
                call.chunk(chunk.clone());
            }
            call.finish();
            let chunks: Vec<Bytes> = chunks.into_iter().map(Bytes::from).collect();
            let (got, _) = runtime.block_on(read(&harness, format, chunks.clone(), Ending::Clean));
            prop_assert_eq!(got, chunks);
            Ok(())
        })
        .unwrap();
    harness.telemetry.flush(PATIENCE).unwrap();
    let faults = harness.telemetry.stats().faults;
    assert!(!faults.contains_key(&Fault::ObserverPanicked), "{faults:?}");
    assert!(!faults.contains_key(&Fault::PipelinePanicked), "{faults:?}");
}

/// How many bytes of a body are still held, by anybody.
#[derive(Clone, Default)]
struct Ledger(Arc<AtomicUsize>, Arc<AtomicUsize>);

struct Tracked(Vec<u8>, Ledger);

impl Ledger {
    fn chunk(&self, bytes: Vec<u8>) -> Bytes {
        let held = self.0.fetch_add(bytes.len(), Relaxed) + bytes.len();
        self.1.fetch_max(held, Relaxed);
        Bytes::from_owner(Tracked(bytes, self.clone()))
    }

    fn most(&self) -> usize {
        self.1.load(Relaxed)
    }
}

impl AsRef<[u8]> for Tracked {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.1.0.fetch_sub(self.0.len(), Relaxed);
    }
}

#[tokio::test]
async fn of_a_hundred_megabytes_eight_are_kept_and_the_rest_is_counted() {
    const CHUNK: usize = 64 << 10;
    const CHUNKS: usize = (100 << 20) / CHUNK;
    for content_type in ["application/json", "text/event-stream"] {
        let harness = Harness::start([]);
        let ledger = Ledger::default();
        let chunks = {
            let ledger = ledger.clone();
            move |_| Ok::<_, Infallible>(Frame::data(ledger.chunk(vec![b'x'; CHUNK])))
        };
        let body = Body::wrap(StreamBody::new(stream::iter(0..CHUNKS).map(chunks)));
        let response = answered(&harness, Format::OpenAi, content_type, body).await;
        let mut body = response.bytes_stream();
        let mut length = 0;
        while let Some(chunk) = body.next().await {
            length += chunk.unwrap().len();
        }
        assert_eq!(length, 100 << 20);
        assert!(ledger.most() <= (8 << 20) + 2 * CHUNK, "{}", ledger.most());
        harness.span();
        let faults = harness.telemetry.stats().faults;
        if content_type == "application/json" {
            assert_eq!(faults[&Fault::ResponseTruncated], 1);
        }
    }
}

#[tokio::test]
async fn an_answer_of_more_than_eight_megabytes_is_kept_in_part_and_counted() {
    let harness = Harness::with_content([]);
    let text = "x".repeat(1 << 20);
    let texts = [text.as_str(); 10];
    for (number, format) in Format::ALL.into_iter().enumerate() {
        let (events, done) = match format {
            Format::OpenAi => (openai::stream(&texts, true), "data: [DONE]\n\n"),
            Format::Anthropic => (anthropic::stream(&texts), ""),
        };
        let chunks = events.iter().map(|event| format!("data: {event}\n\n"));
        let chunks = chunks.chain([done.to_owned()]).map(Bytes::from).collect();
        read(&harness, format, chunks, Ending::Clean).await;
        let span = newest(&harness, number);
        assert_eq!(
            attribute(&span.attributes, "turnspan.outcome").unwrap(),
            "completed"
        );
        let said = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
        assert!((8 << 20..9 << 20).contains(&said.len()), "{}", said.len());
    }
    assert_eq!(
        harness.telemetry.stats().faults[&Fault::ResponseTruncated],
        2
    );
}

#[tokio::test]
async fn a_request_of_a_hundred_megabytes_is_sent_and_not_kept() {
    let harness = Harness::with_content([Reply::json(anthropic::message("Hi."))]);
    let mut request = Format::Anthropic.request(false);
    request["messages"][0]["content"] = json!("x".repeat(100 << 20));
    let request = harness
        .http
        .post(Format::Anthropic.url(&harness))
        .body(request.to_string());
    let response = harness.telemetry.send(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap();
    assert!(harness.provider.requests()[0].body.len() > 100 << 20);
    let span = harness.span();
    assert_eq!(attribute(&span.attributes, "gen_ai.input.messages"), None);
    assert_eq!(
        attribute(&span.attributes, "gen_ai.usage.output_tokens").unwrap(),
        "8"
    );
    assert_eq!(
        harness.telemetry.stats().faults[&Fault::RequestTruncated],
        1
    );
}

#[tokio::test]
async fn an_unknown_provider_is_known_by_its_api_and_an_unknown_path_passes() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    let answer = Seam::Reqwest.call(&harness, Format::OpenAi, false).await;
    drain(answer.unwrap()).await;
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "gen_ai.provider.name").unwrap(),
        "openai"
    );
    assert_eq!(
        attribute(&span.attributes, "server.address").unwrap(),
        "127.0.0.1"
    );
    let url = format!("{}/v1/unheard/of", harness.provider.url());
    for url in [url.as_str(), "no url at all"] {
        let call = harness.telemetry.record(url, "{}");
        call.response("{}");
    }
    assert_eq!(harness.spans().len(), 1);
}

#[test]
fn a_number_beyond_every_count_is_absent() {
    let harness = Harness::start([]).lawless();
    for usage in [
        json!(u64::MAX),
        json!(-5),
        json!(1e30),
        json!("7"),
        json!(null),
    ] {
        let url = "https://api.anthropic.com/v1/messages";
        let answer = json!({"content": [], "usage": {"input_tokens": usage, "output_tokens": usage,
            "cache_read_input_tokens": u64::MAX}});
        harness
            .telemetry
            .record(url, "{}")
            .response(answer.to_string());
    }
    for span in harness.spans() {
        let turn = turnspan::Turn::from_span(&span).unwrap();
        assert_eq!(turn.usage, Usage::default());
    }
}

#[tokio::test]
async fn a_stream_is_one_whatever_its_type_is_called() {
    let types = ["application/octet-stream", "application/json", "text/plain"];
    for content_type in types {
        let harness = Harness::start([]);
        let answer = openai::stream(&["Hi."], true);
        let events = answer.iter().map(|event| format!("data: {event}\n\n"));
        let chunks: Vec<_> = events.chain(["data: [DONE]\n\n".to_owned()]).collect();
        let chunks = chunks
            .into_iter()
            .map(|it| Ok::<_, Infallible>(Frame::data(Bytes::from(it))));
        let body = Body::wrap(StreamBody::new(stream::iter(chunks)));
        let response = answered(&harness, Format::OpenAi, content_type, body).await;
        response.bytes().await.unwrap();
        let span = harness.span();
        let outcome = attribute(&span.attributes, "turnspan.outcome").unwrap();
        assert_eq!(outcome, "completed", "{content_type}");
        assert!(
            span.events
                .iter()
                .any(|it| it.name == "gen_ai.stream.first_token")
        );
    }
}

#[test]
fn numbers_and_words_of_an_attack_are_bounded() {
    let harness = Harness::start([]);
    let request = |format: Format| format.request(true).to_string();
    let url = Format::OpenAi.url(&harness);
    let mut call = harness.telemetry.record(&url, request(Format::OpenAi));
    for index in 0..5_000 {
        let delta = json!({"tool_calls": [{"index": 1_000_000, "function": {"name": "f"}}]});
        call.event(json!({"choices": [{"index": index, "delta": delta}]}).to_string());
    }
    call.event("[DONE]");
    call.finish();
    let span = harness.span();
    let dropped = usize::try_from(span.events.dropped_count).unwrap();
    assert!(span.events.len() + dropped < 1_100, "{}", span.events.len());
    let url = Format::Anthropic.url(&harness);
    let mut call = harness.telemetry.record(&url, request(Format::Anthropic));
    let id = "x".repeat(200 << 10);
    for index in 0..10 {
        let block = json!({"type": "tool_use", "id": id, "name": "f"});
        let event = json!({"type": "content_block_start", "index": index, "content_block": block});
        call.event(event.to_string());
    }
    call.event(r#"{"type":"message_stop"}"#);
    call.finish();
    let spans = harness.spans();
    let ids = spans[1].events.iter().flat_map(|event| &event.attributes);
    let ids = ids.filter(|it| it.key.as_str() == "gen_ai.tool.call.id");
    let ids: Vec<_> = ids.map(|it| it.value.as_str().into_owned()).collect();
    assert_eq!(ids.len(), 10);
    assert!(ids.iter().all(|id| id.len() <= 256 && *id == ids[0]));
    assert_eq!(
        harness.telemetry.stats().faults[&Fault::ResponseTruncated],
        1
    );
}

#[tokio::test]
async fn a_document_in_tiny_pieces_is_kept_once() {
    let harness = Harness::with_content([]);
    let answer = openai::completion("Hi.").to_string();
    let bytes: Vec<Bytes> = answer.bytes().map(|byte| Bytes::from(vec![byte])).collect();
    let chunks = bytes
        .into_iter()
        .map(|it| Ok::<_, Infallible>(Frame::data(it)));
    let body = Body::wrap(StreamBody::new(stream::iter(chunks)));
    let response = answered(&harness, Format::OpenAi, "application/json", body).await;
    assert_eq!(response.bytes().await.unwrap(), answer);
    let said = attribute(&harness.span().attributes, "gen_ai.output.messages").unwrap();
    assert!(said.contains("Hi."));
}

#[tokio::test]
async fn a_key_in_a_url_is_nowhere() {
    let harness = Harness::with_content([Reply::status(401)]);
    let url = format!("{}?key=sesame", Format::OpenAi.url(&harness));
    let refused = harness.http.post(&url).body("{}").send().await.unwrap();
    let error = refused.error_for_status().unwrap_err();
    assert!(error.to_string().contains("sesame"));
    harness
        .telemetry
        .record(&url, r#"{"model":"m"}"#)
        .failed(&error);
    let call = harness
        .telemetry
        .send(harness.http.post(&url).body(r#"{"model":"m"}"#));
    call.await.unwrap();
    for span in harness.spans() {
        assert_eq!(attribute(&span.attributes, "error.type").unwrap(), "401");
        let outcome = attribute(&span.attributes, "turnspan.outcome").unwrap();
        assert_eq!(outcome, "provider_error");
        assert!(!format!("{span:?}").contains("sesame"));
    }
}

#[test]
fn numbers_that_json_has_not_and_half_characters_cost_nothing_but_themselves() {
    let harness = Harness::with_content([]);
    let url = Format::OpenAi.url(&harness);
    let request = r#"{"model": "m", "temperature": NaN,
        "messages": [{"role": "user", "content": "Hello \ud83d"}]}"#;
    let choice =
        r#""finish_reason": "stop", "logprobs": {"content": [{"logprob": -Infinity}, NaN]}"#;
    let answer = format!(r#"{{"choices": [{{"message": {{"content": "Hi."}}, {choice}}}]}}"#);
    let call = harness.telemetry.record(&url, request);
    call.response(answer);
    let mut stream = harness.telemetry.record(&url, request);
    stream.event(format!(
        r#"{{"choices": [{{"delta": {{"content": "Hi."}}, {choice}}}]}}"#
    ));
    stream.event("[DONE]");
    stream.finish();
    for span in &harness.spans() {
        let of = |name: &str| attribute(&span.attributes, name).unwrap();
        assert_eq!(of("gen_ai.request.model"), "m");
        assert_eq!(of("turnspan.outcome"), "completed");
        assert!(of("gen_ai.input.messages").contains("Hello \u{fffd}"));
        assert!(of("gen_ai.output.messages").contains("Hi."));
    }
    let faults = harness.telemetry.stats().faults;
    assert!(faults.is_empty(), "{faults:?}");
}
