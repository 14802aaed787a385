//! Any provider's answer in one shape.

use proptest::prelude::*;
use serde_json::{Value, json};
use turnspan::{NormalizedResponse, normalize_response};

fn as_captured(answer: &NormalizedResponse) -> Value {
    let calls = answer.tool_calls.iter().map(|call| {
        let args: Value = serde_json::from_str(call.args.as_deref().unwrap_or("{}")).unwrap();
        json!({"tool": call.tool, "args": args})
    });
    json!({
        "content": answer.content,
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.input_tokens,
            "completion_tokens": answer.usage.output_tokens,
        },
        "tool_calls": calls.collect::<Vec<_>>(),
    })
}

/// What was captured, with what nobody reported absent instead of 0.
fn meant(input: &Value, output: &Value) -> Value {
    let mut output = output.clone();
    for key in ["prompt_tokens", "completion_tokens"] {
        let twin = if key == "prompt_tokens" {
            "input_tokens"
        } else {
            "output_tokens"
        };
        let usage = &input["usage"];
        if usage[key].is_null() && usage[twin].is_null() {
            output["usage"][key] = Value::Null;
        }
    }
    output
}

#[test]
fn it_reads_what_the_sdks_read_and_more() {
    let captured = include_str!("../fixtures/seed-wire/normalize_response.json");
    let captured: Value = serde_json::from_str(captured).unwrap();
    // What the SDK cannot read, or raises on.
    let better = [
        ("openai_responses", "hi", Some(1)),
        ("openai_nullmsg", "", None),
        ("openai_text_completion", "hi", Some(1)),
        ("anthropic_empty", "", Some(1)),
        ("gemini", "hi", Some(1)),
    ];
    for (case, input) in captured["inputs"].as_object().unwrap() {
        let answer = normalize_response(input);
        match better.iter().find(|(name, ..)| name == case) {
            Some((_, content, tokens)) => {
                assert_eq!(
                    (answer.content.as_str(), answer.usage.input_tokens),
                    (*content, *tokens),
                    "{case}"
                );
            }
            None => assert_eq!(
                as_captured(&answer),
                meant(input, &captured["outputs"][case]),
                "{case}"
            ),
        }
    }
}

#[test]
fn tools_are_found_in_every_shape() {
    let shapes = [
        json!({"choices": [{"message": {"tool_calls": [
            {"id": "c", "function": {"name": "t", "arguments": "{\"a\":1}"}}]}}]}),
        json!({"output": [{"type": "function_call", "call_id": "c", "name": "t", "arguments": "{\"a\":1}"}]}),
        json!({"content": [{"type": "tool_use", "id": "c", "name": "t", "input": {"a": 1}}]}),
        json!({"candidates": [{"content": {"parts": [
            {"functionCall": {"id": "c", "name": "t", "args": {"a": 1}}}]}}]}),
        json!({"tool_calls": [{"id": "c", "name": "t", "arguments": {"a": 1}}]}),
        json!({"result": {"tool_calls": [{"id": "c", "name": "t", "arguments": {"a": 1}}]}}),
    ];
    for shape in shapes {
        let answer = normalize_response(&shape);
        let call = &answer.tool_calls[0];
        assert_eq!(
            (call.tool.as_str(), call.args.as_deref()),
            ("t", Some("{\"a\":1}")),
            "{shape}"
        );
        assert_eq!(call.id.as_deref(), Some("c"), "{shape}");
    }
}

#[test]
fn an_answer_of_geminis_is_what_a_call_would_say() {
    let answer = normalize_response(&json!({
        "candidates": [{"content": {"parts": [{"text": "Hm.", "thought": true}, {"text": "hi"}]}},
            {"content": {"parts": [{"text": "no"}]}, "index": 1}],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "thoughtsTokenCount": 4,
            "cachedContentTokenCount": 1},
        "modelVersion": "m", "responseId": "r",
    }));
    assert_eq!(answer.content, "hi");
    assert_eq!(answer.usage.input_tokens, Some(3));
    assert_eq!(answer.usage.output_tokens, Some(6));
    assert_eq!(answer.usage.reasoning_output_tokens, Some(4));
    assert_eq!(answer.usage.cache_read_input_tokens, Some(1));
    assert_eq!(answer.model.as_deref(), Some("m"));
    assert_eq!(answer.id.as_deref(), Some("r"));
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "m"});
    assert_eq!(normalize_response(&blocked).model.as_deref(), Some("m"));
}

#[test]
fn an_answer_is_what_a_recorded_call_would_say_of_it() {
    let chat = |usage: Value| normalize_response(&json!({"choices": [], "usage": usage})).usage;
    let usage = chat(json!({"prompt_tokens": 100.0, "completion_tokens": 3.0,
        "prompt_cache_hit_tokens": 64}));
    assert_eq!(usage.input_tokens, Some(100));
    assert_eq!(usage.output_tokens, Some(3));
    assert_eq!(usage.cache_read_input_tokens, Some(64));
    let usage = chat(
        json!({"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 18,
        "completion_tokens_details": {"reasoning_tokens": 2}}),
    );
    assert_eq!(usage.output_tokens, Some(9));
    let answer = normalize_response(&json!({"choices": [{"message": {"tool_calls": [
        {"id": "c", "type": "custom", "custom": {"name": "run", "input": "1 + 1"}}]}}]}));
    assert_eq!(answer.tool_calls[0].tool, "run");
    assert_eq!(answer.tool_calls[0].args.as_deref(), Some("\"1 + 1\""));
}

#[test]
fn anthropics_input_stays_as_it_counts_it() {
    let answer = json!({"content": [], "usage": {"input_tokens": 3, "output_tokens": 2,
        "cache_read_input_tokens": 9, "cache_creation_input_tokens": 4}});
    let usage = normalize_response(&answer).usage;
    assert_eq!(usage.input_tokens, Some(3));
    assert_eq!(usage.cache_read_input_tokens, Some(9));
    assert_eq!(usage.cache_creation_input_tokens, Some(4));
}

#[test]
fn answers_of_ollama_and_cohere_are_read_too() {
    let ollama = json!({"model": "m", "message": {"role": "assistant", "content": "hi"},
        "done": true, "prompt_eval_count": 3, "eval_count": 2});
    let cohere = json!({"id": "a", "message": {"role": "assistant",
        "content": [{"type": "text", "text": "hi"}]}, "finish_reason": "COMPLETE",
        "usage": {"tokens": {"input_tokens": 3, "output_tokens": 2}}});
    for answer in [ollama, cohere] {
        let read = normalize_response(&answer);
        assert_eq!(read.content, "hi", "{answer}");
        assert_eq!(read.usage.total_tokens(), Some(5), "{answer}");
    }
}

#[test]
fn of_an_answer_of_no_format_id_model_and_usage_are_read() {
    let answer = json!({"id": "a", "model": "m", "usage": {"input_tokens": 3}, "said": "hi"});
    let answer = normalize_response(&answer);
    assert_eq!(
        (answer.id.as_deref(), answer.model.as_deref()),
        (Some("a"), Some("m"))
    );
    assert_eq!(answer.usage.input_tokens, Some(3));
    assert_eq!(answer.content, "");
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "choices",
        "message",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "usage",
        "prompt_tokens",
        "output",
        "type",
        "text",
        "candidates",
        "parts",
        "response",
        "result",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "(message|tool_use|function_call|text|[a-z]{0,3})".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_is_one_that_it_fails_on(answer in any_json()) {
        normalize_response(&answer);
    }
}
