//! Servers that speak a format with an accent of their own.

use super::support::harness::{Harness, attribute};
use super::support::seams::Format;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use std::fmt::Write as _;
use turnspan::Turn;

/// What is known of an answer.
#[derive(Debug, PartialEq)]
struct Facts {
    outcome: String,
    error_type: Option<String>,
    text: Option<String>,
    /// Id, name and arguments.
    tools: Vec<[String; 3]>,
    tokens: [Option<u64>; 2],
}

fn facts(span: &SpanData) -> Facts {
    let turn = Turn::from_span(span).unwrap();
    let event = |event: &opentelemetry::trace::Event| {
        ["id", "name", "arguments"].map(|part| {
            let key = match part {
                "name" => "gen_ai.tool.name".to_owned(),
                _ => format!("gen_ai.tool.call.{part}"),
            };
            attribute(&event.attributes, &key).unwrap_or_default()
        })
    };
    let tools = span.events.iter();
    let tools = tools.filter(|event| event.name == "gen_ai.tool.call");
    Facts {
        outcome: attribute(&span.attributes, "turnspan.outcome").unwrap(),
        error_type: attribute(&span.attributes, "error.type"),
        text: turn.assistant_response,
        tools: tools.map(event).collect(),
        tokens: [turn.usage.input_tokens, turn.usage.output_tokens],
    }
}

/// What a call comes to that gets these bytes.
fn told(format: Format, stream: bool, answer: &str) -> Facts {
    told_of(format, &format.request(stream), answer)
}

fn told_of(format: Format, request: &Value, answer: &str) -> Facts {
    let harness = Harness::with_content([]);
    let url = format.url(&harness);
    let mut call = harness.telemetry.record(&url, request.to_string());
    if request["stream"] == true {
        call.chunk(answer.to_owned());
        call.finish();
    } else {
        call.response(answer.to_owned());
    }
    facts(&harness.span())
}

fn completed(text: &str) -> Facts {
    Facts {
        outcome: "completed".to_owned(),
        error_type: None,
        text: Some(text.to_owned()).filter(|text| !text.is_empty()),
        tools: Vec::new(),
        tokens: [None; 2],
    }
}

fn failed(outcome: &str, error_type: &str) -> Facts {
    Facts {
        outcome: outcome.to_owned(),
        error_type: Some(error_type.to_owned()),
        ..completed("")
    }
}

fn sse(events: &[Value]) -> String {
    let mut written = String::new();
    for event in events {
        write!(written, "data: {event}\n\n").unwrap();
    }
    written
}

fn choice(fields: &Value) -> Value {
    let mut choice = json!({"index": 0});
    choice
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({"choices": [choice]})
}

const DONE: &str = "data: [DONE]\n\n";

#[test]
fn a_choice_may_have_a_delta_and_a_message() {
    let stream = sse(&[
        choice(&json!({"delta": {"content": "Hel"}, "message": {"content": "Hel"}})),
        choice(&json!({"delta": {"content": "lo"}, "message": {"content": "Hello"}})),
        choice(&json!({"delta": {"content": ""}, "message": null, "finish_reason": "stop"})),
    ]);
    assert_eq!(told(Format::OpenAi, true, &stream), completed("Hello"));
    let whole =
        choice(&json!({"delta": null, "message": {"content": "Hi"}, "finish_reason": "stop"}));
    assert_eq!(
        told(Format::OpenAi, false, &whole.to_string()),
        completed("Hi")
    );
}

