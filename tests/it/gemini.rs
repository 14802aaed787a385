//! Gemini's content: whole, as events or as an array, and what goes wrong.

use super::support::harness::{Harness, PATIENCE, attribute, tes_at};
use super::support::provider::Reply;
use super::support::tes_receiver::TesReceiver;
use futures::StreamExt as _;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};

const HOST: &str = "https://generativelanguage.googleapis.com/v1beta";

fn whole_url() -> String {
    format!("{HOST}/models/gemini-2.5-pro:generateContent")
}

fn stream_url() -> String {
    format!("{HOST}/models/gemini-2.5-pro:streamGenerateContent?alt=sse")
}

fn request() -> String {
    json!({
        "contents": [
            {"role": "user", "parts": [{"text": "Hello!"}]},
            {"role": "model", "parts": [{"functionCall": {"id": "a", "name": "f", "args": {}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "a", "name": "f", "response": {"output": "1"}}}]},
        ],
        "generationConfig": {"maxOutputTokens": 64, "topK": 3, "candidateCount": 1},
    })
    .to_string()
}

/// An answer with everything that one may have.
fn answer() -> Value {
    let parts = json!([
        {"text": "Hm.", "thought": true},
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        {"text": "One moment."},
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        {"functionCall": {"name": "f", "args": {"q": 1}}, "thoughtSignature": "x"},
        {"functionCall": {"id": "b", "name": "g", "args": {}}},
        {"text": "", "thoughtSignature": "x"},
    ]);
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 12, "cachedContentTokenCount": 4,
            "candidatesTokenCount": 5, "thoughtsTokenCount": 4, "toolUsePromptTokenCount": 3,
            "totalTokenCount": 24, "serviceTier": "standard",
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}, {"modality": "IMAGE", "tokenCount": 10}],
            "candidatesTokensDetails": [{"modality": 1, "tokenCount": 5}]},
        "modelVersion": "gemini-2.5-pro-001",
        "responseId": "r_1",
    })
}

/// The same in pieces: a part each, with counters that come and go.
fn chunks() -> Vec<Value> {
    let whole = answer();
    let mut chunks: Vec<Value> = Vec::new();
    let parts = whole["candidates"][0]["content"]["parts"].clone();
    for part in parts.as_array().unwrap() {
        let mut pieces = vec![part.clone()];
        if let Some(text) = part["text"].as_str().filter(|text| text.len() > 2) {
            let (one, two) = text.split_at(2);
            let with = |text: &str| {
                let mut piece = part.clone();
                piece["text"] = json!(text);
                piece
            };
            pieces = vec![with(one), with(two)];
        }
        chunks.extend(pieces.into_iter().map(|part| {
            json!({"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0}],
                "usageMetadata": {"trafficType": "ON_DEMAND"}, "responseId": "r_1",
                "modelVersion": "gemini-2.5-pro-001"})
        }));
    }
    chunks[0]["usageMetadata"] = json!({"promptTokenCount": 78, "thoughtsTokenCount": 4});
    chunks[1]["usageMetadata"] = whole["usageMetadata"].clone();
    let mut last = whole;
    last["candidates"] = json!([{"content": {}, "finishReason": "STOP"}]);
    last["usageMetadata"] = json!({"promptTokenCount": 12});
    chunks.push(last);
    chunks
}

fn sse(chunks: &[Value]) -> String {
    let event = |chunk: &Value| format!("data: {chunk}\r\n\r\n");
    chunks.iter().map(event).collect()
}

