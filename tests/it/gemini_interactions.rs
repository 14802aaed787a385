//! Gemini's interactions: whole, as events, and what goes wrong.

use super::support::harness::{Harness, attribute};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

const URL: &str = "https://generativelanguage.googleapis.com/v1beta/interactions";

fn request() -> String {
    json!({"model": "gemini-3", "input": "Hello!", "stream": true, "system_instruction": "Be brief.",
        "previous_interaction_id": "v1_0", "generation_config": {"max_output_tokens": 64,
            "thinking_level": "high"}})
    .to_string()
}

/// An interaction with everything that one may have.
fn interaction() -> Value {
    json!({
        "id": "v1_1", "object": "interaction", "model": "gemini-3", "status": "requires_action",
        "steps": [
            {"type": "thought", "summary": [{"type": "text", "text": "Hm."}], "signature": "x"},
            {"type": "google_search_call", "id": "s_1", "arguments": {"queries": ["q"]}},
            {"type": "google_search_result", "call_id": "s_1", "result": [1]},
            {"type": "model_output", "content": [{"type": "text", "text": "One moment."}]},
            {"type": "function_call", "id": "fc_1", "name": "f", "arguments": {"q": 1}},
        ],
        "usage": {"total_input_tokens": 12, "total_cached_tokens": 4, "total_output_tokens": 5,
            "total_thought_tokens": 4, "total_tool_use_tokens": 3, "total_tokens": 24,
            "input_tokens_by_modality": [{"modality": "text", "tokens": 12}]},
    })
}

/// The same in pieces, by the names that events have and by those that they had.
fn events(has_old_names: bool) -> Vec<Value> {
    let whole = interaction();
    let (step, created, completed) = if has_old_names {
        ("content", "interaction.start", "interaction.complete")
    } else {
        ("step", "interaction.created", "interaction.completed")
    };
    let begun = json!({"id": "v1_1", "model": "gemini-3", "status": "in_progress"});
    let mut events = vec![json!({"event_type": created, "interaction": begun})];
    let pieces = [
        vec![
            json!({"type": "thought_summary", "content": {"text": "Hm."}}),
            json!({"signature": "x"}),
        ],
        vec![],
        vec![],
        vec![
            json!({"type": "text", "text": "One "}),
            json!({"type": "text", "text": "moment."}),
        ],
        vec![
            json!({"arguments": "{\"q\":"}),
            json!({"arguments": "1}", "type": "arguments_delta"}),
        ],
    ];
    let steps = whole["steps"].as_array().unwrap();
    for (index, (whole, pieces)) in steps.iter().zip(pieces).enumerate() {
        let mut begun = whole.clone();
        if !pieces.is_empty() {
            for key in ["summary", "content"] {
                begun.as_object_mut().unwrap().remove(key);
            }
            begun["arguments"] = json!({});
        }
        events.push(json!({"index": index, step: begun, "event_type": format!("{step}.start")}));
        let deltas = pieces.into_iter().map(
            |piece| json!({"index": index, "delta": piece, "event_type": format!("{step}.delta")}),
        );
        events.extend(deltas);
        events.push(json!({"index": index, "event_type": format!("{step}.stop")}));
    }
    let mut ended = whole;
    ended.as_object_mut().unwrap().remove("steps");
    events.push(json!({"event_type": completed, "interaction": ended}));
    events
}

fn sse(events: &[Value]) -> String {
    let event = |event: &Value| {
        let name = event["event_type"].as_str().unwrap();
        format!("event: {name}\ndata: {event}\n\n")
    };
    events.iter().map(event).collect()
}

fn streamed(body: &str) -> SpanData {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record(URL, request());
    for piece in body.as_bytes().chunks(7) {
        call.chunk(piece.to_vec());
    }
    call.finish();
    harness.span()
}

fn whole(answer: &Value) -> SpanData {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record(URL, request());
    call.response(answer.to_string());
    harness.span()
}

fn assert_all(span: &SpanData) {
    let has = |key: &str| attribute(&span.attributes, key).unwrap_or_default();
    for (key, value) in [
        ("gen_ai.operation.name", "generate_content"),
        ("gen_ai.request.model", "gemini-3"),
        ("gen_ai.request.max_tokens", "64"),
        ("gen_ai.request.reasoning.level", "high"),
        ("gen_ai.request.previous_response.id", "v1_0"),
        ("gen_ai.response.id", "v1_1"),
        ("gen_ai.response.model", "gemini-3"),
        ("gen_ai.response.finish_reasons", "[\"requires_action\"]"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.output_tokens", "9"),
        ("gen_ai.usage.reasoning.output_tokens", "4"),
        ("turnspan.usage.tool_use.input_tokens", "3"),
        ("turnspan.usage.text.input_tokens", "12"),
        ("turnspan.outcome", "completed"),
    ] {
        assert_eq!(has(key), value, "{key}");
    }
    let output: Value = serde_json::from_str(&has("gen_ai.output.messages")).unwrap();
    let call = json!({"type": "google_search_call", "arguments": {"queries": ["q"]}});
    let result = json!({"type": "google_search_result", "result": [1]});
    assert_eq!(
        output,
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "Hm."},
            {"type": "server_tool_call", "id": "s_1", "name": "google_search_call",
                "server_tool_call": call},
            {"type": "server_tool_call_response", "id": "s_1",
                "server_tool_call_response": result},
            {"type": "text", "content": "One moment."},
            {"type": "tool_call", "id": "fc_1", "name": "f", "arguments": {"q": 1}},
        ]}])
    );
}

