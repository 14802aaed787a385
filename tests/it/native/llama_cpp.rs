//! llama.cpp: events that count what there is so far.

use super::{Failing, Native, answer, event, is_seen};
use serde_json::{Value, json};

fn said(content: &str, last: &Value) -> Value {
    let mut said =
        json!({"content": content, "stop": false, "tokens_predicted": 1, "tokens_evaluated": 12});
    let fields = last.as_object().into_iter().flatten();
    said.as_object_mut()
        .unwrap()
        .extend(fields.map(|(key, value)| (key.clone(), value.clone())));
    said
}

fn completion() -> Native {
    let last = json!({"stop": true, "stop_type": "limit", "model": "gemma.gguf", "tokens_predicted": 7,
        "timings": {"prompt_ms": 250.0, "predicted_ms": 2000.0}});
    Native {
        url: "http://gpu.internal:8080/completion",
        request: json!({"prompt": "Hello!", "n_predict": 64}),
        streaming: [json!({"stream": true}), json!({})],
        content_type: "text/event-stream",
        whole: said("One moment.", &last),
        frames: vec![
            event(&said("One", &Value::Null)),
            event(&said(" moment.", &Value::Null)),
            event(&said("", &last)),
        ],
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.provider.name", "llama_cpp"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.response.model", "gemma.gguf"),
            ("gen_ai.response.finish_reasons", "[\"limit\"]"),
            ("gen_ai.usage.input_tokens", "12"),
            ("gen_ai.usage.output_tokens", "7"),
            ("turnspan.server.prompt.duration", "0.25"),
            ("turnspan.server.generation.duration", "2"),
        ],
        output: answer(
            "length",
            &json!([{"type": "text", "content": "One moment."}]),
        ),
        failing: Failing {
            frame: Some((
                event(
                    &json!({"error": {"code": 500, "message": "no slot", "type": "server_error"}}),
                ),
                "server_error",
                "no slot",
            )),
            refusal: (
                400,
                json!({"error": {"code": 400, "message": "too long", "type": "invalid_request_error"}}),
                "too long",
            ),
        },
    }
}

#[test]
fn a_completion_is_read_in_every_way_in_which_it_may_come() {
    completion().holds(2);
}

#[test]
fn its_words_are_its_own_with_its_parameters_alone() {
    for (path, request, expected) in [
        ("completion", json!({"prompt": "a", "n_predict": 1}), true),
        ("completion", json!({"prompt": "a"}), false),
        (
            "infill",
            json!({"input_prefix": "a", "input_suffix": "b"}),
            true,
        ),
        ("infill", json!({"input_prefix": "a"}), false),
        ("tokenize", json!({"model": "m", "prompt": "a"}), true),
        ("tokenize", json!({"content": "a"}), false),
        ("detokenize", json!({"tokens": [1]}), false),
    ] {
        let url = format!("http://gpu.internal/{path}");
        assert_eq!(is_seen(&url, &request), expected, "{url} {request}");
    }
}
