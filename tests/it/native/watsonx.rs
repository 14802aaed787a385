//! watsonx: text in events that count what there is so far, chats as of `OpenAI`.

use super::super::support::harness::Harness;
use super::{Failing, Native, answer, has};
use serde_json::{Value, json};

fn result(text: &str, output: u64, input: u64, reason: &str) -> Value {
    json!({"model_id": "ibm/granite", "results": [{"generated_text": text,
        "generated_token_count": output, "input_token_count": input, "stop_reason": reason}]})
}

fn generation() -> Native {
    let event = |json: &Value| format!("id: 1\nevent: message\ndata: {json}\n\n");
    Native {
        url: "https://us-south.ml.cloud.ibm.com/ml/v1/text/generation_stream?version=2024-05-31",
        request: json!({"model_id": "ibm/granite", "input": "Hello!",
            "parameters": {"max_new_tokens": 64, "random_seed": 7}}),
        streaming: [json!({}), json!({})],
        content_type: "text/event-stream",
        whole: result("One moment.", 7, 12, "max_tokens"),
        frames: vec![
            event(&result("", 0, 12, "not_finished")),
            event(&result("One", 1, 0, "not_finished")),
            event(&result(" moment.", 3, 0, "not_finished")),
            event(&result("", 7, 0, "max_tokens")),
        ],
        facts: &[
            ("gen_ai.operation.name", "text_completion"),
            ("gen_ai.provider.name", "ibm.watsonx.ai"),
            ("gen_ai.request.model", "ibm/granite"),
            ("gen_ai.request.max_tokens", "64"),
            ("gen_ai.request.seed", "7"),
            ("gen_ai.response.model", "ibm/granite"),
            ("gen_ai.response.finish_reasons", "[\"max_tokens\"]"),
            ("gen_ai.usage.input_tokens", "12"),
            ("gen_ai.usage.output_tokens", "7"),
        ],
        output: answer(
            "length",
            &json!([{"type": "text", "content": "One moment."}]),
        ),
        failing: Failing {
            frame: Some((
                event(
                    &json!({"errors": [{"code": "model_no_support", "message": "no such model"}]}),
                ),
                "model_no_support",
                "no such model",
            )),
            refusal: (
                404,
                json!({"errors": [{"code": "model_not_supported", "message": "no such model"}]}),
                "no such model",
            ),
        },
    }
}

#[test]
fn text_is_read_in_every_way_in_which_it_may_come() {
    generation().holds(3);
}

#[test]
fn a_chat_is_one_of_openais_form_whose_model_is_called_otherwise() {
    let harness = Harness::start([]);
    let request = json!({"model_id": "ibm/granite", "messages": []}).to_string();
    let url = "https://cpd.internal/ml/v1/text/chat?version=2024-05-31";
    let answer = json!({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
        "model_id": "ibm/granite", "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
    harness
        .telemetry
        .record(url, request)
        .response(answer.to_string());
    let span = harness.span();
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "ibm.watsonx.ai"),
        ("gen_ai.request.model", "ibm/granite"),
        ("gen_ai.usage.output_tokens", "1"),
    ] {
        assert_eq!(has(&span, key), value, "{key}");
    }
}