#[test]
fn a_whole_interaction_is_read() {
    assert_all(&whole(&interaction()));
    let mut old = interaction();
    let fields = old.as_object_mut().unwrap();
    let steps = fields.remove("steps").unwrap();
    fields.insert("outputs".to_owned(), steps);
    assert_all(&whole(&old));
}

#[test]
fn events_say_the_same_by_whatever_names() {
    for has_old_names in [false, true] {
        let done = "event: done\ndata: [DONE]\n\n";
        assert_all(&streamed(&format!("{}{done}", sse(&events(has_old_names)))));
    }
}

fn outcome(span: &SpanData) -> [Option<String>; 2] {
    ["turnspan.outcome", "error.type"].map(|key| attribute(&span.attributes, key))
}

fn said(outcome: &str, error: Option<&str>) -> [Option<String>; 2] {
    [Some(outcome.to_owned()), error.map(str::to_owned)]
}

#[test]
fn a_stream_that_is_cut_off_is_not_complete() {
    let mut events = events(false);
    events.pop();
    let span = streamed(&sse(&events));
    assert_eq!(outcome(&span), said("transport_error", Some("connection")));
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    assert!(output.contains("One moment."));
    assert_eq!(
        attribute(&span.attributes, "gen_ai.usage.input_tokens"),
        None
    );
}

#[test]
fn what_has_failed_is_an_error_of_the_provider() {
    let error = json!({"code": "internal_error", "message": "No."});
    let failed = json!({"id": "v1_1", "status": "failed", "error": error});
    for span in [
        streamed(&sse(&[json!({"event_type": "error", "error": error})])),
        streamed(&sse(&[
            json!({"event_type": "interaction.completed", "interaction": failed}),
        ])),
        whole(&failed),
    ] {
        assert_eq!(
            outcome(&span),
            said("provider_error", Some("internal_error"))
        );
        assert_eq!(span.status, Status::error("No."));
    }
}

#[test]
fn a_refusal_says_why() {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record(URL, request());
    call.head(400, &http::HeaderMap::new());
    call.chunk(r#"{"error": {"code": "invalid_request", "message": "No."}}"#);
    call.finish();
    let span = harness.span();
    assert_eq!(outcome(&span), said("provider_error", Some("400")));
    assert_eq!(span.status, Status::error("No."));
}

#[test]
fn one_in_the_background_is_asked_for_again_and_that_is_no_inference() {
    let agent = r#"{"agent": "deep-research", "input": "Why?", "background": true}"#;
    let harness = Harness::with_content([]).lawless();
    let call = harness.telemetry.record(URL, agent);
    call.response(r#"{"id": "v1_1", "status": "in_progress", "agent": "deep-research"}"#);
    let get = http::Request::get(format!("{URL}/v1_1")).body(bytes::Bytes::new());
    let mut call = harness.telemetry.record_request(&get.unwrap());
    call.head(200, &http::HeaderMap::new());
    call.chunk(interaction().to_string());
    call.finish();
    let spans = harness.spans();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["generate_content", "retrieve_interaction"]);
    assert_eq!(outcome(&spans[0]), said("completed", None));
    let has = |key: &str| attribute(&spans[0].attributes, key);
    assert_eq!(has("gen_ai.response.finish_reasons"), None);
    let events: Vec<_> = spans[1].events.iter().map(|it| &*it.name).collect();
    assert!(events.is_empty(), "{events:?}");
    let id = attribute(&spans[1].attributes, "gen_ai.response.id");
    assert_eq!(id.as_deref(), Some("v1_1"));
}

#[test]
fn without_content_names_and_numbers_are_all_there_is() {
    let harness = Harness::start([]);
    let mut call = harness.telemetry.record(URL, request());
    call.chunk(sse(&events(false)));
    call.finish();
    let span = harness.span();
    let has = |key: &str| attribute(&span.attributes, key);
    assert_eq!(has("gen_ai.usage.output_tokens").as_deref(), Some("9"));
    let said = format!("{span:?}");
    for content in ["Hm.", "One moment.", "queries", "Hello!", "Be brief."] {
        assert!(!said.contains(content), "{content}");
    }
}

#[test]
fn bytes_that_are_no_event_cost_no_other() {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record(URL, request());
    call.chunk("data: {\"step\": [\n\ndata: x\n\n");
    call.chunk(sse(&events(false)));
    call.finish();
    let call = harness.telemetry.record(URL, request());
    call.response("[]");
    let spans = harness.spans();
    assert_all(&spans[0]);
    assert_eq!(outcome(&spans[1]), said("provider_error", Some("_OTHER")));
}
