//! Streams cut, dropped, broken and written in every way the format allows.

use super::support::anthropic;
use super::support::harness::{Harness, attribute};
use super::support::in_process::{Ending, newest, read};
use super::support::provider::openai;
use super::support::seams::Format;
use bytes::Bytes;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use std::fmt::Write as _;
use std::time::Duration;
use turnspan::Turn;

const TEXTS: [&str; 3] = ["Hel", "lo, w\u{f6}rld \u{1f600}", "."];

fn events(format: Format) -> Vec<Value> {
    match format {
        Format::OpenAi => openai::stream(&TEXTS, true),
        Format::Anthropic => anthropic::stream(&TEXTS),
    }
}

/// Ways to write the same events.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a way of its own")]
struct Style {
    line_end: &'static str,
    has_byte_order_mark: bool,
    has_comments: bool,
    /// JSON over several `data` lines.
    is_pretty: bool,
    /// Whether the terminator comes twice.
    ends_twice: bool,
}

const PLAIN: Style = Style {
    line_end: "\n",
    has_byte_order_mark: false,
    has_comments: false,
    is_pretty: false,
    ends_twice: false,
};

fn styles() -> impl Strategy<Value = Style> {
    (
        prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(line_end, mark, comments, pretty, twice)| Style {
            line_end,
            has_byte_order_mark: mark,
            has_comments: comments,
            is_pretty: pretty,
            ends_twice: twice,
        })
}

impl Style {
    /// The events as they are on the wire, one text an event.
    fn write(&self, format: Format, events: &[Value]) -> Vec<String> {
        let mut written: Vec<String> = events
            .iter()
            .map(|event| self.event(format, event))
            .collect();
        if format == Format::OpenAi {
            written.push(format!("data: [DONE]{0}{0}", self.line_end));
        }
        if self.ends_twice {
            written.extend(written.last().cloned());
        }
        if self.has_byte_order_mark {
            written[0].insert(0, '\u{feff}');
        }
        written
    }

    fn event(&self, format: Format, event: &Value) -> String {
        let end = self.line_end;
        let mut written = String::new();
        if self.has_comments {
            write!(written, ": a comment{end}id: 7{end}").unwrap();
        }
        if format == Format::Anthropic {
            let kind = event["type"].as_str().unwrap();
            write!(written, "event: {kind}{end}").unwrap();
        }
        let json = if self.is_pretty {
            serde_json::to_string_pretty(event).unwrap()
        } else {
            event.to_string()
        };
        for line in json.lines() {
            write!(written, "data: {line}{end}").unwrap();
        }
        written + end
    }
}

/// One telemetry for the many calls of a test.
struct Calls {
    harness: Harness,
    runtime: tokio::runtime::Runtime,
    made: Cell<usize>,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq)]
struct Facts {
    outcome: String,
    error_type: Option<String>,
    text: Option<String>,
    usage: turnspan::Usage,
    finish_reasons: Vec<String>,
    events: Vec<String>,
}

impl Calls {
    fn new() -> Self {
        Self {
            harness: Harness::with_content([]),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            made: Cell::new(0),
        }
    }

    fn call(&self, format: Format, chunks: Vec<Bytes>, ending: Ending) -> Facts {
        let given = chunks.clone();
        let (got, error) = self
            .runtime
            .block_on(read(&self.harness, format, chunks, ending));
        // The reader gets the very chunks, and the error.
        let expected = match ending {
            Ending::DroppedAfter(count) => count.min(given.len()),
            _ => given.len(),
        };
        assert_eq!(got, given[..expected]);
        assert_eq!(error.is_some(), ending == Ending::Broken);
        let before = self.made.replace(self.made.get() + 1);
        facts(&newest(&self.harness, before))
    }
}

fn facts(span: &SpanData) -> Facts {
    let turn = Turn::from_span(span).unwrap();
    Facts {
        outcome: attribute(&span.attributes, "turnspan.outcome").unwrap(),
        error_type: attribute(&span.attributes, "error.type"),
        text: turn.assistant_response,
        usage: turn.usage,
        finish_reasons: turn.finish_reasons,
        events: span
            .events
            .iter()
            .map(|event| event.name.to_string())
            .collect(),
    }
}

fn bytes(written: &[String]) -> Vec<Bytes> {
    written.iter().cloned().map(Bytes::from).collect()
}

fn cut(stream: &[u8], cuts: &[usize]) -> Vec<Bytes> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    at.extend([0, stream.len()]);
    at.sort_unstable();
    at.windows(2)
        .map(|ends| Bytes::copy_from_slice(&stream[ends[0]..ends[1]]))
        .collect()
}

fn run<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

fn whole_text() -> String {
    TEXTS.concat()
}

#[test]
fn however_a_stream_is_written_and_cut_the_same_is_known() {
    let calls = Calls::new();
    for format in Format::ALL {
        let plain = calls.call(
            format,
            bytes(&PLAIN.write(format, &events(format))),
            Ending::Clean,
        );
        assert_eq!(plain.outcome, "completed");
        assert_eq!(plain.text, Some(whole_text()));
        assert!(plain.usage.output_tokens.is_some());
        let cuts = proptest::collection::vec(any::<usize>(), 0..40);
        run(48, (styles(), cuts), |(style, cuts)| {
            let stream = style.write(format, &events(format)).concat();
            let chunks = cut(stream.as_bytes(), &cuts);
            prop_assert_eq!(&calls.call(format, chunks, Ending::Clean), &plain);
            Ok(())
        });
        let stream = PLAIN.write(format, &events(format)).concat();
        let single = stream.bytes().map(|byte| Bytes::from(vec![byte])).collect();
        assert_eq!(
            calls.call(format, single, Ending::Clean),
            plain,
            "byte by byte"
        );
    }
}

