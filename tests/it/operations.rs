//! What is asked of a provider besides saying something: embeddings, images,
//! audio, searches, agents, and all that it keeps.

use super::support::harness::{Harness, attribute};
use super::support::meters::Meters;
use super::support::provider::Reply;
use super::support::registry::Registry;
use bytes::Bytes;
use http::{HeaderMap, Request};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use turnspan::{Conversation, Turn};

const OPENAI: &str = "https://api.openai.com/v1";
const ANTHROPIC: &str = "https://api.anthropic.com/v1";

fn request(method: &str, url: &str, body: &Value) -> Request<Bytes> {
    let body = match body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    };
    let request = Request::builder().method(method).uri(url);
    request.body(body).unwrap()
}

/// A form with a file before its fields, as some clients send it.
fn form(url: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
    let file = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n\
        name=\"model\"\r\n\r\n";
    let field = |(name, value): &(&str, &str)| {
        format!("\r\n--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}")
    };
    let fields: String = fields.iter().map(field).collect();
    let body = format!("{file}{fields}\r\n--x--\r\n");
    let request = Request::post(url).header("content-type", "multipart/form-data; boundary=x");
    request.body(body.into()).unwrap()
}

fn faults(harness: &Harness) -> u64 {
    harness.telemetry.stats().faults.values().sum()
}

fn answered(request: &Request<Bytes>, answer: &Value) -> SpanData {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record_request(request);
    call.response(answer.to_string());
    let span = harness.span();
    assert_eq!(faults(&harness), 0);
    span
}

fn headed(request: &Request<Bytes>, content_type: &str, body: &[u8]) -> SpanData {
    let harness = Harness::with_content([]);
    let mut call = harness.telemetry.record_request(request);
    let mut head = HeaderMap::new();
    head.insert("content-type", content_type.parse().unwrap());
    call.head(200, &head);
    for piece in body.chunks(5) {
        call.chunk(piece.to_vec());
    }
    call.finish();
    let span = harness.span();
    assert_eq!(faults(&harness), 0);
    span
}

#[track_caller]
fn assert_has(span: &SpanData, facts: &[(&str, Option<&str>)]) {
    for (key, expected) in facts {
        let found = attribute(&span.attributes, key);
        assert_eq!(found.as_deref(), *expected, "{key} of {}", span.name);
    }
}

#[test]
fn embeddings_have_what_the_conventions_ask() {
    let asked = json!({"model": "text-embedding-3-small", "input": ["a", "b"],
        "encoding_format": "base64", "dimensions": 256});
    let vector = |index: usize| json!({"object": "embedding", "index": index, "embedding": "QUJD"});
    let answer = json!({"object": "list", "id": "embd-1", "model": "text-embedding-3-small",
        "data": [vector(0), vector(1)], "usage": {"prompt_tokens": 4, "completion_tokens": 0, "total_tokens": 4}});
    let url = format!("{OPENAI}/embeddings");
    let span = answered(&request("POST", &url, &asked), &answer);
    assert_eq!(span.name, "embeddings text-embedding-3-small");
    assert_has(
        &span,
        &[
            ("gen_ai.embeddings.dimension.count", Some("256")),
            ("gen_ai.request.encoding_formats", Some("[\"base64\"]")),
            ("gen_ai.response.model", Some("text-embedding-3-small")),
            ("gen_ai.usage.input_tokens", Some("4")),
            ("gen_ai.usage.output_tokens", None),
            ("gen_ai.response.id", None),
            ("turnspan.response.item_count", Some("2")),
            ("turnspan.outcome", Some("completed")),
        ],
    );
    assert!(Turn::from_span(&span).is_none() && span.events.is_empty());
}

#[test]
fn an_answer_of_any_length_tells_its_usage() {
    let asked = json!({"model": "m", "input": "a"});
    let vectors = vec![json!({"embedding": vec![0.012_345_678; 3072]}); 512];
    let answer = json!({"data": vectors, "usage": {"prompt_tokens": 4}});
    assert!(answer.to_string().len() > 16 << 20);
    let url = format!("{OPENAI}/embeddings");
    let span = answered(&request("POST", &url, &asked), &answer);
    assert_has(
        &span,
        &[
            ("gen_ai.usage.input_tokens", Some("4")),
            ("turnspan.response.item_count", Some("512")),
        ],
    );
}

