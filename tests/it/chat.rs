//! Unary chat completions.

use super::support::harness::{Harness, ask, attribute, request, stable};
use super::support::provider::{Reply, openai};
use insta::assert_snapshot;
use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_call_becomes_a_span_with_its_events() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    assert_snapshot!(stable(&[harness.span()]), @r#"
    chat gpt-4o [client]
      gen_ai.operation.name = chat
      gen_ai.provider.name = openai
      gen_ai.request.model = gpt-4o
      gen_ai.response.finish_reasons = ["stop"]
      gen_ai.response.id = chatcmpl-fake-1
      gen_ai.response.model = gpt-4o-2024-08-06
      gen_ai.usage.cache_read.input_tokens = 4
      gen_ai.usage.input_tokens = 12
      gen_ai.usage.output_tokens = 7
      gen_ai.usage.reasoning.output_tokens = 3
      openai.api.type = chat_completions
      openai.response.service_tier = default
      openai.response.system_fingerprint = fp_fake
      server.address = 127.0.0.1
      server.port = ..
      turnspan.outcome = completed
      turnspan.provider.duration = ..
      ! gen_ai.prompt.sent  gen_ai.operation.name=chat  gen_ai.request.message_count=1  gen_ai.request.model=gpt-4o
      ! gen_ai.response.received  gen_ai.response.finish_reasons=["stop"]  gen_ai.response.id=chatcmpl-fake-1  gen_ai.response.model=gpt-4o-2024-08-06  gen_ai.usage.input_tokens=12  gen_ai.usage.output_tokens=7
    "#);
}

#[tokio::test]
async fn every_request_parameter_is_an_attribute_of_its_type() {
    let harness = Harness::with_content([Reply::json(openai::completion("Hi."))]);
    let request = request(&json!({
        "messages": [{"role": "user", "content": "Hello!"}],
        "n": 2, "seed": 7, "stop": ["a", "b"], "temperature": 0.5, "top_p": 0.25,
        "frequency_penalty": 0.5, "presence_penalty": -0.5, "max_completion_tokens": 10,
        "response_format": {"type": "json_object"}, "reasoning_effort": "low",
        "service_tier": "flex",
    }));
    harness.ai().chat().create(request).await.unwrap();
    let span = harness.span();
    for (key, value) in [
        ("gen_ai.request.choice.count", "2"),
        ("gen_ai.request.seed", "7"),
        ("gen_ai.request.stop_sequences", r#"["a","b"]"#),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.request.top_p", "0.25"),
        ("gen_ai.request.frequency_penalty", "0.5"),
        ("gen_ai.request.presence_penalty", "-0.5"),
        ("gen_ai.request.max_tokens", "10"),
        ("gen_ai.request.reasoning.level", "low"),
        ("gen_ai.output.type", "json"),
        ("openai.request.service_tier", "flex"),
        ("openai.api.type", "chat_completions"),
    ] {
        assert_eq!(
            attribute(&span.attributes, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
}

#[tokio::test]
async fn several_tool_calls_are_events_and_arguments_that_do_not_parse_stay_text() {
    let answer = openai::tool_calls(&[
        ("a", "search", r#"{"q":"shoes"}"#),
        ("b", "broken", "{not json"),
    ]);
    let harness = Harness::with_content([Reply::json(answer)]);
    harness.ai().chat().create(ask("Find")).await.unwrap();
    let span = harness.span();
    let calls: Vec<_> = span
        .events
        .iter()
        .filter(|event| event.name == "gen_ai.tool.call")
        .collect();
    let names: Vec<_> = calls
        .iter()
        .map(|call| attribute(&call.attributes, "gen_ai.tool.name").unwrap())
        .collect();
    assert_eq!(names, ["search", "broken"]);
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    let output: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(output[0]["finish_reason"], "tool_call");
    assert_eq!(output[0]["parts"][0]["arguments"], json!({"q": "shoes"}));
    assert_eq!(output[0]["parts"][1]["arguments"], "{not json");
}

#[tokio::test]
async fn reasoning_refusals_and_choices_become_parts() {
    let mut answer = openai::with_message(
        &json!({"role": "assistant", "content": "4", "reasoning_content": "2 and 2"}),
        "stop",
    );
    let refusal = json!({"role": "assistant", "content": null, "refusal": "I will not."});
    answer["choices"]
        .as_array_mut()
        .unwrap()
        .push(json!({"index": 1, "message": refusal, "finish_reason": "content_filter"}));
    let harness = Harness::with_content([Reply::json(answer)]);
    harness.ai().chat().create(ask("2+2?")).await.unwrap();
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "gen_ai.response.finish_reasons").unwrap(),
        r#"["stop","content_filter"]"#
    );
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&output).unwrap(),
        json!([
            {"role": "assistant", "finish_reason": "stop", "parts": [
                {"type": "reasoning", "content": "2 and 2"}, {"type": "text", "content": "4"}]},
            {"role": "assistant", "finish_reason": "content_filter", "parts": [
                {"type": "refusal", "content": "I will not."}]},
        ])
    );
}

/// The SHA-256 of "hello".
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[tokio::test]
async fn binary_content_is_a_stub_and_its_bytes_go_nowhere() {
    let harness = Harness::with_content([Reply::json(openai::completion("A dot."))]);
    let messages = json!([
        {"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "input_audio", "input_audio": {"data": "aGVsbG8=", "format": "wav"}},
            {"type": "file", "file": {"file_id": "file-1"}},
        ]},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "[1,2]"},
    ]);
    harness
        .ai()
        .chat()
        .create(request(&json!({"messages": messages})))
        .await
        .unwrap();
    let span = harness.span();
    let input = attribute(&span.attributes, "gen_ai.input.messages").unwrap();
    assert!(!input.contains("aGVsbG8="));
    let stub = |modality: &str, mime: &str| {
        json!({
            "type": "blob", "modality": modality, "mime_type": mime, "content": "",
            "byte_size": 5, "sha256": HELLO,
        })
    };
    assert_eq!(
        serde_json::from_str::<Value>(&input).unwrap(),
        json!([
            {"role": "user", "parts": [
                {"type": "text", "content": "What is this?"},
                stub("image", "image/png"),
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
                stub("audio", "audio/wav"),
                {"type": "file", "modality": "document", "file_id": "file-1"},
            ]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "a", "name": "f", "arguments": {}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "a", "response": [1, 2]}]},
        ])
    );
    assert_eq!(
        attribute(&span.attributes, "tes.tool.answered_ids").unwrap(),
        r#"["a"]"#
    );
}