/// Whether the answer said why it ends: it is whole, though its stream goes on.
fn is_finished(facts: &Facts) -> bool {
    facts.finish_reasons.iter().any(|reason| reason != "error")
}

/// What an end before the end must look like.
fn assert_partial(facts: &Facts, outcome: &str, error_type: &str, at: usize) {
    assert_eq!(facts.outcome, outcome, "at {at}");
    assert_eq!(facts.error_type.as_deref(), Some(error_type), "at {at}");
    assert_eq!(facts.usage.output_tokens, None, "at {at}");
    let text = facts.text.clone().unwrap_or_default();
    assert!(whole_text().starts_with(&text), "at {at}: {text}");
    let is_received = facts
        .events
        .iter()
        .any(|name| name == "gen_ai.response.received");
    assert!(!is_received, "at {at}");
}

#[test]
fn let_go_of_after_any_chunk_a_stream_is_dropped_unless_it_was_complete() {
    let calls = Calls::new();
    for format in Format::ALL {
        let chunks = bytes(&PLAIN.write(format, &events(format)));
        let last = chunks.len();
        for count in 0..=last {
            let facts = calls.call(format, chunks.clone(), Ending::DroppedAfter(count));
            if count == last || is_finished(&facts) {
                let outcome = (facts.outcome.as_str(), &facts.error_type);
                assert_eq!(outcome, ("completed", &None), "after {count}");
            } else {
                assert_partial(&facts, "dropped", "cancelled", count);
            }
        }
    }
}

#[test]
fn broken_or_ended_at_any_byte_a_stream_is_no_success_unless_it_was_complete() {
    let calls = Calls::new();
    for format in Format::ALL {
        let stream = PLAIN.write(format, &events(format)).concat();
        for ending in [Ending::Broken, Ending::Clean] {
            for end in (0..stream.len()).step_by(7) {
                let chunk = Bytes::copy_from_slice(&stream.as_bytes()[..end]);
                let facts = calls.call(format, vec![chunk], ending);
                if is_finished(&facts) {
                    assert_eq!(facts.outcome, "completed", "at {end}");
                } else {
                    assert_partial(&facts, "transport_error", "connection", end);
                }
            }
        }
    }
}

#[test]
fn an_error_frame_counts_wherever_it_comes_but_after_the_end() {
    let calls = Calls::new();
    let error = anthropic::error_event();
    for format in Format::ALL {
        let frame = match format {
            Format::OpenAi => json!({"error": error["error"]}),
            Format::Anthropic => error.clone(),
        };
        let frame = PLAIN.event(format, &frame);
        let whole = PLAIN.write(format, &events(format));
        for at in 0..=whole.len() {
            let mut written = whole.clone();
            written.insert(at, frame.clone());
            let facts = calls.call(format, bytes(&written), Ending::Clean);
            if at == whole.len() {
                assert_eq!(
                    (facts.outcome.as_str(), facts.error_type),
                    ("completed", None)
                );
            } else {
                assert_eq!(facts.outcome, "provider_error", "at {at}");
                assert_eq!(
                    facts.error_type.as_deref(),
                    Some("overloaded_error"),
                    "at {at}"
                );
            }
        }
    }
}

#[test]
fn ten_thousand_chunks_are_one_answer_with_one_first_token() {
    let calls = Calls::new();
    let texts = vec!["ab"; 10_000];
    for format in Format::ALL {
        let events = match format {
            Format::OpenAi => openai::stream(&texts, true),
            Format::Anthropic => anthropic::stream(&texts),
        };
        let facts = calls.call(format, bytes(&PLAIN.write(format, &events)), Ending::Clean);
        assert_eq!(facts.outcome, "completed");
        assert_eq!(facts.text, Some(texts.concat()));
        assert_eq!(
            facts.events,
            [
                "gen_ai.prompt.sent",
                "gen_ai.stream.first_token",
                "gen_ai.response.received"
            ]
        );
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_and_dies_is_told_by_what_kills_it() {
    use super::support::provider::Reply;
    let silent = || Reply::sse(openai::stream(&["Hel", "lo."], false)).hang_after(2);
    // The client's own time limit.
    let harness = Harness::start([silent()]);
    let http = reqwest::Client::builder()
        .read_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let request = http.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(true).to_string());
    let response = harness.telemetry.send(request).await.unwrap();
    assert!(response.bytes().await.unwrap_err().is_timeout());
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "deadline"
    );
    assert_eq!(
        attribute(&span.attributes, "error.type").unwrap(),
        "timeout"
    );
    // A time limit of the caller's: it lets go.
    let harness = Harness::start([silent()]);
    let request = harness.http.post(Format::OpenAi.url(&harness));
    let request = request.body(Format::OpenAi.request(true).to_string());
    let call = async { harness.telemetry.send(request).await.unwrap().bytes().await };
    tokio::time::timeout(Duration::from_millis(50), call)
        .await
        .unwrap_err();
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "dropped"
    );
}