#[test]
fn a_deployment_of_azure_is_the_model_of_every_operation() {
    let host = "https://acme.openai.azure.com//openai/deployments/mine";
    for (path, body, name) in [
        ("embeddings", json!({"input": "a"}), "embeddings mine"),
        (
            "completions",
            json!({"prompt": "a"}),
            "text_completion mine",
        ),
        (
            "images/generations",
            json!({"prompt": "a"}),
            "generate_image mine",
        ),
        (
            "audio/speech",
            json!({"input": "a"}),
            "synthesize_speech mine",
        ),
    ] {
        let url = format!("{host}/{path}?api-version=2024-10-21");
        let answer = json!({"data": [], "choices": []});
        let span = answered(&request("POST", &url, &body), &answer);
        assert_eq!(span.name, name);
        assert_has(&span, &[("gen_ai.provider.name", Some("azure.ai.openai"))]);
    }
}

#[test]
fn images_tell_what_they_cost_and_how_many_they_are() {
    let answer = json!({"created": 1, "data": [{"b64_json": "QUJD"}, {"b64_json": "QUJD"}],
        "usage": {"input_tokens": 478, "output_tokens": 8320, "total_tokens": 8798,
            "input_tokens_details": {"image_tokens": 388, "text_tokens": 90},
            "output_tokens_details": {"image_tokens": 8320, "text_tokens": 0}}});
    let asked = json!({"model": "gpt-image-1", "prompt": "A dog.", "n": 2});
    for (request, name) in [
        (
            request("POST", &format!("{OPENAI}/images/generations"), &asked),
            "generate_image gpt-image-1",
        ),
        (
            form(
                &format!("{OPENAI}/images/edits"),
                &[("model", "gpt-image-1"), ("n", "2"), ("prompt", "A dog.")],
            ),
            "edit_image gpt-image-1",
        ),
    ] {
        let span = answered(&request, &answer);
        assert_eq!(span.name, name);
        assert_has(
            &span,
            &[
                ("gen_ai.output.type", Some("image")),
                ("gen_ai.request.choice.count", Some("2")),
                ("gen_ai.usage.input_tokens", Some("478")),
                ("gen_ai.usage.output_tokens", Some("8320")),
                ("turnspan.usage.image.input_tokens", Some("388")),
                ("turnspan.usage.text.input_tokens", Some("90")),
                ("turnspan.usage.image.output_tokens", Some("8320")),
                ("turnspan.usage.text.output_tokens", None),
                ("turnspan.response.item_count", Some("2")),
            ],
        );
    }
}

#[test]
fn speech_and_files_pass_unread() {
    let speak = json!({"model": "tts", "input": "Hello!", "voice": "alloy"});
    for (request, content_type, name) in [
        (
            request("POST", &format!("{OPENAI}/audio/speech"), &speak),
            "audio/aac",
            "synthesize_speech tts",
        ),
        (
            request(
                "GET",
                &format!("{OPENAI}/files/file-1/content"),
                &Value::Null,
            ),
            "application/octet-stream",
            "download_file",
        ),
        (
            request(
                "GET",
                &format!("{OPENAI}/videos/video_1/content"),
                &Value::Null,
            ),
            "video/mp4",
            "download_video",
        ),
    ] {
        let span = headed(&request, content_type, b"\xff\xf1\"{[\x00no JSON");
        assert_eq!(span.name, name);
        assert_has(
            &span,
            &[
                ("turnspan.outcome", Some("completed")),
                ("error.type", None),
                ("gen_ai.output.messages", None),
            ],
        );
    }
}

