//! Ollama: lines, the last of which has all counts.

use super::super::support::harness::Harness;
use super::{Failing, Native, answer, has, is_seen, line};
use serde_json::{Value, json};

fn ending(said: &Value) -> Value {
    let mut line = json!({"model": "qwen3:4b", "done": true, "done_reason": "stop",
        "total_duration": 3_500_000_000_u64, "load_duration": 500_000_000,
        "prompt_eval_count": 12, "prompt_eval_duration": 250_000_000,
        "eval_count": 7, "eval_duration": 2_000_000_000});
    line.as_object_mut()
        .unwrap()
        .extend(said.as_object().unwrap().clone());
    line
}

const FACTS: &[(&str, &str)] = &[
    ("gen_ai.provider.name", "ollama"),
    ("gen_ai.request.model", "qwen3"),
    ("gen_ai.response.model", "qwen3:4b"),
    ("gen_ai.response.finish_reasons", "[\"stop\"]"),
    ("gen_ai.usage.input_tokens", "12"),
    ("gen_ai.usage.output_tokens", "7"),
    ("turnspan.server.duration", "3.5"),
    ("turnspan.server.load.duration", "0.5"),
    ("turnspan.server.prompt.duration", "0.25"),
    ("turnspan.server.generation.duration", "2"),
];

fn failing() -> Failing {
    Failing {
        frame: Some((
            line(&json!({"error": "the runner has stopped"})),
            "_OTHER",
            "the runner has stopped",
        )),
        refusal: (
            404,
            json!({"error": "model 'x' not found"}),
            "model 'x' not found",
        ),
    }
}

fn chat() -> Native {
    let call = |name: &str| json!({"id": format!("c_{name}"), "function": {"index": 0, "name": name, "arguments": {"q": 1}}});
    let says =
        |message: Value| line(&json!({"model": "qwen3:4b", "message": message, "done": false}));
    Native {
        url: "http://gpu.internal:8080/api/chat",
        request: json!({"model": "qwen3", "messages": [{"role": "user", "content": "Hello!"}]}),
        streaming: [json!({}), json!({"stream": false})],
        content_type: "application/x-ndjson",
        whole: ending(
            &json!({"message": {"role": "assistant", "thinking": "Hm, so.",
            "content": "One moment.", "tool_calls": [call("f"), call("g")]}}),
        ),
        frames: vec![
            says(json!({"role": "assistant", "content": "", "thinking": "Hm,"})),
            says(json!({"role": "assistant", "content": "", "thinking": " so."})),
            says(json!({"role": "assistant", "content": "One moment."})),
            says(json!({"role": "assistant", "content": "", "tool_calls": [call("f")]})),
            says(json!({"role": "assistant", "content": "", "tool_calls": [call("g")]})),
            line(&ending(
                &json!({"message": {"role": "assistant", "content": ""}}),
            )),
        ],
        facts: FACTS,
        output: answer(
            "tool_call",
            &json!([
                {"type": "reasoning", "content": "Hm, so."},
                {"type": "text", "content": "One moment."},
                {"type": "tool_call", "id": "c_f", "name": "f", "arguments": {"q": 1}},
                {"type": "tool_call", "id": "c_g", "name": "g", "arguments": {"q": 1}},
            ]),
        ),
        failing: failing(),
    }
}

fn completion() -> Native {
    let says = |text: &str| line(&json!({"model": "qwen3:4b", "response": text, "done": false}));
    Native {
        url: "http://127.0.0.1:11434/api/generate",
        request: json!({"model": "qwen3", "prompt": "Hello!"}),
        whole: ending(&json!({"response": "One moment.", "context": [1, 2, 3]})),
        frames: vec![
            says("One"),
            says(" moment."),
            line(&ending(&json!({"response": "", "context": [1, 2, 3]}))),
        ],
        output: answer("stop", &json!([{"type": "text", "content": "One moment."}])),
        ..chat()
    }
}

#[test]
fn a_chat_is_read_in_every_way_in_which_it_may_come() {
    chat().holds(3);
}

#[test]
fn a_completion_is_read_in_every_way_in_which_it_may_come() {
    completion().holds(2);
}

#[test]
fn a_stream_whose_head_says_nothing_is_known_by_its_first_line() {
    let chat = Native {
        content_type: "application/json",
        ..chat()
    };
    let harness = Harness::with_content([]);
    chat.streamed(&harness, [chat.frames.concat().into_bytes()]);
    chat.assert_all(&harness.span());
}

#[test]
fn embeddings_have_what_ollama_counts() {
    let harness = Harness::start([]);
    for (path, field) in [("embed", "input"), ("embeddings", "prompt")] {
        let url = format!("http://localhost:9000/api/{path}");
        let request = json!({"model": "nomic", field: "Hello!", "dimensions": 64}).to_string();
        let answer = json!({"model": "nomic:v1", "embeddings": [[0.1]], "prompt_eval_count": 3});
        harness
            .telemetry
            .record(&url, request)
            .response(answer.to_string());
    }
    for span in harness.spans() {
        for (key, value) in [
            ("gen_ai.operation.name", "embeddings"),
            ("gen_ai.provider.name", "ollama"),
            ("gen_ai.request.model", "nomic"),
            ("gen_ai.embeddings.dimension.count", "64"),
            ("gen_ai.response.model", "nomic:v1"),
            ("gen_ai.usage.input_tokens", "3"),
            ("gen_ai.usage.output_tokens", ""),
            ("gen_ai.response.finish_reasons", ""),
        ] {
            assert_eq!(has(&span, key), value, "{key}");
        }
        assert!(span.events.is_empty());
    }
}

#[test]
fn a_wrapped_client_takes_for_ollama_what_has_its_fields_or_goes_to_its_port() {
    let model = json!({"model": "nomic"});
    for (url, request, expected) in [
        (
            "http://gpu.internal/api/chat",
            json!({"model": "m", "messages": []}),
            true,
        ),
        (
            "http://gpu.internal/api/chat",
            json!({"messages": []}),
            false,
        ),
        (
            "http://gpu.internal/api/generate",
            json!({"model": "m", "prompt": ""}),
            true,
        ),
        ("http://gpu.internal/api/generate", model.clone(), false),
        ("http://localhost:11434/api/show", model.clone(), true),
        ("http://localhost:9000/api/show", model.clone(), false),
        ("https://ollama.com/api/show", model, true),
    ] {
        assert_eq!(is_seen(url, &request), expected, "{url} {request}");
    }
}

#[test]
fn a_stream_of_progress_ends_well_or_with_an_error() {
    for (last, outcome) in [
        (json!({"status": "success"}), "completed"),
        (json!({"error": "no space left"}), "provider_error"),
    ] {
        let harness = Harness::start([]);
        let url = "http://localhost:11434/api/pull";
        let mut call = harness.telemetry.record(url, r#"{"model": "nomic"}"#);
        let mut headers = http::HeaderMap::new();
        headers.insert("content-type", "application/x-ndjson".parse().unwrap());
        call.head(200, &headers);
        call.chunk(line(&json!({"status": "pulling manifest"})));
        call.chunk(line(&last));
        call.finish();
        assert_eq!(has(&harness.span(), "turnspan.outcome"), outcome);
    }
}
