//! Of bodies that are too large to keep, everything but what makes them large.

use super::support::harness::{Harness, attribute, tes_at};
use super::support::tes_receiver::TesReceiver;
use serde_json::{Value, json};
use turnspan::{CaptureMode, Fault};

const OPENAI: &str = "https://api.openai.com/v1/chat/completions";
const ANTHROPIC: &str = "https://api.anthropic.com/v1/messages";

/// Base64 of two megabytes.
fn screenshot() -> String {
    "iVBORw0KGgoAAAANSUhEUgAAAAUA/9j/".repeat(87_382)
}

fn harness(receiver: &TesReceiver) -> Harness {
    let tes = tes_at(&receiver.url(), "tes_acme_fakekey");
    Harness::with([], |builder| {
        builder.capture(CaptureMode::SpanOnly).tes(tes)
    })
    .lawless()
}

#[test]
fn a_request_with_ten_screenshots_keeps_its_parameters_its_question_and_its_tools() {
    let receiver = TesReceiver::start();
    let harness = harness(&receiver);
    let data = screenshot();
    let url = format!("data:image/png;base64,{data}");
    let image = json!({"type": "image_url", "image_url": {"url": url}});
    let source = json!({"type": "base64", "media_type": "image/png", "data": data});
    let block = json!({"type": "image", "source": source});
    let system = "Be brief.";
    for (at, part, messages) in [
        (
            OPENAI,
            image,
            vec![json!({"role": "system", "content": system})],
        ),
        (ANTHROPIC, block, Vec::new()),
    ] {
        let mut parts = vec![part; 10];
        parts.push(json!({"type": "text", "text": "What is on them?"}));
        let asked = json!({"role": "user", "content": parts});
        let messages = [messages, vec![asked]].concat();
        let mut request = json!({"messages": messages,
            "tools": [{"type": "function", "name": "click", "input_schema": {},
                "function": {"name": "click"}}],
            "max_tokens": 9, "model": "m"});
        if at == ANTHROPIC {
            request["system"] = json!(system);
        }
        let answer = json!({"choices": [{"message": {"content": "Cats."}, "finish_reason": "stop"}],
            "content": [{"type": "text", "text": "Cats."}], "stop_reason": "end_turn"});
        let call = harness.telemetry.record(at, request.to_string());
        call.response(answer.to_string());
    }
    let spans = harness.spans();
    for span in &spans {
        let of = |name: &str| attribute(&span.attributes, name).unwrap();
        assert_eq!(of("gen_ai.request.model"), "m");
        assert_eq!(of("gen_ai.request.max_tokens"), "9");
        assert!(of("gen_ai.tool.definitions").contains("click"));
        let said = of("gen_ai.input.messages");
        assert_eq!(said.matches("\"byte_size\":2097168").count(), 10);
        assert!(!said.contains("iVBOR"));
    }
    let events = receiver.accepted();
    assert_eq!(events.len(), 2);
    for event in &events {
        let turn = &event["data"]["attributes"];
        assert_eq!(turn["user_message"], "What is on them?");
        assert_eq!(turn["system_prompt"], "Be brief.");
    }
    let faults = harness.telemetry.stats().faults;
    assert_eq!(faults[&Fault::RequestTruncated], 2);
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn an_answer_of_nine_megabytes_keeps_its_tokens_and_the_beginning_of_its_text() {
    let receiver = TesReceiver::start();
    let harness = harness(&receiver);
    let said = "Many words. ".repeat(800_000);
    let chat = json!({"id": "c1", "model": "m-1",
        "choices": [{"message": {"content": said}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 1300}});
    let drawn = json!({"content": "Here.", "images": vec![json!({"type": "image_url",
        "image_url": {"url": format!("data:image/png;base64,{}", screenshot())}}); 5]});
    let mut image = chat.clone();
    image["choices"][0]["message"] = drawn;
    let message = json!({"id": "c1", "model": "m-1", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": said}],
        "usage": {"input_tokens": 7, "output_tokens": 1300}});
    let answers: [(&str, &Value); 3] = [(OPENAI, &chat), (OPENAI, &image), (ANTHROPIC, &message)];
    for (at, answer) in answers {
        let call = harness
            .telemetry
            .record(at, r#"{"model": "m", "messages": []}"#);
        call.response(answer.to_string());
    }
    for span in &harness.spans() {
        let of = |name: &str| attribute(&span.attributes, name).unwrap();
        assert_eq!(of("gen_ai.response.model"), "m-1");
        assert_eq!(of("gen_ai.usage.output_tokens"), "1300");
        assert_eq!(of("turnspan.outcome"), "completed");
        let said = of("gen_ai.output.messages");
        let is_drawn = said.matches("\"byte_size\":2097168").count() == 5;
        assert!(is_drawn || said.contains("Many words. Many"));
        assert!(said.len() < 100_000 && !said.contains("iVBOR"));
    }
    let faults = harness.telemetry.stats().faults;
    assert_eq!(faults[&Fault::ResponseTruncated], 3);
}