fn assert_all(span: &SpanData) {
    let has = |key: &str| attribute(&span.attributes, key).unwrap_or_default();
    for (key, value) in [
        ("gen_ai.operation.name", "generate_content"),
        ("gen_ai.provider.name", "gcp.gemini"),
        ("gen_ai.request.model", "gemini-2.5-pro"),
        ("gen_ai.request.max_tokens", "64"),
        ("gen_ai.request.top_k", "3"),
        ("tes.tool.answered_ids", "[\"a\"]"),
        ("gen_ai.response.id", "r_1"),
        ("gen_ai.response.model", "gemini-2.5-pro-001"),
        ("gen_ai.response.finish_reasons", "[\"STOP\"]"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.output_tokens", "9"),
        ("gen_ai.usage.reasoning.output_tokens", "4"),
        ("turnspan.usage.tool_use.input_tokens", "3"),
        ("turnspan.usage.image.input_tokens", "10"),
        ("turnspan.usage.text.output_tokens", "5"),
        ("turnspan.outcome", "completed"),
    ] {
        assert_eq!(has(key), value, "{key}");
    }
    assert_eq!(has("gen_ai.request.choice.count"), "");
    let output: Value = serde_json::from_str(&has("gen_ai.output.messages")).unwrap();
    let code = json!({"type": "executableCode", "arguments": {"language": "PYTHON", "code": "1"}});
    let result = json!({"type": "codeExecutionResult",
        "response": {"outcome": "OUTCOME_OK", "output": "1"}});
    assert_eq!(
        output,
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "Hm."},
            {"type": "server_tool_call", "name": "executableCode", "server_tool_call": code},
            {"type": "server_tool_call_response", "server_tool_call_response": result},
            {"type": "text", "content": "One moment."},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "",
                "byte_size": 2},
            {"type": "tool_call", "name": "f", "arguments": {"q": 1}},
            {"type": "tool_call", "id": "b", "name": "g", "arguments": {}},
        ]}])
    );
}

/// What comes of an answer that is this.
fn whole(answer: &Value) -> SpanData {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record(&whole_url(), request());
    call.response(answer.to_string());
    harness.span()
}

#[test]
fn a_whole_answer_is_read() {
    assert_all(&whole(&answer()));
}

#[test]
fn chunks_say_the_same_as_events_and_as_an_array_however_they_are_cut() {
    let array = format!("{:#}", json!(chunks()));
    for (url, body) in [
        (stream_url(), sse(&chunks())),
        (stream_url().replace("?alt=sse", ""), array),
    ] {
        for size in [1, 7, 100_000] {
            let harness = Harness::with_content([]);
            let mut call = harness.telemetry.record(&url, request());
            call.head(200, &http::HeaderMap::new());
            for piece in body.as_bytes().chunks(size) {
                call.chunk(piece.to_vec());
            }
            call.finish();
            assert_all(&harness.span());
        }
    }
}

#[test]
fn an_array_that_comes_whole_says_the_same() {
    assert_all(&whole(&json!(chunks())));
}

#[tokio::test]
async fn a_wrapped_client_streams_an_answer_and_its_first_token_is_told() {
    let reply = Reply::sse(vec![sse(&chunks())]);
    let harness = Harness::with(vec![reply], |builder| {
        builder.capture(turnspan::CaptureMode::SpanOnly)
    });
    let client = harness.telemetry.wrap(harness.http.clone());
    let base = harness.provider.base_url();
    let url = format!("{base}/models/gemini-2.5-pro:streamGenerateContent?alt=sse&key=sesame");
    let request = client.post(url).body(request()).build().unwrap();
    let mut chunks = client.execute(request).await.unwrap().bytes_stream();
    while let Some(chunk) = chunks.next().await {
        chunk.unwrap();
    }
    let span = harness.span();
    let names: Vec<_> = span.events.iter().map(|event| &*event.name).collect();
    assert_eq!(
        names[..2],
        ["gen_ai.prompt.sent", "gen_ai.stream.first_token"]
    );
    assert_eq!(
        names.iter().filter(|it| **it == "gen_ai.tool.call").count(),
        2
    );
    let has = |key: &str| attribute(&span.attributes, key);
    assert_eq!(has("gen_ai.request.stream").as_deref(), Some("true"));
    assert_eq!(has("gen_ai.usage.output_tokens").as_deref(), Some("9"));
    assert!(!format!("{span:?}").contains("sesame"));
}

/// What comes of a stream that is these events.
fn streamed(chunks: &[Value]) -> SpanData {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record(&stream_url(), request());
    call.chunk(sse(chunks));
    call.finish();
    harness.span()
}

fn outcome(span: &SpanData) -> [Option<String>; 2] {
    ["turnspan.outcome", "error.type"].map(|key| attribute(&span.attributes, key))
}

fn said(outcome: &str, error: Option<&str>) -> [Option<String>; 2] {
    [Some(outcome.to_owned()), error.map(str::to_owned)]
}

#[test]
fn a_stream_that_is_cut_off_is_not_complete_and_keeps_what_it_said() {
    let chunks = chunks();
    let span = streamed(&chunks[..chunks.len() - 1]);
    assert_eq!(outcome(&span), said("transport_error", Some("connection")));
    let has = |key: &str| attribute(&span.attributes, key).unwrap();
    assert_eq!(has("gen_ai.usage.output_tokens"), "9");
    assert_eq!(has("gen_ai.response.finish_reasons"), "[\"error\"]");
    assert!(has("gen_ai.output.messages").contains("One moment."));
}