#[test]
fn an_answer_that_is_none_is_an_error_and_so_is_one_that_says_so() {
    for (format, answer, error_type) in [
        (Format::OpenAi, "{}", "_OTHER"),
        (
            Format::OpenAi,
            r#"{"code":40303,"message":"model not found"}"#,
            "_OTHER",
        ),
        (
            Format::OpenAi,
            r#"{"error":{"code":"not_found"}}"#,
            "not_found",
        ),
        (
            Format::OpenAi,
            r#"{"object":"error","message":"No.","type":"BadRequest","code":400}"#,
            "BadRequest",
        ),
        (Format::Anthropic, r#"{"detail":"nope"}"#, "_OTHER"),
        (Format::Anthropic, r#"{"type":"error"}"#, "_OTHER"),
    ] {
        let expected = failed("provider_error", error_type);
        assert_eq!(told(format, false, answer), expected, "{answer}");
    }
}

#[test]
fn an_empty_error_is_none() {
    for empty in ["null", "\"\"", "false", "{}", "[]"] {
        let answer = format!(
            r#"{{"error":{empty},"choices":[{{"message":{{"content":"Hi"}},"finish_reason":"stop"}}]}}"#
        );
        assert_eq!(
            told(Format::OpenAi, false, &answer),
            completed("Hi"),
            "{empty}"
        );
    }
}

#[test]
fn errors_in_a_stream_have_many_forms() {
    let said = choice(&json!({"delta": {"content": "Hel"}}));
    for (frame, error_type) in [
        (
            "event: error\ndata: {\"message\":\"Busy\",\"code\":503}\n\n",
            "503",
        ),
        ("event: error\ndata: Busy\n\n", "_OTHER"),
        (
            "data: {\"object\":\"error\",\"message\":\"Busy\",\"code\":500}\n\n",
            "500",
        ),
        (
            "data: {\"choices\":[{\"index\":0,\"error\":{\"code\":502},\"finish_reason\":\"error\"}]}\n\n",
            "502",
        ),
        (
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
            "_OTHER",
        ),
        ("data: {\"error\":true}\n\n", "_OTHER"),
        (
            "data: {\"error\":{\"type\":\"a long text that is no type at all\"}}\n\n",
            "_OTHER",
        ),
    ] {
        let stream = format!("{}{frame}{DONE}", sse(std::slice::from_ref(&said)));
        let expected = Facts {
            text: Some("Hel".to_owned()),
            ..failed("provider_error", error_type)
        };
        assert_eq!(told(Format::OpenAi, true, &stream), expected, "{frame}");
    }
    let stream = "event: error\ndata: {\"type\":\"error\"}\n\n";
    let expected = failed("provider_error", "_OTHER");
    assert_eq!(told(Format::Anthropic, true, stream), expected);
}

#[test]
fn the_last_event_may_lack_its_empty_line() {
    let said = choice(&json!({"delta": {"content": "Hi"}}));
    let last = r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5}}"#;
    for end in ["", "\n", "\r\n"] {
        let stream = format!("{}{last}{end}", sse(std::slice::from_ref(&said)));
        let expected = Facts {
            tokens: [Some(3), Some(5)],
            ..completed("Hi")
        };
        assert_eq!(told(Format::OpenAi, true, &stream), expected, "{end:?}");
    }
    let stream = "data: {\"error\":{\"type\":\"server_error\"}}\n";
    let expected = failed("provider_error", "server_error");
    assert_eq!(told(Format::OpenAi, true, stream), expected);
}

/// Most readers of JSON take the last of them.
#[test]
fn a_field_may_be_there_twice() {
    let twice = r#"{"choices": [{"index": 0, "delta": {"content": "Hel", "content": "Hello"},
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 7},
        "id": "1", "id": "2"}"#
        .replace('\n', "");
    let expected = Facts {
        tokens: [Some(9), Some(7)],
        ..completed("Hello")
    };
    let stream = format!("data: {twice}\n\n{DONE}");
    assert_eq!(told(Format::OpenAi, true, &stream), expected);
    let whole = twice.replace("delta", "message");
    assert_eq!(told(Format::OpenAi, false, &whole), expected);
    // What is too long to be read twice is no failure of its provider's.
    let long = whole.replace("Hello", &"x".repeat(100_000));
    assert_eq!(told(Format::OpenAi, false, &long), completed(""));
}

#[test]
fn events_may_end_with_one_line_feed_alone() {
    let stream = sse(&[
        choice(&json!({"delta": {"content": "Hel"}})),
        choice(&json!({"delta": {"content": "lo"}})),
        choice(&json!({"delta": {}, "finish_reason": "stop"})),
    ]);
    let stream = format!("{stream}{DONE}");
    for end in ["\n", "\r\n", "\r"] {
        let stream = stream.replace("\n\n", end);
        assert_eq!(
            told(Format::OpenAi, true, &stream),
            completed("Hello"),
            "{end:?}"
        );
    }
}

#[test]
fn the_words_of_whoever_answers_behind_a_gateway_are_told() {
    let stream = sse(&[choice(&json!({"delta": {"content": "Hi"},
        "finish_reason": "stop", "native_finish_reason": "STOP"}))]);
    let harness = Harness::start([]);
    let request = Format::OpenAi.request(true).to_string();
    let mut call = harness
        .telemetry
        .record(&Format::OpenAi.url(&harness), request);
    call.head(200, &http::HeaderMap::new());
    call.chunk(stream);
    call.finish();
    let native = attribute(
        &harness.span().attributes,
        "turnspan.response.native_finish_reasons",
    );
    assert_eq!(native.as_deref(), Some("[\"STOP\"]"));
}

#[test]
fn the_terminator_may_be_indented() {
    let said = choice(&json!({"delta": {"content": "Hi"}}));
    let stream = format!("{}data:  [DONE] \n\n", sse(&[said]));
    assert_eq!(told(Format::OpenAi, true, &stream), completed("Hi"));
}

#[test]
fn without_a_terminator_every_choice_that_was_asked_for_must_have_finished() {
    let mut request = Format::OpenAi.request(true);
    request["n"] = json!(2);
    let stream = sse(&[choice(
        &json!({"delta": {"content": "a"}, "finish_reason": "stop"}),
    )]);
    let expected = Facts {
        text: Some("a".to_owned()),
        ..failed("transport_error", "connection")
    };
    assert_eq!(told_of(Format::OpenAi, &request, &stream), expected);
    request["n"] = json!(1);
    assert_eq!(told_of(Format::OpenAi, &request, &stream), completed("a"));
}

