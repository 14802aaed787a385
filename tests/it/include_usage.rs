//! Streams are asked for their usage where their callers did not ask, if that is
//! set; callers get what they would have got without it.

use super::support::harness::{Harness, attribute};
use super::support::provider::{Reply, openai};
use super::support::seams::{Format, Seam, drain};
use bytes::Bytes;
use serde_json::{Value, json};

const INPUT: &str = "gen_ai.usage.input_tokens";

fn asking(replies: impl IntoIterator<Item = Reply>) -> Harness {
    Harness::with(replies, |builder| builder.include_usage(true))
}

/// A stream with its usage at the end, cut into pieces of so many bytes.
fn with_usage(piece: usize) -> Reply {
    let events = openai::stream(&["Hi", "!"], true);
    let events = events.iter().map(|event| format!("data: {event}\n\n"));
    let stream: String = events.chain(["data: [DONE]\n\n".to_owned()]).collect();
    let pieces = stream.as_bytes().chunks(piece);
    Reply::status(200)
        .header("content-type", "text/event-stream")
        .chunks(pieces.map(Bytes::copy_from_slice).collect())
}

/// What a server sends that was not asked for it.
fn without_usage() -> String {
    let events = openai::stream(&["Hi", "!"], false);
    let events = events.iter().map(|event| format!("data: {event}\n\n"));
    events.chain(["data: [DONE]\n\n".to_owned()]).collect()
}

fn body_of(harness: &Harness, at: usize) -> Value {
    serde_json::from_slice(&harness.provider.requests()[at].body).unwrap()
}

fn seams() -> impl Iterator<Item = Seam> {
    let others = [Seam::Recorder, Seam::Hyper];
    Seam::ALL.into_iter().filter(move |it| !others.contains(it))
}

#[tokio::test]
async fn a_stream_is_asked_for_its_usage_and_its_caller_does_not_see_it() {
    for seam in seams() {
        for piece in [1, 7, 10_000] {
            let harness = asking([with_usage(piece)]);
            let answer = seam.call(&harness, Format::OpenAi, true).await.unwrap();
            let answer = drain(answer).await;
            if seam == Seam::AsyncOpenai {
                let events = String::from_utf8(answer.to_vec()).unwrap();
                assert!(!events.contains("prompt_tokens"), "{events}");
            } else {
                assert_eq!(answer, without_usage(), "{seam:?} by {piece}");
            }
            let asked = body_of(&harness, 0);
            assert_eq!(asked["stream_options"], json!({"include_usage": true}));
            let span = harness.span();
            let input = attribute(&span.attributes, INPUT);
            assert_eq!(input.as_deref(), Some("12"), "{seam:?} by {piece}");
        }
    }
}

#[tokio::test]
async fn every_attempt_asks() {
    let refusal = || openai::error(429, "rate_limit_error", "No.").header("retry-after", "0");
    for seam in seams().filter(|it| *it != Seam::Reqwest) {
        let harness = asking([refusal(), with_usage(100)]);
        let answer = seam.call(&harness, Format::OpenAi, true).await.unwrap();
        drain(answer).await;
        for at in 0..2 {
            let asked = body_of(&harness, at);
            assert_eq!(asked["stream_options"]["include_usage"], true, "{seam:?}");
        }
    }
}

#[tokio::test]
async fn it_is_off_unless_it_is_set_and_concerns_streams_of_this_format_alone() {
    let off = Harness::start([with_usage(10_000)]);
    let answer = Seam::Reqwest
        .call(&off, Format::OpenAi, true)
        .await
        .unwrap();
    let answer = drain(answer).await;
    assert!(answer.ends_with(b"data: [DONE]\n\n") && answer.len() > without_usage().len());
    assert_eq!(body_of(&off, 0), Format::OpenAi.request(true));
    for (format, stream) in [
        (Format::OpenAi, false),
        (Format::Anthropic, true),
        (Format::Anthropic, false),
    ] {
        let harness = asking([Reply::json(openai::completion("Hi."))]).lawless();
        let answer = Seam::Reqwest.call(&harness, format, stream).await.unwrap();
        drain(answer).await;
        assert_eq!(body_of(&harness, 0), format.request(stream));
    }
}

#[tokio::test]
async fn what_is_signed_compressed_or_has_options_of_its_own_is_left_as_it_is() {
    let plain = Format::OpenAi.request(true);
    let mut own = plain.clone();
    own["stream_options"] = json!({"include_usage": true});
    for (header, value, body) in [
        ("x-amz-content-sha256", "ab", &plain),
        ("content-digest", "sha-256=:ab:", &plain),
        ("signature", "sig1=:ab:", &plain),
        ("authorization", "AWS4-HMAC-SHA256 Credential=ab", &plain),
        ("content-encoding", "identity", &plain),
        ("accept-encoding", "gzip", &plain),
        ("x-any", "any", &own),
    ] {
        let harness = asking([with_usage(10_000)]);
        let request = harness.http.post(Format::OpenAi.url(&harness));
        let request = request.header(header, value).body(body.to_string());
        let answer = harness.telemetry.send(request).await.unwrap();
        let answer = answer.bytes().await.unwrap();
        assert_eq!(body_of(&harness, 0), *body, "{header}");
        assert!(answer.len() > without_usage().len(), "{header}");
    }
}

#[tokio::test]
async fn lengths_that_were_stated_are_those_of_what_is_sent() {
    let stream = without_usage();
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}});
    let reply = Reply::status(200)
        .header("content-type", "text/event-stream")
        .body(format!("data: {usage}\n\n{stream}"));
    let harness = asking([reply]);
    let body = Format::OpenAi.request(true).to_string();
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let request = request.header("authorization", "Bearer sk-sesame");
    let request = request.header("content-length", body.len()).body(body);
    let answer = harness.telemetry.send(request).await.unwrap();
    assert_eq!(answer.content_length(), None);
    assert_eq!(answer.bytes().await.unwrap(), stream);
    assert_eq!(
        body_of(&harness, 0)["stream_options"]["include_usage"],
        true
    );
}

#[tokio::test]
async fn what_was_held_back_comes_before_what_broke_the_stream() {
    let events = openai::stream(&["Hi", "!"], false);
    let beginning = Bytes::from(format!("data: {}\n\ndata: {{\"cho", events[0]));
    let reply = Reply::status(200)
        .header("content-type", "text/event-stream")
        .chunks(vec![beginning.clone(), Bytes::from_static(b"ices")])
        .cut_after(1);
    let harness = asking([reply]);
    let mut answer = harness
        .telemetry
        .send(
            harness
                .http
                .post(Format::OpenAi.url(&harness))
                .body(Format::OpenAi.request(true).to_string()),
        )
        .await
        .unwrap();
    let mut read = Vec::new();
    let broke = loop {
        match answer.chunk().await {
            Ok(Some(bytes)) => read.extend(bytes),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broke);
    assert_eq!(read, beginning);
}