#[tokio::test]
async fn usage_that_was_not_reported_is_absent() {
    let mut answer = openai::completion("Hi.");
    answer.as_object_mut().unwrap().remove("usage");
    let harness = Harness::start([Reply::json(answer)]);
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    let span = harness.span();
    let usage = span
        .attributes
        .iter()
        .filter(|a| a.key.as_str().starts_with("gen_ai.usage"));
    assert_eq!(usage.count(), 0);
}

#[tokio::test]
async fn without_the_gate_nothing_that_was_said_is_on_a_span() {
    let answer = openai::tool_call("a", "search", r#"{"q":"canary-arguments"}"#);
    let harness = Harness::start([
        Reply::json(answer),
        openai::error(400, "invalid_request_error", "canary-error"),
    ]);
    let ai = harness.ai();
    ai.chat().create(ask("canary-prompt")).await.unwrap();
    ai.chat().create(ask("canary-prompt")).await.unwrap_err();
    let spans = format!("{:?}", harness.spans());
    assert!(!spans.contains("canary"), "{spans}");
    assert!(!spans.contains("sesame"), "{spans}");
}

#[tokio::test]
async fn what_is_stored_of_chats_is_no_chat() {
    let harness = Harness::start([Reply::json(
        json!({"object": "list", "data": [], "has_more": false}),
    )]);
    let ai = harness.ai();
    // `GET /chat/completions` lists what is stored.
    ai.chat().list().await.unwrap();
    assert_eq!(harness.span().name, "list_chat_completions");
}

/// Keeps what samplers are shown, and samples everything.
#[derive(Debug, Clone, Default)]
struct Shown(Arc<Mutex<Vec<String>>>);

impl ShouldSample for Shown {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace: TraceId,
        name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let mut shown = self.0.lock().unwrap();
        shown.push(name.to_owned());
        shown.extend(attributes.iter().map(|attribute| attribute.key.to_string()));
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

#[tokio::test]
async fn a_sampler_sees_what_the_conventions_ask_for_at_creation() {
    let shown = Shown::default();
    let reply = Reply::json(openai::completion("Hi."));
    let harness = Harness::with([reply], |builder| builder.sampler(shown.clone()));
    harness.ai().chat().create(ask("Hello!")).await.unwrap();
    let shown = shown.0.lock().unwrap();
    for expected in [
        "chat gpt-4o",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "server.address",
        "server.port",
    ] {
        assert!(
            shown.iter().any(|name| name == expected),
            "{expected}: {shown:?}"
        );
    }
}
