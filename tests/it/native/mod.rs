//! The formats of single providers: whole, as streams, and what goes wrong.

use super::support::harness::{Harness, attribute};
use super::support::in_process;
use http::{HeaderMap, HeaderValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

mod cloudflare;
mod cohere;
mod huggingface;
mod llama_cpp;
mod ollama;
mod plain;
mod snowflake;
mod watsonx;

/// A call in one of these formats, which answers the same whole and as a stream.
struct Native {
    url: &'static str,
    request: Value,
    /// What makes a request ask for a stream, and for none.
    streaming: [Value; 2],
    content_type: &'static str,
    whole: Value,
    /// As they are on the wire.
    frames: Vec<String>,
    /// What stands on the span of either.
    facts: &'static [(&'static str, &'static str)],
    output: Value,
    failing: Failing,
}

/// How it fails.
struct Failing {
    /// A frame that is an error, if there are such, and what comes of it.
    frame: Option<(String, &'static str, &'static str)>,
    refusal: (u16, Value, &'static str),
}

impl Native {
    fn request(&self, is_stream: bool) -> String {
        let mut request = self.request.clone();
        let asked = &self.streaming[usize::from(!is_stream)];
        let fields = asked.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(fields);
        request.to_string()
    }

    fn streamed(&self, harness: &Harness, chunks: impl IntoIterator<Item = Vec<u8>>) {
        let mut call = harness.telemetry.record(self.url, self.request(true));
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static(self.content_type));
        call.head(200, &headers);
        for chunk in chunks {
            call.chunk(chunk);
        }
        call.finish();
    }

    fn assert_facts(&self, span: &SpanData) {
        for (key, value) in self.facts {
            assert_eq!(has(span, key), *value, "{key} of {}", self.url);
        }
        assert_eq!(has(span, "turnspan.outcome"), "completed", "{}", self.url);
    }

    fn assert_all(&self, span: &SpanData) {
        self.assert_facts(span);
        let output = has(span, "gen_ai.output.messages");
        let output: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(output, self.output, "{}", self.url);
    }

    fn whole_is_read(&self) {
        let harness = Harness::with_content([]);
        let call = harness.telemetry.record(self.url, self.request(false));
        call.response(self.whole.to_string());
        self.assert_all(&harness.span());
        assert_eq!(harness.telemetry.stats().faults.len(), 0, "{}", self.url);
    }

    fn pieces_are_read_wherever_they_are_cut(&self) {
        let stream = self.frames.concat().into_bytes();
        for size in [1, 7, 64, stream.len()] {
            let harness = Harness::with_content([]);
            self.streamed(&harness, stream.chunks(size).map(<[u8]>::to_vec));
            let span = harness.span();
            self.assert_all(&span);
            let first = span.events.iter();
            let first = first.filter(|it| it.name == "gen_ai.stream.first_token");
            assert_eq!(first.count(), 1, "{}", self.url);
        }
    }

    /// Without the last frame that says something of the end.
    fn a_stream_that_is_cut_off_is_no_answer(&self, frames: usize) {
        let harness = Harness::with_content([]);
        let frames = self.frames.iter().take(frames);
        self.streamed(&harness, frames.map(|it| it.clone().into_bytes()));
        let span = harness.span();
        assert_eq!(has(&span, "turnspan.outcome"), "transport_error");
        assert!(has(&span, "gen_ai.output.messages").contains("text"));
    }

    fn errors_are_told(&self) {
        let (status, body, message) = &self.failing.refusal;
        let harness = Harness::with_content([]);
        let call = harness.telemetry.record(self.url, self.request(true));
        call.refused(*status, body.to_string());
        let span = harness.span();
        assert_eq!(has(&span, "error.type"), status.to_string());
        assert!(
            format!("{:?}", span.status).contains(message),
            "{}",
            self.url
        );
        let Some((frame, kind, message)) = &self.failing.frame else {
            return;
        };
        let harness = Harness::with_content([]);
        let frames = self.frames.iter().take(2).chain([frame]);
        self.streamed(&harness, frames.map(|it| it.clone().into_bytes()));
        let span = harness.span();
        assert_eq!(has(&span, "turnspan.outcome"), "provider_error");
        assert_eq!(has(&span, "error.type"), *kind);
        assert!(
            format!("{:?}", span.status).contains(message),
            "{}",
            self.url
        );
    }

    fn without_content_nothing_of_it_is_there(&self) {
        for is_stream in [true, false] {
            let harness = Harness::start([]);
            if is_stream {
                self.streamed(&harness, [self.frames.concat().into_bytes()]);
            } else {
                let call = harness.telemetry.record(self.url, self.request(false));
                call.response(self.whole.to_string());
            }
            let span = harness.span();
            self.assert_facts(&span);
            assert!(!format!("{span:?}").contains("moment"), "{}", self.url);
        }
    }

    fn unreadable_bytes_are_counted_and_cost_themselves_alone(&self) {
        let harness = Harness::with_content([]);
        let broken = self.frames[0].replace('{', "{\u{7f}");
        let frames = [broken].into_iter().chain(self.frames.iter().cloned());
        self.streamed(&harness, frames.map(String::into_bytes));
        self.assert_all(&harness.span());
        let faults = harness.telemetry.stats().faults;
        assert_eq!(faults[&turnspan::Fault::UnreadResponse], 1, "{}", self.url);
        let harness = Harness::with_content([]);
        let call = harness.telemetry.record(self.url, self.request(false));
        call.response("{\"a\": 1, ");
        assert_eq!(has(&harness.span(), "turnspan.outcome"), "provider_error");
    }

    /// All of it, of a format whose streams have these frames before their end.
    fn holds(&self, before_end: usize) {
        self.whole_is_read();
        self.pieces_are_read_wherever_they_are_cut();
        self.a_stream_that_is_cut_off_is_no_answer(before_end);
        self.errors_are_told();
        self.without_content_nothing_of_it_is_there();
        self.unreadable_bytes_are_counted_and_cost_themselves_alone();
    }
}

/// Whether a wrapped client, which may ask anybody, takes this for a call.
fn is_seen(url: &str, request: &Value) -> bool {
    let harness = Harness::start([]).lawless();
    let post = harness.http.post(url).body(request.to_string());
    let answer = http::Response::new("{}".into());
    let exchanged = in_process::exchanged(&harness, post.build().unwrap(), answer);
    drop(futures::executor::block_on(exchanged));
    !harness.spans().is_empty()
}

fn has(span: &SpanData, key: &str) -> String {
    attribute(&span.attributes, key).unwrap_or_default()
}

/// An event without a name, whose data says what it is.
fn event(json: &Value) -> String {
    format!("data: {json}\n\n")
}

fn line(json: &Value) -> String {
    format!("{json}\n")
}

/// One answer of an assistant.
fn answer(finish_reason: &str, parts: &Value) -> Value {
    json!([{"role": "assistant", "finish_reason": finish_reason, "parts": parts}])
}
