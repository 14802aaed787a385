//! Cloudflare Workers AI: an envelope or none, its own form or nearly `OpenAI`'s.

use super::super::support::harness::Harness;
use super::{Failing, Native, answer, event, has, is_seen};
use serde_json::{Value, json};

fn chat() -> Native {
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19});
    let call = json!({"name": "f", "arguments": {"q": 1}});
    Native {
        url: "https://api.cloudflare.com/client/v4/accounts/acme/ai/run/@cf/meta/llama-3",
        request: json!({"messages": [{"role": "user", "content": "Hello!"}], "max_tokens": 64}),
        streaming: [json!({"stream": true}), json!({})],
        content_type: "text/event-stream",
        whole: json!({"success": true, "errors": [], "messages": [], "result": {
            "response": "One moment.", "tool_calls": [call], "usage": usage}}),
        frames: vec![
            event(&json!({"response": "One", "p": "abc"})),
            event(&json!({"response": " moment."})),
            event(&json!({"response": "", "tool_calls": [call], "usage": usage})),
            "data: [DONE]\n\n".to_owned(),
        ],
        facts: &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "cloudflare.workers_ai"),
            ("gen_ai.request.model", "@cf/meta/llama-3"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.usage.input_tokens", "12"),
            ("gen_ai.usage.output_tokens", "7"),
        ],
        output: answer(
            "tool_call",
            &json!([
                {"type": "text", "content": "One moment."},
                {"type": "tool_call", "name": "f", "arguments": {"q": 1}},
            ]),
        ),
        failing: Failing {
            frame: Some((
                event(&json!({"error": {"message": "out of neurons", "code": 3036}})),
                "3036",
                "out of neurons",
            )),
            refusal: (
                400,
                json!({"success": false, "result": {}, "errors": [{"code": 5007, "message": "no such model"}]}),
                "no such model",
            ),
        },
    }
}

#[test]
fn a_chat_is_read_in_every_way_in_which_it_may_come() {
    chat().holds(2);
    let bare = Native {
        url: "https://gateway.ai.cloudflare.com/v1/acme/gate/workers-ai/@cf/meta/llama-3",
        whole: chat().whole["result"].clone(),
        facts: &[("gen_ai.provider.name", "cloudflare.ai_gateway")],
        ..chat()
    };
    bare.whole_is_read();
}

#[test]
fn models_that_answer_nearly_as_openais_are_read_too() {
    let message = json!({"role": "assistant", "content": "One moment.", "reasoning_content": "Hm.",
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"q\":1}"}}]});
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 7});
    let delta = |delta: Value, reason: Value| {
        event(
            &json!({"id": "7", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}),
        )
    };
    let call = |id: Value, name: Value, arguments: &str| json!({"tool_calls": [{"index": 0, "id": id, "function": {"name": name, "arguments": arguments}}]});
    let choices = json!([{"message": message, "finish_reason": "tool_calls"}]);
    let native = Native {
        whole: json!({"result": {"id": "7", "model": "m", "choices": choices, "usage": usage}}),
        frames: vec![
            delta(json!({"reasoning_content": "Hm."}), Value::Null),
            delta(json!({"content": "One moment."}), Value::Null),
            delta(call(json!("a"), json!("f"), "{\"q\""), Value::Null),
            delta(call(Value::Null, Value::Null, ":1}"), json!("tool_calls")),
            event(&json!({"choices": [], "usage": usage})),
            "data: [DONE]\n\n".to_owned(),
        ],
        facts: &[
            ("gen_ai.response.id", "7"),
            ("gen_ai.response.model", "m"),
            ("gen_ai.response.finish_reasons", "[\"tool_calls\"]"),
            ("gen_ai.usage.output_tokens", "7"),
        ],
        output: answer(
            "tool_call",
            &json!([
                {"type": "reasoning", "content": "Hm."},
                {"type": "text", "content": "One moment."},
                {"type": "tool_call", "id": "a", "name": "f", "arguments": {"q": 1}},
            ]),
        ),
        ..chat()
    };
    native.whole_is_read();
    native.pieces_are_read_wherever_they_are_cut();
}

#[test]
fn what_is_sent_and_the_model_tell_the_task() {
    let harness = Harness::start([]);
    for (model, request) in [
        ("@cf/baai/bge-m3", json!({"text": ["a"]})),
        ("@cf/meta/llama-3", json!({"prompt": "a"})),
        ("@cf/black-forest-labs/flux-1", json!({"prompt": "a"})),
        ("%40cf/openai/whisper", json!({"audio": []})),
    ] {
        let url = format!("https://api.cloudflare.com/client/v4/accounts/acme/ai/run/{model}");
        let call = harness.telemetry.record(&url, request.to_string());
        call.response(r#"{"result": {"response": ""}, "success": true}"#);
    }
    let names: Vec<_> = harness.spans().into_iter().map(|it| it.name).collect();
    assert_eq!(
        names,
        [
            "embeddings @cf/baai/bge-m3",
            "text_completion @cf/meta/llama-3",
            "run_model @cf/black-forest-labs/flux-1",
            "run_model @cf/openai/whisper",
        ]
    );
    let shop = "https://shop.example/ai/run/a/b/c";
    assert!(!is_seen(shop, &json!({"prompt": "a"})));
}

/// What a model is to answer in JSON is JSON, not its text.
#[test]
fn an_answer_may_be_json() {
    let harness = Harness::with_content([]);
    let call = harness.telemetry.record(chat().url, chat().request(false));
    call.response(r#"{"result": {"response": {"a": 1}}}"#);
    let output = has(&harness.span(), "gen_ai.output.messages");
    assert!(output.contains(r#"{\"a\": 1}"#), "{output}");
}