#[test]
fn an_error_in_a_stream_is_one_of_the_providers() {
    let error = json!({"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}});
    let span = streamed(&[chunks()[0].clone(), error]);
    assert_eq!(outcome(&span), said("provider_error", Some("UNAVAILABLE")));
    assert_eq!(span.status, Status::error("No."));
}

#[test]
fn a_refusal_says_why_in_whatever_form_it_comes() {
    let error =
        json!({"error": {"code": 429, "message": "Too much.", "status": "RESOURCE_EXHAUSTED"}});
    for (content_type, body) in [
        ("application/json", error.to_string()),
        ("application/json", format!("[{error:#}\n]\n")),
        ("text/event-stream", format!("data: {error}\n\n")),
        ("text/event-stream", format!("data: {error}")),
    ] {
        let harness = Harness::with_content([]);
        let mut call = harness.telemetry.record(&stream_url(), request());
        let mut head = http::HeaderMap::new();
        head.insert("content-type", content_type.parse().unwrap());
        call.head(429, &head);
        call.chunk(body);
        call.finish();
        let span = harness.span();
        assert_eq!(outcome(&span), said("provider_error", Some("429")));
        assert_eq!(span.status, Status::error("Too much."), "{content_type}");
    }
}

#[test]
fn arguments_that_come_path_by_path_are_one_call() {
    let call =
        |call: Value| json!({"candidates": [{"content": {"parts": [{"functionCall": call}]}}]});
    let piece = |path: &str, text: &str| json!({"jsonPath": path, "stringValue": text});
    let span = streamed(&[
        call(json!({"name": "greet", "willContinue": true})),
        call(json!({"partialArgs": [piece("$.text", "Hel")], "willContinue": true})),
        call(
            json!({"partialArgs": [piece("$.text", "lo"), piece("$.to[0]", "Ann")], "willContinue": true}),
        ),
        json!({"candidates": [{"content": {"parts": [{"functionCall": {}}]}, "finishReason": "STOP"}]}),
    ]);
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    let output: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        output[0]["parts"],
        json!([{"type": "tool_call", "name": "greet", "arguments": {"text": "Hello", "to": ["Ann"]}}])
    );
    let calls = span
        .events
        .iter()
        .filter(|it| it.name == "gen_ai.tool.call");
    assert_eq!(calls.count(), 1);
}

#[test]
fn a_prompt_that_is_blocked_is_answered_with_the_reason() {
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r_1",
        "usageMetadata": {"promptTokenCount": 12}});
    for span in [streamed(std::slice::from_ref(&blocked)), whole(&blocked)] {
        assert_eq!(outcome(&span), said("completed", None));
        let has = |key: &str| attribute(&span.attributes, key);
        let reason = has("turnspan.response.block_reason");
        assert_eq!(reason.as_deref(), Some("SAFETY"));
        assert_eq!(has("gen_ai.response.finish_reasons"), None);
        let output = has("gen_ai.output.messages").unwrap();
        assert!(
            output.contains(r#""finish_reason":"content_filter""#),
            "{output}"
        );
    }
}

