//! Streamed chat completions.

use super::support::harness::{Ai, Harness, ask, attribute, request, stable};
use super::support::provider::{Reply, openai};
use async_openai::types::chat::CreateChatCompletionRequest;
use futures::StreamExt as _;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::time::Duration;

/// Reads a stream to its end; returns its texts.
async fn read(ai: &Ai, request: CreateChatCompletionRequest) -> Vec<String> {
    let mut stream = ai.chat().create_stream(request).await.unwrap();
    let mut texts = Vec::new();
    while let Some(chunk) = stream.next().await {
        let choices = chunk.unwrap().choices;
        texts.extend(
            choices
                .into_iter()
                .filter_map(|choice| choice.delta.content),
        );
    }
    texts
}

fn with_usage() -> CreateChatCompletionRequest {
    request(&json!({
        "messages": [{"role": "user", "content": "Hello!"}],
        "stream_options": {"include_usage": true},
    }))
}

#[tokio::test]
async fn a_stream_is_one_span_with_a_first_token() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hel", "lo."], true))]);
    assert_eq!(read(&harness.ai(), with_usage()).await.concat(), "Hello.");
    assert_snapshot!(stable(&[harness.span()]), @r#"
    chat gpt-4o [client]
      gen_ai.operation.name = chat
      gen_ai.provider.name = openai
      gen_ai.request.model = gpt-4o
      gen_ai.request.stream = true
      gen_ai.response.finish_reasons = ["stop"]
      gen_ai.response.id = chatcmpl-fake-1
      gen_ai.response.model = gpt-4o-2024-08-06
      gen_ai.response.time_to_first_chunk = ..
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
      ! gen_ai.stream.first_token
      ! gen_ai.response.received  gen_ai.response.finish_reasons=["stop"]  gen_ai.response.id=chatcmpl-fake-1  gen_ai.response.model=gpt-4o-2024-08-06  gen_ai.usage.input_tokens=12  gen_ai.usage.output_tokens=7
    "#);
}

#[tokio::test]
async fn without_a_usage_chunk_no_usage_is_made_up_and_the_request_stays_as_it_was() {
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi."], false))]);
    read(&harness.ai(), ask("Hello!")).await;
    let span = harness.span();
    assert!(
        !span
            .attributes
            .iter()
            .any(|a| a.key.as_str().starts_with("gen_ai.usage"))
    );
    let sent = &harness.provider.requests()[0];
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    assert!(sent.get("stream_options").is_none(), "{sent}");
}

#[tokio::test]
async fn the_first_chunk_is_the_first_with_content_and_so_is_the_first_token() {
    // The role comes at once, each text 200 ms after what was before it.
    let delay = Duration::from_millis(200);
    let harness = Harness::start([Reply::sse(openai::stream(&["Hi."], false)).delay_each(delay)]);
    read(&harness.ai(), ask("Hello!")).await;
    let span = harness.span();
    let first_chunk = attribute(&span.attributes, "gen_ai.response.time_to_first_chunk").unwrap();
    let first_chunk = Duration::from_secs_f64(first_chunk.parse().unwrap());
    let event = span
        .events
        .iter()
        .find(|event| event.name == "gen_ai.stream.first_token")
        .unwrap();
    let first_token = event.timestamp.duration_since(span.start_time).unwrap();
    assert!(first_chunk >= delay * 3 / 2, "{first_chunk:?}");
    let apart = first_token.abs_diff(first_chunk);
    assert!(apart < Duration::from_millis(2), "{apart:?}");
    let took = span.end_time.duration_since(span.start_time).unwrap();
    assert!(took >= delay * 4, "the span covers the stream: {took:?}");
}

#[tokio::test]
async fn a_stream_that_says_nothing_has_no_first_chunk() {
    let role = openai::chunk(&json!({"role": "assistant", "content": ""}), None);
    let end = openai::chunk(&json!({}), Some("stop"));
    let harness = Harness::start([Reply::sse([role, end])]);
    read(&harness.ai(), ask("Hello!")).await;
    let span = harness.span();
    let key = "gen_ai.response.time_to_first_chunk";
    assert_eq!(attribute(&span.attributes, key), None);
    let names = span.events.iter().map(|event| event.name.as_ref());
    let expected = ["gen_ai.prompt.sent", "gen_ai.response.received"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn tool_calls_are_assembled_from_their_deltas() {
    let delta = |delta: Value| openai::chunk(&json!({"tool_calls": [delta]}), None);
    let events = [
        openai::chunk(&json!({"role": "assistant", "content": null}), None),
        delta(
            json!({"index": 0, "id": "a", "type": "function", "function": {"name": "search", "arguments": ""}}),
        ),
        delta(
            json!({"index": 1, "id": "b", "type": "function", "function": {"name": "buy", "arguments": "{\"n\""}}),
        ),
        delta(json!({"index": 0, "function": {"arguments": "{\"q\":\"sho"}})),
        delta(json!({"index": 1, "function": {"arguments": ":2}"}})),
        delta(json!({"index": 0, "function": {"arguments": "es\"}"}})),
        openai::chunk(&json!({}), Some("tool_calls")),
    ];
    let harness = Harness::with_content([Reply::sse(events)]);
    read(&harness.ai(), ask("Find")).await;
    let span = harness.span();
    let calls = span
        .events
        .iter()
        .filter(|event| event.name == "gen_ai.tool.call");
    let arguments: Vec<String> = calls
        .map(|call| attribute(&call.attributes, "gen_ai.tool.call.arguments").unwrap())
        .collect();
    assert_eq!(arguments, [r#"{"q":"shoes"}"#, r#"{"n":2}"#]);
}

#[tokio::test]
async fn the_caller_gets_the_very_chunks_that_a_bare_client_gets() {
    let reply = Reply::sse(openai::stream(&["a", "b", "c"], true));
    let harness = Harness::start([reply]);
    let bare = read(&harness.bare(), with_usage()).await;
    assert_eq!(read(&harness.ai(), with_usage()).await, bare);
    let requests = harness.provider.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].headers, requests[1].headers);
}
