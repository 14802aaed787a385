//! Hugging Face: text token by token, chats at the path of a model, other tasks.

use super::super::support::harness::Harness;
use super::{Failing, Native, answer, event, has, is_seen};
use serde_json::{Value, json};

fn generation() -> Native {
    let details = json!({"finish_reason": "length", "input_length": 12, "generated_tokens": 7});
    let token = |text: &str, special: bool, whole: Value, details: Value| {
        event(
            &json!({"index": 1, "token": {"id": 5, "text": text, "special": special},
            "generated_text": whole, "details": details}),
        )
    };
    Native {
        url: "https://router.huggingface.co/hf-inference/models/acme/writer-7b",
        request: json!({"inputs": "Hello!", "parameters": {"max_new_tokens": 64, "stop": ["x"]}}),
        streaming: [json!({"stream": true}), json!({})],
        content_type: "text/event-stream",
        whole: json!({"generated_text": "One moment.", "details": details}),
        frames: vec![
            token("One", false, Value::Null, Value::Null),
            token(" moment.", false, Value::Null, Value::Null),
            token("</s>", true, json!("One moment."), details),
        ],
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.provider.name", "huggingface"),
            ("gen_ai.request.model", "acme/writer-7b"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.response.finish_reasons", "[\"length\"]"),
            ("gen_ai.usage.input_tokens", "12"),
            ("gen_ai.usage.output_tokens", "7"),
        ],
        output: answer(
            "length",
            &json!([{"type": "text", "content": "One moment."}]),
        ),
        failing: Failing {
            frame: Some((
                event(&json!({"error": "inputs are too long", "error_type": "validation"})),
                "validation",
                "inputs are too long",
            )),
            refusal: (
                429,
                json!({"error": "Model is overloaded", "error_type": "overloaded"}),
                "Model is overloaded",
            ),
        },
    }
}

#[test]
fn text_is_read_in_every_way_in_which_it_may_come() {
    generation().holds(2);
    let harness = Harness::with_content([]);
    let call = harness
        .telemetry
        .record(generation().url, generation().request(false));
    call.response(json!([generation().whole]).to_string());
    generation().assert_all(&harness.span());
}

#[test]
fn a_server_of_ones_own_is_known_by_its_fields() {
    let generation = Native {
        url: "http://gpu.internal:8080/generate_stream",
        facts: &[
            ("gen_ai.provider.name", "huggingface"),
            ("gen_ai.usage.input_tokens", "12"),
        ],
        streaming: [json!({}), json!({})],
        ..generation()
    };
    generation.pieces_are_read_wherever_they_are_cut();
    for (url, request, expected) in [
        (
            "http://gpu.internal/generate_stream",
            json!({"inputs": "a"}),
            true,
        ),
        (
            "http://gpu.internal/generate_stream",
            json!({"text": "a"}),
            false,
        ),
        (
            "http://gpu.internal/generate",
            json!({"inputs": "a", "parameters": {}}),
            true,
        ),
        (
            "http://gpu.internal/generate",
            json!({"inputs": "a"}),
            false,
        ),
        (
            "http://shop.example/models/a/b",
            json!({"inputs": "a", "stream": true}),
            false,
        ),
    ] {
        assert_eq!(is_seen(url, &request), expected, "{url} {request}");
    }
}

#[test]
fn a_path_may_be_of_a_chat_or_of_any_other_task() {
    let harness = Harness::start([]);
    let host = "https://router.huggingface.co/hf-inference";
    let record = |path: &str, request: Value, answer: Value| {
        let call = harness
            .telemetry
            .record(&format!("{host}{path}"), request.to_string());
        call.response(answer.to_string());
    };
    let chat = json!({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
    record("/models/acme/chatty", json!({"messages": []}), chat);
    record(
        "/models/acme/seer",
        json!({"inputs": "a"}),
        json!([{"label": "cat", "score": 0.9}]),
    );
    record("/models/seer", json!({"inputs": "a"}), json!([[0.5, 0.25]]));
    record(
        "/pipeline/feature-extraction/acme/e5",
        json!({"inputs": ["a"]}),
        json!([[0.5]]),
    );
    record(
        "/models/acme/e5/pipeline/feature-extraction",
        json!({"inputs": "a"}),
        json!([0.5]),
    );
    let spans = harness.spans();
    let names: Vec<_> = spans.iter().map(|it| it.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "chat acme/chatty",
            "run_model acme/seer",
            "run_model seer",
            "embeddings acme/e5",
            "embeddings acme/e5",
        ]
    );
    assert_eq!(has(&spans[0], "gen_ai.usage.input_tokens"), "3");
    assert!(
        spans
            .iter()
            .all(|it| has(it, "turnspan.outcome") == "completed")
    );
}
