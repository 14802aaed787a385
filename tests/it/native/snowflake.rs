//! Snowflake Cortex: nearly `OpenAI`'s form, in streams that end without a word.

use super::{Failing, Native, answer, event};
use serde_json::json;

fn completion() -> Native {
    let usage = json!({"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19});
    let piece = |text: &str| {
        let delta = json!({"type": "text", "content": text, "content_list": [], "text": text});
        event(
            &json!({"id": "7", "model": "llama3.1", "choices": [{"delta": delta}], "usage": usage}),
        )
    };
    Native {
        url: "https://acme.snowflakecomputing.com/api/v2/cortex/inference:complete",
        request: json!({"model": "llama3.1", "messages": [{"role": "user", "content": "Hello!"}]}),
        streaming: [json!({}), json!({"stream": false})],
        content_type: "text/event-stream",
        whole: json!({"id": "7", "model": "llama3.1", "usage": usage,
            "choices": [{"message": {"content": "One moment."}}]}),
        frames: vec![piece("One"), piece(" "), piece("moment.")],
        facts: &[
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "snowflake"),
            ("gen_ai.request.model", "llama3.1"),
            ("gen_ai.response.id", "7"),
            ("gen_ai.usage.input_tokens", "12"),
            ("gen_ai.usage.output_tokens", "7"),
        ],
        output: answer("stop", &json!([{"type": "text", "content": "One moment."}])),
        failing: Failing {
            frame: Some((event(&json!({"error": "too busy"})), "_OTHER", "too busy")),
            refusal: (
                400,
                json!({"message": "unknown model", "request_id": "7"}),
                "unknown model",
            ),
        },
    }
}

#[test]
fn a_completion_is_read_in_every_way_in_which_it_may_come() {
    let completion = completion();
    completion.whole_is_read();
    completion.pieces_are_read_wherever_they_are_cut();
    completion.errors_are_told();
    completion.without_content_nothing_of_it_is_there();
    completion.unreadable_bytes_are_counted_and_cost_themselves_alone();
}