#[test]
fn a_transcript_is_what_was_said_whatever_its_form() {
    let asked = || {
        let url = format!("{OPENAI}/audio/transcriptions");
        form(&url, &[("model", "whisper-1")])
    };
    let json = json!({"text": "Hello.", "usage": {"type": "duration", "seconds": 2}});
    let span = headed(&asked(), "application/json", json.to_string().as_bytes());
    assert_eq!(span.name, "transcribe_audio whisper-1");
    assert_has(
        &span,
        &[
            ("turnspan.usage.seconds", Some("2")),
            ("gen_ai.usage.input_tokens", None),
        ],
    );
    let plain = headed(&asked(), "text/plain; charset=utf-8", b"Hello.");
    for span in [span, plain] {
        let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
        assert!(output.contains(r#""content":"Hello.""#), "{output}");
    }
}

#[test]
fn a_search_is_a_retrieval_of_its_store() {
    let url = format!("{OPENAI}/vector_stores/vs_1/search");
    let asked = json!({"query": "boots", "max_num_results": 5});
    let answer = json!({"object": "vector_store.search_results.page", "data": [{}, {}]});
    let span = answered(&request("POST", &url, &asked), &answer);
    assert_eq!(span.name, "retrieval vs_1");
    assert_has(
        &span,
        &[
            ("gen_ai.data_source.id", Some("vs_1")),
            ("gen_ai.retrieval.top_k", Some("5")),
            ("gen_ai.retrieval.query.text", Some("boots")),
            ("turnspan.response.item_count", Some("2")),
        ],
    );
    let harness = Harness::start([]);
    let call = harness
        .telemetry
        .record_request(&request("POST", &url, &asked));
    call.response(answer.to_string());
    assert_has(&harness.span(), &[("gen_ai.retrieval.query.text", None)]);
}

#[test]
fn an_assistant_is_an_agent_that_is_made() {
    let url = format!("{OPENAI}/assistants");
    let asked = json!({"model": "gpt-4o", "name": "buyer", "description": "Buys."});
    let answer = json!({"id": "asst_1", "object": "assistant", "model": "gpt-4o"});
    let span = answered(&request("POST", &url, &asked), &answer);
    assert_eq!(span.name, "create_agent buyer");
    assert_has(
        &span,
        &[
            ("gen_ai.agent.description", Some("Buys.")),
            ("gen_ai.request.model", Some("gpt-4o")),
            ("gen_ai.response.id", Some("asst_1")),
        ],
    );
}

#[test]
fn a_batch_tells_of_its_requests_whichever_way_they_are_counted() {
    let of_openai = json!({"id": "batch_1", "object": "batch", "status": "in_progress",
        "request_counts": {"total": 3, "completed": 1, "failed": 1}});
    let of_anthropic = json!({"id": "msgbatch_1", "type": "message_batch",
        "processing_status": "in_progress", "request_counts":
        {"processing": 1, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}});
    for (url, id, answer) in [
        (format!("{OPENAI}/batches/batch_1"), "batch_1", of_openai),
        (
            format!("{ANTHROPIC}/messages/batches/msgbatch_1"),
            "msgbatch_1",
            of_anthropic,
        ),
    ] {
        let span = answered(&request("GET", &url, &Value::Null), &answer);
        assert_eq!(span.name, "retrieve_batch");
        assert_has(
            &span,
            &[
                ("gen_ai.response.id", Some(id)),
                ("turnspan.response.status", Some("in_progress")),
                ("turnspan.batch.request_count.total", Some("3")),
                ("turnspan.batch.request_count.completed", Some("1")),
                ("turnspan.batch.request_count.failed", Some("1")),
            ],
        );
    }
}

#[test]
fn the_results_of_a_batch_are_counted_and_no_turns() {
    let url = format!("{ANTHROPIC}/messages/batches/msgbatch_1/results");
    let line = json!({"custom_id": "0", "result": {"type": "succeeded", "message": {"id": "msg_1",
        "usage": {"input_tokens": 20, "output_tokens": 5}}}});
    let lines = format!("{line}\n{line}\n");
    let asked = request("GET", &url, &Value::Null);
    let span = headed(&asked, "application/x-jsonl", lines.as_bytes());
    assert_eq!(span.name, "retrieve_batch_results");
    assert_has(
        &span,
        &[
            ("turnspan.response.item_count", Some("2")),
            ("gen_ai.usage.input_tokens", None),
            ("turnspan.outcome", Some("completed")),
        ],
    );
    assert!(Turn::from_span(&span).is_none());
}

#[test]
fn what_is_counted_beforehand_is_told() {
    for (url, body) in [
        (
            format!("{ANTHROPIC}/messages/count_tokens"),
            json!({"model": "m", "messages": []}),
        ),
        (
            format!("{OPENAI}/responses/input_tokens"),
            json!({"model": "m", "input": "a"}),
        ),
    ] {
        let span = answered(&request("POST", &url, &body), &json!({"input_tokens": 47}));
        assert_eq!(span.name, "count_tokens m");
        assert_has(&span, &[("gen_ai.usage.input_tokens", Some("47"))]);
    }
}

#[test]
fn a_response_that_is_fetched_is_told_and_its_tokens_are_not_counted_again() {
    let answer = json!({"id": "resp_1", "status": "completed", "model": "gpt-5", "output": [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}],
        "usage": {"input_tokens": 12, "output_tokens": 9}});
    let meters = Meters::new();
    let harness = Harness::with([], |builder| {
        builder
            .capture(turnspan::CaptureMode::SpanOnly)
            .meter_provider(&meters.provider)
    });
    let asked = request("GET", &format!("{OPENAI}/responses/resp_1"), &Value::Null);
    let call = harness.telemetry.record_request(&asked);
    call.response(answer.to_string());
    let span = harness.span();
    assert_eq!(span.name, "retrieve_response");
    assert_has(
        &span,
        &[
            ("gen_ai.response.id", Some("resp_1")),
            ("gen_ai.usage.output_tokens", Some("9")),
            ("gen_ai.response.finish_reasons", Some("[\"completed\"]")),
        ],
    );
    let output = attribute(&span.attributes, "gen_ai.output.messages").unwrap();
    assert!(output.contains("Hi."), "{output}");
    assert!(Turn::from_span(&span).is_none());
    let measured = meters.read();
    assert!(measured.contains_key("gen_ai.client.operation.duration"));
    assert!(!measured.contains_key("gen_ai.client.token.usage"));
}

#[test]
fn a_response_that_is_not_done_says_how_far_it_is() {
    let url = format!("{OPENAI}/responses/resp_1");
    let answer = json!({"id": "resp_1", "status": "queued", "model": "gpt-5", "output": []});
    let span = answered(&request("GET", &url, &Value::Null), &answer);
    assert_has(
        &span,
        &[
            ("turnspan.response.status", Some("queued")),
            ("gen_ai.response.finish_reasons", None),
        ],
    );
}

#[test]
fn the_error_of_a_job_is_none_of_the_call_that_shows_it() {
    let url = format!("{OPENAI}/fine_tuning/jobs/ftjob-1");
    let failed =
        json!({"id": "ftjob-1", "status": "failed", "error": {"code": "x", "message": "No."}});
    let span = answered(&request("GET", &url, &Value::Null), &failed);
    assert_has(
        &span,
        &[
            ("error.type", None),
            ("turnspan.response.status", Some("failed")),
        ],
    );
    let refused = json!({"error": {"type": "server_error", "message": "No."}});
    let span = answered(&request("GET", &url, &Value::Null), &refused);
    assert_has(&span, &[("error.type", Some("server_error"))]);
}

/// Rows of all kinds: what is asked, and what it is called.
const ASKED: &[(&str, &str, &str)] = &[
    ("POST", "/moderations", "moderate_content"),
    ("POST", "/files", "upload_file"),
    ("GET", "/files", "list_files"),
    ("GET", "/files/file-1", "retrieve_file"),
    ("DELETE", "/files/file-1", "delete_file"),
    ("POST", "/uploads/upload_1/parts", "add_upload_part"),
    ("POST", "/batches", "create_batch"),
    ("POST", "/fine_tuning/jobs", "create_fine_tuning_job"),
    (
        "GET",
        "/fine_tuning/jobs/ftjob-1/events",
        "list_fine_tuning_events",
    ),
    (
        "GET",
        "/vector_stores/vs_1/files",
        "list_vector_store_files",
    ),
    (
        "GET",
        "/vector_stores/vs_1/files/file-1",
        "retrieve_vector_store_file",
    ),
    (
        "GET",
        "/containers/cntr_1/files/cfile_1/content",
        "download_container_file",
    ),
    ("GET", "/models", "list_models"),
    ("GET", "/models/gpt-4o", "retrieve_model"),
    ("POST", "/conversations", "create_conversation"),
    (
        "GET",
        "/conversations/conv_1/items",
        "list_conversation_items",
    ),
    ("POST", "/evals/eval_1/runs", "create_eval_run"),
    ("POST", "/videos", "create_video"),
    ("POST", "/realtime/client_secrets", "create_realtime_secret"),
    ("GET", "/chat/completions", "list_chat_completions"),
    (
        "GET",
        "/chat/completions/chatcmpl-1/messages",
        "list_chat_completion_messages",
    ),
    ("DELETE", "/responses/resp_1", "delete_response"),
    ("POST", "/responses/resp_1/cancel", "cancel_response"),
    (
        "GET",
        "/responses/resp_1/input_items",
        "list_response_input_items",
    ),
    ("POST", "/threads", "create_thread"),
    ("POST", "/threads/thread_1/messages", "create_message"),
    ("GET", "/threads/thread_1/runs/run_1", "retrieve_run"),
    ("POST", "/threads/thread_1/runs/run_1/cancel", "cancel_run"),
    (
        "GET",
        "/threads/thread_1/runs/run_1/steps",
        "list_run_steps",
    ),
    ("GET", "/organization/usage/completions", "retrieve_usage"),
];

#[test]
fn every_request_has_its_name_at_a_known_host() {
    let answer = json!({"id": "x", "status": "completed", "output": []}).to_string();
    let harness = Harness::start([]);
    for (method, path, _) in ASKED {
        let request = request(method, &format!("{OPENAI}{path}"), &Value::Null);
        let call = harness.telemetry.record_request(&request);
        call.response(answer.clone());
    }
    let names: Vec<_> = harness.spans().into_iter().map(|it| it.name).collect();
    let expected: Vec<_> = ASKED.iter().map(|(.., name)| *name).collect();
    assert_eq!(names, expected);
    assert_eq!(faults(&harness), 0);
}

#[tokio::test]
async fn elsewhere_only_an_id_that_nobody_else_writes_means_something() {
    let answer = json!({"id": "resp_1", "status": "cancelled", "output": []});
    let harness = Harness::start(vec![Reply::json(answer); ASKED.len()]);
    let client = harness.telemetry.wrap(harness.http.clone());
    for (method, path, _) in ASKED {
        let url = format!("{}{path}", harness.provider.base_url());
        let request = harness.http.request(method.parse().unwrap(), url);
        let answer = client.execute(request.build().unwrap()).await.unwrap();
        answer.bytes().await.unwrap();
    }
    let names: Vec<_> = harness.spans().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["cancel_response"]);
}