fn calls(deltas: &[Value]) -> Vec<[String; 3]> {
    let deltas = deltas
        .iter()
        .map(|calls| choice(&json!({"delta": {"tool_calls": calls}})));
    let end = [choice(&json!({"delta": {}, "finish_reason": "tool_calls"}))];
    let events: Vec<Value> = deltas.chain(end).collect();
    told(Format::OpenAi, true, &sse(&events)).tools
}

#[test]
fn tool_calls_need_not_be_counted_as_openai_does() {
    let call = |index: Option<usize>, id: &str, arguments: &str| {
        json!({"index": index, "id": id, "type": "function",
            "function": {"name": "f", "arguments": arguments}})
    };
    let known = |id: &str, arguments: &str| [id, "f", arguments].map(str::to_owned);
    let two = [known("a", r#"{"x":1}"#), known("b", r#"{"y":2}"#)];
    let (x, y) = (r#"{"x":1}"#, r#"{"y":2}"#);
    // All at index 0, in one event or in two; without any index; from 1 on.
    assert_eq!(
        calls(&[json!([call(Some(0), "a", x), call(Some(0), "b", y)])]),
        two
    );
    assert_eq!(
        calls(&[
            json!([call(Some(0), "a", x)]),
            json!([call(Some(0), "b", y)])
        ]),
        two
    );
    assert_eq!(
        calls(&[json!([call(None, "a", x)]), json!([call(None, "b", y)])]),
        two
    );
    assert_eq!(
        calls(&[json!([call(None, "a", x), call(None, "b", y)])]),
        two
    );
    assert_eq!(
        calls(&[json!([call(Some(1), "a", x), call(Some(2), "b", y)])]),
        two
    );
    // A piece that repeats the id, or brings a new one without a name.
    let piece = |id: &str, arguments: &str| json!([{"index": 0, "id": id, "function": {"arguments": arguments}}]);
    let pieces = [
        json!([call(Some(0), "a", "{")]),
        piece("a", r#""x""#),
        piece("z", ":1}"),
    ];
    assert_eq!(calls(&pieces), two[..1]);
    // After a second at the same index, pieces are its.
    let pieces = [
        json!([call(Some(0), "a", x)]),
        json!([call(Some(0), "b", "{")]),
        json!([{"index": 0, "function": {"arguments": r#""y":2}"#}}]),
    ];
    assert_eq!(calls(&pieces), two);
}

#[test]
fn usage_may_stand_in_other_places_and_nothing_erases_it() {
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 5});
    let end = |fields: &Value| {
        let mut event = choice(&json!({"delta": {"content": "Hi"}, "finish_reason": "stop"}));
        event
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        event
    };
    let in_choice =
        choice(&json!({"delta": {"content": "Hi"}, "finish_reason": "stop", "usage": usage}));
    for events in [
        vec![in_choice],
        vec![end(&json!({"x_groq": {"id": "r", "usage": usage}}))],
        vec![
            end(&json!({"usage": usage})),
            json!({"choices": [], "usage": {}}),
        ],
        vec![
            end(&json!({"usage": usage})),
            json!({"choices": [], "usage": null}),
        ],
    ] {
        let expected = Facts {
            tokens: [Some(3), Some(5)],
            ..completed("Hi")
        };
        assert_eq!(
            told(Format::OpenAi, true, &sse(&events)),
            expected,
            "{events:?}"
        );
    }
}

#[test]
fn halves_of_characters_cost_themselves_alone() {
    let whole = r#"{"choices":[{"message":{"content":"a\ud83d"},"finish_reason":"stop"}]}"#;
    assert_eq!(told(Format::OpenAi, false, whole), completed("a\u{fffd}"));
    let stream = format!(
        "data: {}\n\n{DONE}",
        r#"{"choices":[{"delta":{"content":"\ude00b"},"finish_reason":"stop"}]}"#
    );
    assert_eq!(told(Format::OpenAi, true, &stream), completed("\u{fffd}b"));
}

#[test]
fn a_message_is_read_though_events_of_it_are_missing() {
    let text = json!({"type": "content_block_delta", "index": 1,
        "delta": {"type": "text_delta", "text": "Hello"}});
    let end = [
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
        json!({"type": "message_stop"}),
    ];
    let start = json!({"type": "message_start", "message": {"content": []}});
    let block = json!({"type": "content_block_start", "index": 1, "content_block": {"text": ""}});
    for missing in [
        vec![],
        vec![start.clone()],
        vec![block.clone()],
        vec![start, block],
    ] {
        let events: Vec<Value> = missing.iter().chain([&text]).chain(&end).cloned().collect();
        let told = told(Format::Anthropic, true, &sse(&events));
        assert_eq!(told, completed("Hello"), "{missing:?}");
    }
    // A tool that names itself without saying that it is one.
    let block = json!({"type": "content_block_start", "index": 0,
        "content_block": {"id": "t", "name": "f", "input": {"x": 1}}});
    let events: Vec<Value> = [&block].into_iter().chain(&end).cloned().collect();
    let told = told(Format::Anthropic, true, &sse(&events));
    assert_eq!(told.tools, [["t", "f", r#"{"x":1}"#].map(str::to_owned)]);
}