#[test]
fn numbers_of_enums_are_their_names_and_thoughts_alone_are_output() {
    let answer = json!({"candidates": [{"content": {"role": "model"}, "finishReason": 2}],
        "usageMetadata": {"promptTokenCount": 5, "thoughtsTokenCount": 4, "trafficType": 1,
            "promptTokensDetails": [{"modality": 1, "tokenCount": 5}]}});
    let span = whole(&answer);
    let has = |key: &str| attribute(&span.attributes, key);
    for (key, value) in [
        ("gen_ai.response.finish_reasons", "[\"MAX_TOKENS\"]"),
        ("gen_ai.usage.output_tokens", "4"),
        ("turnspan.usage.text.input_tokens", "5"),
    ] {
        assert_eq!(has(key).as_deref(), Some(value), "{key}");
    }
    let output = has("gen_ai.output.messages").unwrap();
    assert!(output.contains(r#""finish_reason":"length""#), "{output}");
}

#[test]
fn without_content_names_and_numbers_are_all_there_is() {
    let harness = Harness::start([]);
    let mut call = harness.telemetry.record(&stream_url(), request());
    call.chunk(sse(&chunks()));
    call.finish();
    let span = harness.span();
    let has = |key: &str| attribute(&span.attributes, key);
    assert_eq!(has("gen_ai.usage.output_tokens").as_deref(), Some("9"));
    let said = format!("{span:?}");
    for content in ["Hm.", "One moment.", "PYTHON", "Hello!", "aGk="] {
        assert!(!said.contains(content), "{content}");
    }
    let calls = span
        .events
        .iter()
        .filter(|it| it.name == "gen_ai.tool.call");
    assert_eq!(calls.count(), 2);
}

#[test]
fn bytes_that_are_no_answer_are_none_and_cost_no_other_chunk() {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record(&whole_url(), request());
    call.response("<html>No.</html>");
    let mut call = harness.telemetry.record(&stream_url(), request());
    let mut chunks = sse(&chunks());
    chunks.insert_str(0, "data: {\"candidates\": [\n\ndata: \u{fffd}\n\n");
    call.chunk(chunks);
    call.finish();
    let spans = harness.spans();
    assert_eq!(outcome(&spans[0]), said("provider_error", Some("_OTHER")));
    assert_all(&spans[1]);
    let stats = harness.telemetry.stats();
    assert_eq!(stats.faults.values().sum::<u64>(), 3);
}

#[test]
fn what_was_said_to_a_model_is_read_in_either_case_of_its_fields() {
    let camel = json!({
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "See:"}, {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
                {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b"}}]},
            {"role": "model", "parts": [{"text": "Hm.", "thought": true},
                {"functionCall": {"name": "f", "args": {"q": 1}}}]},
            {"parts": [{"functionResponse": {"name": "f", "response": {"output": 1}}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f", "description": "Does.",
            "parametersJsonSchema": {"type": "object"}}]}, {"googleSearch": {}}],
    });
    let snake = json!({
        "system_instruction": {"parts": {"text": "Be brief."}},
        "contents": [
            {"role": "user", "parts": [{"text": "See:"}, {"inline_data": {"mime_type": "image/png", "data": "aGk="}},
                {"file_data": {"mime_type": "video/mp4", "file_uri": "gs://a/b"}}]},
            {"role": "model", "parts": [{"text": "Hm.", "thought": true},
                {"function_call": {"name": "f", "args": {"q": 1}}}]},
            {"parts": [{"function_response": {"name": "f", "response": {"output": 1}}}]},
        ],
        "tools": [{"function_declarations": [{"name": "f", "description": "Does.",
            "parameters": {"type": "object"}}]}, {"google_search": {}}],
    });
    for (request, search) in [(camel, "googleSearch"), (snake, "google_search")] {
        let harness = Harness::with_content([]);
        let call = harness.telemetry.record(&whole_url(), request.to_string());
        call.response(answer().to_string());
        let span = harness.span();
        let has = |key: &str| -> Value {
            serde_json::from_str(&attribute(&span.attributes, key).unwrap()).unwrap()
        };
        assert_eq!(
            has("gen_ai.system_instructions"),
            json!([{"type": "text", "content": "Be brief."}])
        );
        let messages = has("gen_ai.input.messages");
        assert_eq!(messages[0]["parts"][1]["byte_size"], 2);
        assert_eq!(
            messages[0]["parts"][2],
            json!({"type": "uri", "modality": "video", "uri": "gs://a/b"})
        );
        assert_eq!(
            messages[1],
            json!({"role": "assistant", "parts": [{"type": "reasoning", "content": "Hm."},
                {"type": "tool_call", "name": "f", "arguments": {"q": 1}}]})
        );
        assert_eq!(
            messages[2],
            json!({"role": "user", "parts": [{"type": "tool_call_response", "response": {"output": 1}}]})
        );
        assert_eq!(
            has("gen_ai.tool.definitions"),
            json!([{"type": "function", "name": "f", "description": "Does.", "parameters": {"type": "object"}},
                {"type": search, "name": search}])
        );
    }
}

#[test]
fn the_publisher_of_a_model_says_that_vertex_answers_and_which_format() {
    let vertex = "https://gateway.example/v1/projects/p/locations/l";
    let claude = json!({"type": "message", "role": "assistant", "model": "claude-4", "id": "msg_1",
        "content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2}});
    let mistral = json!({"id": "m_1", "model": "mistral-large", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
    let gemini = json!({"candidates": [{"content": {"parts": [{"text": "Hi."}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 2}});
    let publishers = format!("{vertex}/publishers");
    for (url, request, answer, name) in [
        (
            format!("{publishers}/anthropic/models/claude-4@20260101:rawPredict"),
            json!({"anthropic_version": "vertex-2023-10-16", "messages": []}),
            claude,
            "chat claude-4@20260101",
        ),
        (
            format!("{publishers}/mistralai/models/mistral-large:rawPredict"),
            json!({"messages": []}),
            mistral.clone(),
            "chat mistral-large",
        ),
        (
            format!("{vertex}/endpoints/openapi/chat/completions"),
            json!({"model": "meta/llama-4", "messages": []}),
            mistral,
            "chat meta/llama-4",
        ),
        (
            format!("{publishers}/google/models/gemini-2.5-pro:generateContent"),
            json!({"contents": []}),
            gemini,
            "generate_content gemini-2.5-pro",
        ),
    ] {
        let harness = Harness::with_content([]);
        let call = harness.telemetry.record(&url, request.to_string());
        call.response(answer.to_string());
        let span = harness.span();
        assert_eq!(span.name, name);
        let has = |key: &str| attribute(&span.attributes, key).unwrap();
        assert_eq!(has("gen_ai.provider.name"), "gcp.vertex_ai", "{name}");
        assert_eq!(has("gen_ai.usage.input_tokens"), "7", "{name}");
        assert!(has("gen_ai.output.messages").contains("Hi."), "{name}");
    }
}

#[test]
fn claude_streams_at_vertex_by_its_path() {
    let harness = Harness::with_content([]);
    let url = "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/claude-4:streamRawPredict";
    let mut call = harness.telemetry.record(url, r#"{"messages": []}"#);
    for event in [
        json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude-4", "content": [], "usage": {"input_tokens": 3}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi."}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ] {
        call.chunk(format!("data: {event}\n\n"));
    }
    call.finish();
    let span = harness.span();
    let has = |key: &str| attribute(&span.attributes, key);
    assert_eq!(has("gen_ai.request.stream").as_deref(), Some("true"));
    assert_eq!(has("gen_ai.usage.output_tokens").as_deref(), Some("2"));
    assert_eq!(outcome(&span), said("completed", None));
}

/// What a span says of an operation that is no inference.
fn resource(url: &str, request: &Value, answer: &Value) -> (String, [Option<String>; 4]) {
    let harness = Harness::start([]).lawless();
    let call = harness.telemetry.record(url, request.to_string());
    call.response(answer.to_string());
    let span = harness.span();
    let keys = [
        "gen_ai.usage.input_tokens",
        "gen_ai.response.id",
        "gen_ai.embeddings.dimension.count",
        "error.type",
    ];
    assert!(span.events.is_empty(), "{:?}", span.events);
    let name = span.name.clone().into_owned();
    (name, keys.map(|key| attribute(&span.attributes, key)))
}

#[test]
fn embeddings_have_the_tokens_and_dimensions_that_are_known() {
    let number = |number: &str| Some(number.to_owned());
    let embedding = json!({"values": [0.5, 0.25]});
    let usage = json!({"promptTokenDetails": [{"modality": "TEXT", "tokenCount": 3}, {"modality": "IMAGE", "tokenCount": 4}]});
    let predictions = json!([{"embeddings": {"values": [0.5], "statistics": {"token_count": 5}}},
        {"embeddings": {"values": [0.5], "statistics": {"token_count": 6.0}}}]);
    let vertex = "https://aiplatform.googleapis.com/v1/publishers/google/models";
    for (url, request, answer, expected) in [
        (
            format!("{HOST}/models/e:embedContent"),
            json!({"content": {}, "outputDimensionality": 64}),
            json!({"embedding": embedding}),
            ("embeddings e", [None, None, number("64"), None]),
        ),
        (
            format!("{HOST}/models/e:batchEmbedContents"),
            json!({"requests": [{"model": "models/e", "output_dimensionality": 8}]}),
            json!({"embeddings": [embedding], "usageMetadata": usage}),
            ("embeddings e", [number("7"), None, number("8"), None]),
        ),
        (
            format!("{vertex}/e:predict"),
            json!({"instances": [{"content": "x"}], "parameters": {"outputDimensionality": 8}}),
            json!({"predictions": predictions}),
            ("embeddings e", [number("11"), None, number("8"), None]),
        ),
    ] {
        let (name, facts) = resource(&url, &request, &answer);
        assert_eq!((name.as_str(), facts), expected, "{url}");
    }
}

#[test]
fn what_is_no_inference_has_its_numbers_and_no_others() {
    let number = |number: &str| Some(number.to_owned());
    let vertex = "https://aiplatform.googleapis.com/v1/publishers/anthropic/models";
    for (url, request, answer, expected) in [
        (
            format!("{HOST}/models/m:countTokens"),
            json!({"contents": []}),
            json!({"totalTokens": 11}),
            ("count_tokens m", [number("11"), None, None, None]),
        ),
        (
            format!("{vertex}/count-tokens:rawPredict"),
            json!({"model": "claude-4", "messages": []}),
            json!({"input_tokens": 11}),
            ("count_tokens claude-4", [number("11"), None, None, None]),
        ),
        (
            format!("{HOST}/cachedContents"),
            json!({"model": "models/m", "contents": []}),
            json!({"name": "cachedContents/c", "model": "models/m", "usageMetadata": {"totalTokenCount": 9}}),
            (
                "create_cached_content models/m",
                [None, number("cachedContents/c"), None, None],
            ),
        ),
        (
            format!("{HOST}/models/m:batchGenerateContent"),
            json!({"batch": {}}),
            json!({"name": "batches/b", "metadata": {}}),
            ("create_batch m", [None, number("batches/b"), None, None]),
        ),
        (
            format!("{HOST}/models/m:embedContent"),
            json!({"content": {}}),
            json!(["x"]),
            ("embeddings m", [None, None, None, number("_OTHER")]),
        ),
    ] {
        let (name, facts) = resource(&url, &request, &answer);
        assert_eq!((name.as_str(), facts), expected, "{url}");
    }
}

/// The turns of two rounds about the weather, whose tool has an id or none.
fn turns_of_a_loop(id: Option<&str>, made_up: Option<&str>) -> Vec<Value> {
    let receiver = TesReceiver::start();
    let tes = tes_at(&receiver.url(), "tes_key").turn_grouping(turnspan::TurnGrouping::Turn);
    let telemetry = turnspan::builder().tes(tes).build().unwrap();
    let entered = turnspan::Conversation::new("conv").enter();
    let with = |id: Option<&str>, mut call: Value| {
        call.as_object_mut()
            .unwrap()
            .extend(id.map(|id| ("id".to_owned(), json!(id))));
        call
    };
    let call = json!({"name": "weather", "args": {"in": "Rom"}});
    let found = json!({"name": "weather", "response": {"output": "sunny"}});
    let question = json!({"role": "user", "parts": [{"text": "How is it?"}]});
    let wants = json!([{"functionCall": with(id, call.clone())}]);
    let asked = json!({"role": "model", "parts": [{"functionCall": with(made_up, call)}]});
    let said = [
        (json!([question]), wants),
        (
            json!([question, asked, {"role": "user", "parts": [{"functionResponse": with(made_up, found)}]}]),
            json!([{"text": "It is sunny."}]),
        ),
    ];
    for (contents, parts) in said {
        let request = json!({"contents": contents}).to_string();
        let answer = json!({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4,
                "candidatesTokenCount": 2, "thoughtsTokenCount": 3}});
        let call = telemetry.record(&whole_url(), request);
        call.response(answer.to_string());
    }
    drop(entered);
    telemetry.shutdown(PATIENCE).unwrap();
    let events = receiver.accepted();
    let attributes = events
        .iter()
        .map(|event| event["data"]["attributes"].clone());
    attributes.collect()
}

#[test]
fn a_loop_is_one_turn_whether_its_tools_have_ids_or_not() {
    for (id, made_up) in [
        (Some("a"), Some("a")),
        (None, None),
        (None, Some("by the client")),
    ] {
        let turns = turns_of_a_loop(id, made_up);
        assert_eq!(turns.len(), 1, "{turns:#?}");
        let turn = &turns[0];
        assert_eq!(turn["user_message"], "How is it?");
        assert_eq!(turn["assistant_response"], "It is sunny.");
        assert_eq!(
            turn["tool_calls"],
            json!([{"tool": "weather", "args": {"in": "Rom"}, "round": 0, "result": {"output": "sunny"}}])
        );
        let usage = &turn["usage"];
        for (key, count) in [
            ("prompt_tokens", 20),
            ("completion_tokens", 10),
            ("total_tokens", 30),
            ("ai_rounds", 2),
        ] {
            assert_eq!(usage[key], count, "{key}: {usage}");
        }
    }
}