#[tokio::test]
async fn a_conversation_is_named_where_something_is_said() {
    let harness = Harness::start([]);
    let ask = async {
        for (path, body) in [
            ("embeddings", json!({"model": "m", "input": "a"})),
            ("audio/speech", json!({"model": "m", "input": "a"})),
        ] {
            let asked = request("POST", &format!("{OPENAI}/{path}"), &body);
            let call = harness.telemetry.record_request(&asked);
            call.response(r#"{"data": []}"#);
        }
    };
    Conversation::new("c1").scope(ask).await;
    let spans = harness.spans();
    let ids: Vec<_> = spans
        .iter()
        .map(|it| attribute(&it.attributes, "gen_ai.conversation.id"))
        .collect();
    assert_eq!(ids, [None, Some("c1".to_owned())]);
}

#[test]
fn a_refusal_is_told_for_every_operation() {
    let body = r#"{"error": {"type": "invalid_request_error", "message": "No."}}"#;
    for (method, path, name) in ASKED {
        let harness = Harness::with_content([]);
        let request = request(method, &format!("{OPENAI}{path}"), &Value::Null);
        let call = harness.telemetry.record_request(&request);
        call.refused(404, body);
        let span = harness.span();
        assert_eq!(span.name, *name);
        assert_has(&span, &[("error.type", Some("404"))]);
        assert!(format!("{:?}", span.status).contains("No."));
    }
}

#[test]
fn the_page_of_operations_names_them_all() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let page = fs::read_to_string(path).unwrap();
    let registry = Registry::load();
    for operation in &registry.upstream.values["operation_of_ours"] {
        assert!(page.contains(&format!("`{operation}`")), "{operation}");
    }
}
