//! Anthropic messages, unary and streamed, with all that they may hold.

use super::support::anthropic;
use super::support::harness::{Harness, PATIENCE, attribute, tes_at};
use super::support::provider::Reply;
use super::support::seams::{Format, Seam, drain};
use super::support::tes_receiver::TesReceiver;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use turnspan::{CaptureMode, Conversation};

/// Sends a request of these fields, and reads the answer.
async fn ask(harness: &Harness, fields: Value) {
    let mut request = Format::Anthropic.request(false);
    request
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let url = Format::Anthropic.url(harness);
    let request = harness.http.post(url).body(request.to_string());
    let response = harness.telemetry.send(request).await.unwrap();
    response.bytes().await.unwrap();
}

async fn span_of(reply: Reply, fields: Value) -> SpanData {
    let harness = Harness::with_content([reply]);
    ask(&harness, fields).await;
    harness.span()
}

fn json_of(span: &SpanData, key: &str) -> Value {
    serde_json::from_str(&attribute(&span.attributes, key).unwrap()).unwrap()
}

#[tokio::test]
async fn what_was_asked_and_answered_is_on_the_span() {
    let request = json!({
        "system": "Be brief.", "temperature": 0.5, "top_k": 5, "stop_sequences": ["END"],
        "output_config": {"effort": "high"},
        "tools": [{"name": "search", "input_schema": {"type": "object"}}],
    });
    let span = span_of(Reply::json(anthropic::message("Hello.")), request).await;
    assert_eq!(span.name, "chat claude-sonnet-4");
    let expected = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "anthropic"),
        ("gen_ai.request.max_tokens", "100"),
        ("gen_ai.request.reasoning.level", "high"),
        ("gen_ai.request.stop_sequences", r#"["END"]"#),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.top_k", "5"),
        ("gen_ai.response.finish_reasons", r#"["end_turn"]"#),
        ("gen_ai.response.id", "msg_fake_1"),
        ("gen_ai.response.model", "claude-sonnet-4-20250514"),
        ("gen_ai.usage.cache_creation.input_tokens", "5"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.input_tokens", "24"),
        ("gen_ai.usage.output_tokens", "8"),
        ("tes.usage.input_tokens", "15"),
        ("turnspan.outcome", "completed"),
    ];
    for (key, value) in expected {
        let found = attribute(&span.attributes, key);
        assert_eq!(found.as_deref(), Some(value), "{key}");
    }
    assert_eq!(
        json_of(&span, "gen_ai.system_instructions"),
        json!([{"type": "text", "content": "Be brief."}])
    );
    assert_eq!(
        json_of(&span, "gen_ai.output.messages"),
        json!([{"role": "assistant", "parts": [{"type": "text", "content": "Hello."}], "finish_reason": "stop"}])
    );
}

/// A stream of one block after another, with pings in between.
fn stream_of(blocks: &[(Value, &[Value])], stop_reason: &str) -> Reply {
    let mut events = vec![anthropic::head()];
    for (index, (block, deltas)) in blocks.iter().enumerate() {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.push(json!({"type": "ping"}));
        for delta in *deltas {
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.extend([
        anthropic::tail(stop_reason),
        json!({"type": "message_stop"}),
    ]);
    anthropic::sse(events)
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "two long answers, side by side")]
async fn whole_or_streamed_the_same_is_said() {
    let citation = json!({"type": "char_location", "cited_text": "c", "document_index": 0});
    let whole = anthropic::with_content(
        &json!([
            {"type": "thinking", "thinking": "Hm, so.", "signature": "xyz"},
            {"type": "redacted_thinking", "data": "opaque"},
            {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "shoes"}},
            {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"type": "web_search_result", "url": "u"}]},
            {"type": "text", "text": "Two of them.", "citations": [citation]},
            {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"q": "shoes"}},
            {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
        ]),
        "tool_use",
    );
    let streamed = stream_of(
        &[
            (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                &[
                    json!({"type": "thinking_delta", "thinking": "Hm, "}),
                    json!({"type": "thinking_delta", "thinking": "so."}),
                    json!({"type": "signature_delta", "signature": "xyz"}),
                ],
            ),
            (json!({"type": "redacted_thinking", "data": "opaque"}), &[]),
            (
                json!({"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}),
                &[json!({"type": "input_json_delta", "partial_json": "{\"query\":\"shoes\"}"})],
            ),
            (
                json!({"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"type": "web_search_result", "url": "u"}]}),
                &[],
            ),
            (
                json!({"type": "text", "text": "", "citations": []}),
                &[
                    json!({"type": "text_delta", "text": "Two "}),
                    json!({"type": "citations_delta", "citation": citation}),
                    json!({"type": "text_delta", "text": "of them."}),
                ],
            ),
            (
                json!({"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}}),
                &[
                    json!({"type": "input_json_delta", "partial_json": "{\"q\":"}),
                    json!({"type": "input_json_delta", "partial_json": "\"shoes\"}"}),
                ],
            ),
            (
                json!({"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}),
                &[],
            ),
        ],
        "tool_use",
    );
    let whole = span_of(Reply::json(whole), json!({})).await;
    let streamed = span_of(streamed, json!({"stream": true})).await;
    let said = |span: &SpanData| json_of(span, "gen_ai.output.messages");
    assert_eq!(said(&whole), said(&streamed));
    assert_eq!(said(&whole)[0]["finish_reason"], "tool_call");
    for span in [&whole, &streamed] {
        let tools = span.events.iter().filter(|e| e.name == "gen_ai.tool.call");
        let names = tools.map(|tool| attribute(&tool.attributes, "gen_ai.tool.name").unwrap());
        assert_eq!(names.collect::<Vec<_>>(), ["search", "now"]);
    }
    // One first token: the first of the thinking.
    let first = streamed
        .events
        .iter()
        .filter(|e| e.name == "gen_ai.stream.first_token");
    assert_eq!(first.count(), 1);
}

#[tokio::test]
async fn a_refusal_and_a_pause_are_answers() {
    for (reason, finish_reason) in [("refusal", "content_filter"), ("pause_turn", "pause_turn")] {
        let reply = stream_of(&[], reason);
        let span = span_of(reply, json!({"stream": true})).await;
        let outcome = attribute(&span.attributes, "turnspan.outcome");
        assert_eq!(outcome.as_deref(), Some("completed"));
        let reasons = attribute(&span.attributes, "gen_ai.response.finish_reasons");
        assert_eq!(reasons, Some(format!("[\"{reason}\"]")));
        let said = json_of(&span, "gen_ai.output.messages");
        assert_eq!(said[0]["finish_reason"], finish_reason);
    }
}

#[tokio::test]
async fn usage_may_come_again_and_the_last_word_holds() {
    let mut events = anthropic::stream(&["Hi."]);
    let at = events.len() - 2;
    // A server tool has read pages meanwhile.
    events[at]["usage"] =
        json!({"input_tokens": 150, "cache_read_input_tokens": 40, "output_tokens": 9});
    let span = span_of(anthropic::sse(events), json!({"stream": true})).await;
    let count = |key: &str| attribute(&span.attributes, key).unwrap();
    assert_eq!(count("gen_ai.usage.input_tokens"), "195");
    assert_eq!(count("tes.usage.input_tokens"), "150");
    assert_eq!(count("gen_ai.usage.output_tokens"), "9");
}

/// The turn of a call, as the TES receiver got it.
async fn turn(reply: Reply, fields: Value) -> Value {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey");
    let harness = Harness::with([reply], |builder| {
        builder.tes(tes).capture(CaptureMode::NoContent)
    });
    Conversation::new("conv-1")
        .scope(ask(&harness, fields))
        .await;
    harness.telemetry.flush(PATIENCE).unwrap();
    receiver.accepted()[0]["data"]["attributes"].clone()
}

#[tokio::test]
async fn turns_keep_the_providers_own_counting() {
    let turn = turn(
        Reply::json(anthropic::message("Hi.")),
        json!({"system": "Be brief."}),
    )
    .await;
    assert_eq!(
        turn["usage"],
        json!({"prompt_tokens": 15, "completion_tokens": 8, "total_tokens": 23, "ai_rounds": 1,
            "cache_read_input_tokens": 4, "cache_creation_input_tokens": 5})
    );
    assert_eq!(turn["system_prompt"], "Be brief.");
    assert_eq!(turn["assistant_response"], "Hi.");
}

#[tokio::test]
async fn a_tools_result_is_not_what_the_user_said() {
    let messages = json!([
        {"role": "user", "content": [{"type": "text", "text": "Find shoes."}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}]},
    ]);
    let fields = json!({"messages": messages});
    let reply = || Reply::json(anthropic::message("Here."));
    let turn = turn(reply(), fields.clone()).await;
    assert_eq!(turn["user_message"], "Find shoes.");
    let span = span_of(reply(), fields).await;
    let answered = attribute(&span.attributes, "tes.tool.answered_ids");
    assert_eq!(answered.as_deref(), Some(r#"["toolu_1"]"#));
}

#[tokio::test]
async fn refusals_of_the_api_are_named_by_their_status() {
    let reply = anthropic::error(529, "overloaded_error", "Overloaded.");
    let harness = Harness::with_content([reply]);
    let answer = Seam::Reqwest.call(&harness, Format::Anthropic, true).await;
    drain(answer.unwrap()).await;
    let span = harness.span();
    let error_type = attribute(&span.attributes, "error.type");
    assert_eq!(error_type.as_deref(), Some("529"));
    assert_eq!(
        span.status,
        opentelemetry::trace::Status::error("Overloaded.")
    );
}

#[tokio::test]
async fn other_paths_that_end_alike_are_no_calls() {
    let harness = Harness::start([Reply::json(json!({}))]);
    for path in [
        "/v1/messages/count_tokens",
        "/v1/messages/batches",
        "/v1/threads/t/messages",
    ] {
        let url = format!("{}{path}", harness.provider.url());
        drop(
            harness
                .telemetry
                .send(harness.http.post(url).body("{}"))
                .await,
        );
    }
    assert!(harness.spans().is_empty());
    assert_eq!(harness.telemetry.stats().unrecognised, 3);
}

/// Source: the API's `container` and `stop_details`.
#[tokio::test]
async fn words_by_which_an_answer_is_found_again_are_attributes() {
    let mut whole = anthropic::with_content(&json!([]), "refusal");
    whole["stop_details"] = json!({"type": "refusal", "category": "cyber"});
    whole["container"] = json!({"id": "container_1", "expires_at": "2026-11-30T00:00:00Z"});
    let mut tail = anthropic::tail("refusal");
    tail["delta"]["stop_details"] = whole["stop_details"].clone();
    tail["delta"]["container"] = whole["container"].clone();
    let stream = [anthropic::head(), tail, json!({"type": "message_stop"})];
    for (reply, streams) in [
        (Reply::json(whole.to_string()), false),
        (anthropic::sse(stream), true),
    ] {
        let harness = Harness::start([reply]);
        let answer = Seam::Reqwest.call(&harness, Format::Anthropic, streams);
        drain(answer.await.unwrap()).await;
        let span = harness.span();
        for (key, expected) in [
            ("turnspan.response.container.id", "container_1"),
            ("turnspan.response.refusal.category", "cyber"),
        ] {
            let value = attribute(&span.attributes, key);
            assert_eq!(value.as_deref(), Some(expected), "{key}, {streams}");
        }
    }
}
